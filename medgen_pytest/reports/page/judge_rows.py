"""Judge rows: how judging went, and what experts have said of the judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.reports.figures import NOTHING, percent
from medgen_pytest.reports.judging import calibration_texts, stored_calibrations, who_judged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.evaluation.judging import JudgingSummary
    from medgen_pytest.evaluation.run_result import RunResult

_COEFFICIENTS = {"spearman": "Spearman of scores", "kappa": "Cohen's kappa of verdicts"}
_SHARES = {
    "sensitivity": "of what experts find accurate the judge finds",
    "specificity": "of what experts find inaccurate the judge finds",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingRow:
    """One model in one tier; texts where something may not be known."""

    model: str
    metric: str
    due: int
    scored: int
    errors: int
    uncertain: int
    steered: int
    repaired: int
    order_shift: str
    agreement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What the labels of experts say of the judge in one metric."""

    metric: str
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeTable:
    """Who judged, how that went, and the rates as the experts would find them."""

    who: str
    rows: tuple[JudgingRow, ...]
    calibrations: tuple[Calibrated, ...]


def judge_table(run: RunResult) -> JudgeTable | None:
    """The judging of a run; None for one without a judge."""
    if not run.judging:
        return None
    return JudgeTable(
        who=who_judged(run),
        rows=tuple(_row(summary) for summary in run.judging),
        calibrations=tuple(
            Calibrated(metric=metric, facts=tuple(_facts(metric, report)))
            for metric, report in stored_calibrations(run)
        ),
    )


def _row(summary: JudgingSummary) -> JudgingRow:
    return JudgingRow(
        model=summary.model,
        metric=summary.metric,
        due=summary.due,
        scored=summary.scored,
        errors=summary.errors,
        uncertain=summary.uncertain,
        steered=summary.steered,
        repaired=summary.repaired,
        order_shift=NOTHING if summary.order_shift is None else f"{summary.order_shift:+.2f}",
        agreement=_agreement(summary) or NOTHING,
    )


def _agreement(summary: JudgingSummary) -> str:
    told = []
    if summary.judges is not None and summary.judges.alpha.value is not None:
        told.append(f"{summary.judges.alpha.value:.2f} between judges")
    told += [f"{alpha.value:.2f} of {judge}" for judge, alpha in summary.repeats.items() if alpha.value is not None]
    return ", ".join(told)


def _facts(metric: str, report: Mapping[str, object]) -> Iterator[str]:
    yield from calibration_texts(metric, report)
    results = report.get("results")
    if not isinstance(results, Mapping):
        return
    for name, told in _COEFFICIENTS.items():
        value = _value(results.get(name))
        yield f"{told}: {NOTHING if value is None else f'{value:.3f}'}"
    for name, told in _SHARES.items():
        value = _value(results.get(name))
        yield f"{told} {NOTHING if value is None else percent(value)}"


def _value(found: object) -> float | None:
    value = found.get("value") if isinstance(found, Mapping) else None
    return float(value) if isinstance(value, int | float) else None
