"""Flip data: what the page must know of every flip to filter, order and open it, a column for each fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.comparison.flips import outcome_text
from medgen_pytest.reports.comparison.page.sides import comparison_names, side_name
from medgen_pytest.reports.page.index_data import (
    name_lists,
    plain_number,
    result_columns,
    sample_columns,
)

if TYPE_CHECKING:
    from medgen_pytest.reports.comparison.page.material import FlipEntry, FlipMaterial


def flip_index(material: FlipMaterial) -> dict[str, object]:
    """The index of all flips in the order in which they are shown first, of their samples and results.

    Numbers that stand for a name, a sample or a result are its place. A score that is not finite is a text.
    """
    sides, metrics, sample_ids = material.sides, material.metrics, material.sample_ids
    planned = {entry.flip.planned.sample_id: entry.flip.planned for entry in material.entries}
    return {
        **name_lists(metrics, [side.run for side in sides]),
        "models": [side_name(side) for side in sides],
        "sides": [{"letter": side.letter, "baseline": side.is_baseline} for side in sides],
        "samples": sample_columns([planned[sample_id] for sample_id in sample_ids]),
        "results": result_columns(material.placed, sample_ids=sample_ids, metrics=metrics),
        "comparisons": comparison_names(material.comparisons.comparisons),
        "flips": _columns(material),
        "repeated": any(not side.run.repeats.is_one for side in sides),
    }


def _columns(material: FlipMaterial) -> dict[str, object]:
    entries = material.entries
    places = {sample_id: place for place, sample_id in enumerate(material.sample_ids)}
    return {
        "comparison": [entry.comparison for entry in entries],
        "sample": [places[entry.flip.planned.sample_id] for entry in entries],
        "change": [plain_number(entry.flip.change) for entry in entries],
        "first": [entry.first for entry in entries],
        "second": [entry.second for entry in entries],
        "before": [outcome_text(entry.flip.before) for entry in entries],
        "after": [outcome_text(entry.flip.after) for entry in entries],
        "scores": [[_scores(entry, name, material) for entry in entries] for name in material.metrics],
    }


def _scores(entry: FlipEntry, metric: str, material: FlipMaterial) -> list[object]:
    """What the repeats of the sample come to on either side."""
    comparison = material.comparisons.comparisons[entry.comparison]
    values = (side.score(entry.flip.planned.sample_id, metric) for side in (comparison.first, comparison.second))
    return [None if value is None else plain_number(value) for value in values]
