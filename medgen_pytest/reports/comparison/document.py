"""Comparisons as JSON: every number and every flip, for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from medgen_pytest.reports.files import write_text_atomically
from medgen_pytest.reports.plain import plain

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.evaluation.comparison import Comparisons, Flip, MetricComparison, RunComparison, Side

SCHEMA_VERSION = 1
"""Version of the document; raised when a field changes its meaning or goes away."""


def comparison_dict(comparisons: Comparisons) -> dict[str, object]:
    """The document as plain values."""
    return plain(
        {
            "schema_version": SCHEMA_VERSION,
            "level": comparisons.level,
            "comparisons": [_comparison(one) for one in comparisons.comparisons],
            "unpaired": [{"side": letter, "model": model} for letter, model in comparisons.unpaired],
        }
    )


def write_json_comparison(comparisons: Comparisons, path: Path) -> None:
    """Writes the document as strict JSON in ASCII. Raises StoreError naming the path."""
    write_text_atomically(path, (json.dumps(comparison_dict(comparisons), indent=1, allow_nan=False), "\n"))


def _comparison(comparison: RunComparison) -> dict[str, object]:
    return {
        "first": _side(comparison.first),
        "second": _side(comparison.second),
        "pairs": comparison.pairs,
        "left_out": dict(comparison.left_out),
        "unshared": dict(comparison.unshared),
        "metrics": [_metric(metric, comparison) for metric in comparison.metrics],
        "flips": [_flip(flip) for flip in comparison.flips],
    }


def _side(side: Side) -> dict[str, object]:
    facts = side.run.facts
    return {
        "side": side.letter,
        "name": side.name,
        "model": side.model,
        "run_id": facts.get("run_id"),
        "damaged_lines": facts.get("damaged_lines", 0),
        "edited_records": facts.get("edited_records", []),
        "outdated_results": facts.get("outdated_results", 0),
    }


def _metric(metric: MetricComparison, comparison: RunComparison) -> dict[str, object]:
    better = {None: None, True: comparison.second.letter, False: comparison.first.letter}
    return {
        "metric": metric.metric,
        "kind": metric.kind,
        "direction": metric.direction,
        "threshold": comparison.first.run.profile.thresholds.get(metric.metric) if metric.kind == "rate" else None,
        "left_out": metric.left_out,
        "better": better[metric.is_better],
        **metric.whole.to_dict(),
        "slices": [
            {"where": dict(one.where), **one.numbers.to_dict(), "p_corrected": one.p_corrected} for one in metric.slices
        ],
    }


def _flip(flip: Flip) -> dict[str, object]:
    planned = flip.planned
    return {
        "sample_id": planned.sample_id,
        "format": planned.format.value,
        "task": planned.task.value,
        "subtask": planned.subtask,
        "modality": planned.modality.value,
        "change": flip.change,
        "first": {"outcomes": [outcome.value for outcome in flip.before], "reason": flip.reasons[0]},
        "second": {"outcomes": [outcome.value for outcome in flip.after], "reason": flip.reasons[1]},
        "scores": {name: list(values) for name, values in flip.scores.items()},
    }
