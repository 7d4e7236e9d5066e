"""Baselines: what unrelated texts score under a model and layer, by which scores are rescaled."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from medgen_pytest.errors import ConfigError

_COLUMNS = ("P", "R", "F")
_LANGUAGES = ("en", "en-sci")


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The scores of unrelated texts; no unit, below 1."""

    precision: float
    recall: float
    f1: float


def rescaled(value: float, baseline: float) -> float:
    """`(value - baseline) / (1 - baseline)`: 0 is as good as unrelated texts, 1 is equal texts; may be negative."""
    return (value - baseline) / (1 - baseline)


def find_baseline(model: str, *, layer: int) -> Baseline:
    """The baseline for English that the installed bert-score brings for a model, read as data.

    Raises ConfigError where bert-score is not installed or has none.
    """
    spec = find_spec("bert_score")
    folders = [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
    if not folders:
        raise ConfigError(
            "metric 'bertscore': 'rescale' takes its baseline from the package bert-score, which is not installed; "
            "pip install 'medgen-pytest[metrics]', or name a file with 'baseline'"
        )
    for folder in folders:
        for language in _LANGUAGES:
            file = folder / "rescale_baseline" / language / f"{model}.tsv"
            if file.is_file():
                return read_baseline(file, layer=layer)
    raise ConfigError(
        f"metric 'bertscore': bert-score has no baseline for the model {model!r}; name a file with 'baseline', "
        "or leave 'rescale' out"
    )


def read_baseline(file: Path, *, layer: int) -> Baseline:
    """The row of a layer in a file with the columns LAYER, P, R, F, split by commas.

    Raises ConfigError naming the file for one that cannot be read, has no such layer, or whose numbers are
    none below 1.
    """
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            rows = [row for row in csv.DictReader(lines) if (row.get("LAYER") or "").strip() == str(layer)]
    except OSError as error:
        raise ConfigError(f"{file}: the baseline cannot be read: {error.strerror or error}") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: no baseline, which is text with the columns LAYER, P, R, F: {error}") from error
    if not rows:
        raise ConfigError(f"{file}: no baseline for layer {layer}; the columns are LAYER, P, R, F, split by commas")
    precision, recall, f1 = (_number(rows[0].get(column), column, file) for column in _COLUMNS)
    return Baseline(precision=precision, recall=recall, f1=f1)


def _number(text: str | None, column: str, file: Path) -> float:
    try:
        value = float(text or "")
    except ValueError:
        value = math.nan
    if not -1 <= value < 1:  # NaN is neither
        raise ConfigError(f"{file}: the baseline in column {column} must be a number from -1 to below 1")
    return value
