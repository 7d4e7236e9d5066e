"""Reading files of labels, each in whatever form it has."""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError
from medgen_pytest.runs.experts.labels.checking import check_labels
from medgen_pytest.runs.experts.labels.csv_file import read_csv_file
from medgen_pytest.runs.experts.labels.label_studio_file import read_label_studio_file
from medgen_pytest.runs.experts.labels.page_file import read_page_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from medgen_pytest.runs.experts.key import ExportKey
    from medgen_pytest.runs.experts.labels.checking import CheckedLabels
    from medgen_pytest.runs.experts.labels.raw import RawLabel


def read_labels(paths: Sequence[Path], key: ExportKey) -> CheckedLabels:
    """The labels of several files together.

    Raises ConfigError for a file that cannot be read as labels at all; what is wrong with single labels are
    problems of the result.
    """
    return check_labels([label for path in paths for label in _read(path, key)], key)


def _read(path: Path, key: ExportKey) -> Iterable[RawLabel]:
    text = _text(path)
    if not text.lstrip().startswith(("{", "[")):
        return read_csv_file(text, path, key)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: no JSON: {error}") from error
    if isinstance(document, dict):
        return read_page_file(document, text, path, key)
    return read_label_studio_file(document, text, path, key)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from error
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # "Unicode text" of Excel
    try:
        return data.decode("utf-16" if is_wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}, line {line}: not UTF-8; save it as CSV in UTF-8") from error
