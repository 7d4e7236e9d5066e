"""What trackers of experiments are told of a model: numbers by name, and how they were made."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import section_of
from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.reports.plain import plain

if TYPE_CHECKING:
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.evaluation.tally import Tally

_OTHER = re.compile(r"[^A-Za-z0-9_. -]")
ALL = "all"
"""What stands in the place of a format for all of them."""


def numbers_of(run: RunResult, model: str) -> dict[str, float]:
    """Rates, means and counts of a model by `FORMAT/METRIC.WHAT`, like `vqa/bleu.accuracy_rate`; infinities stay.

    What is unknown is not there. Names hold letters, digits and `_ . - /` only, as MLflow wants them.
    """
    found: dict[str, float | None] = {}
    for part, summary in run.slices.items():
        if part.model != model or not {name for name, _ in part.where} <= {"format"}:
            continue
        place = part.value("format") or ALL
        found |= _counts(f"{place}/{ACCURACY}", summary.tally)
        for name, metric in summary.metrics.items():
            key = f"{place}/{_OTHER.sub('_', name)}"
            found |= {f"{key}.mean": metric.mean, f"{key}.scored": metric.scored}
            found |= _counts(key, metric.tally) if metric.tally is not None else {}
    spending = next((spending for spending in run.spending if spending.model == model), None)
    found["cost"] = spending.cost.total if spending is not None else None
    return {name: float(value) for name, value in found.items() if value is not None and not math.isnan(value)}


def facts_of(run: RunResult, model: str) -> dict[str, object]:
    """Which run it was, the identity of the model, and what its numbers depend on, as plain values."""
    dataset, models = section_of(run.facts, "dataset"), section_of(run.facts, "models")
    return plain(
        {
            "medgen_run": run.facts.get("run_id"),
            "model": model,
            "identity": models.get(model),
            "dataset": dataset.get("fingerprint"),
            "profile": run.profile.name,
            "profile_digest": run.profile.digest,
            "conventions": run.facts.get("metrics"),
            "repeats": str(run.repeats),
        }
    )


def _counts(key: str, tally: Tally) -> dict[str, float | None]:
    return {
        f"{key}.accuracy_rate": tally.rate,
        f"{key}.planned": tally.planned,
        f"{key}.errors": tally.error,
        f"{key}.missing": tally.missing,
    }
