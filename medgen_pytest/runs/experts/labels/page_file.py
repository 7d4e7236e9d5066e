"""The file that the page for experts saves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import read_list, read_mapping, read_text
from medgen_pytest.errors import ConfigError
from medgen_pytest.reports.experts.sheet import OVERALL
from medgen_pytest.runs.experts.labels.raw import RawLabel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from medgen_pytest.runs.experts.key import ExportKey

KIND = "medgen-expert-labels"
VERSION = 1


def read_page_file(document: Mapping[str, object], text: str, path: Path, key: ExportKey) -> Iterator[RawLabel]:
    """The labels of a document; `text` is the file that it was read from.

    Raises ConfigError for another export's file, and for one that the page did not save.
    """
    if document.get("kind") != KIND or document.get("schema_version") != VERSION:
        raise ConfigError(f"{path}: no file of labels that the page saves (kind {KIND}, schema version {VERSION})")
    if document.get("export") != key.export:
        raise ConfigError(
            f"{path}: belongs to export {document.get('export')!r}, not to {key.export!r}: give the export.json of that"
        )
    place = 0
    try:
        expert = read_text(document.get("expert", "")).strip() or path.stem
        for item in read_list(document["labels"]):
            data = read_mapping(item)
            name = read_text(data["id"])
            place = max(place, text.find(f'"{name}"', place) + 1)
            scores = read_mapping(data.get("scores", {}))
            yield RawLabel(
                path=str(path),
                line=text.count("\n", 0, place) + 1,
                expert=expert,
                id=name,
                values=_given({**scores, OVERALL: data.get("overall")}),
                comment=read_text(data.get("comment", "")),
            )
    except (KeyError, TypeError) as error:
        raise ConfigError(f"{path}: its labels are not as the page saves them: {error}") from error


def _given(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if value is not None}
