"""The metrics file: rates, means, counts and gates in the text format of OpenMetrics, which GitLab compares."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.gates import GateStatus
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.evaluation.slices import Slice, SliceSummary
    from medgen_pytest.evaluation.tally import Tally

    Point = tuple[dict[str, str], float | None]

_OUTCOMES = ("accurate", "inaccurate", "invalid", "error", "missing")


def render_metrics(run: RunResult) -> str:
    """The file: gauges of each model and each of its formats, and of each gate; what is unknown has no line."""
    parts = [(part, summary) for part, summary in run.slices.items() if {name for name, _ in part.where} <= {"format"}]
    gauges = {
        "medgen_accuracy_rate": ("Accurate samples over planned ones.", _rates(parts)),
        "medgen_mean_score": ("Mean score of a metric over its scored samples.", _means(parts)),
        "medgen_samples": ("Samples by outcome.", _samples(parts)),
        "medgen_gate_holds": ("Whether a gate holds (1) or is breached (0); undecided ones are left out.", _gates(run)),
        "medgen_cost": ("Cost of a model's answers, as far as they say it.", _costs(run)),
    }
    lines = [line for name, (text, points) in gauges.items() for line in _gauge(name, text, points)]
    return "\n".join([*lines, "# EOF"]) + "\n"


def _gauge(name: str, text: str, points: Iterable[Point]) -> list[str]:
    known = [f"{name}{{{_labels(labels)}}} {_number(value)}" for labels, value in points if value is not None]
    return [f"# TYPE {name} gauge", f"# HELP {name} {text}", *known] if known else []


def _rates(parts: Iterable[tuple[Slice, SliceSummary]]) -> Iterator[Point]:
    for part, summary in parts:
        tallies: list[tuple[str, Tally | None]] = [(ACCURACY, summary.tally)]
        tallies += [(name, metric.tally) for name, metric in summary.metrics.items()]
        for name, tally in tallies:
            yield {**_place(part), "metric": name}, tally.rate if tally is not None else None


def _means(parts: Iterable[tuple[Slice, SliceSummary]]) -> Iterator[Point]:
    for part, summary in parts:
        for name, metric in summary.metrics.items():
            yield {**_place(part), "metric": name}, metric.mean


def _samples(parts: Iterable[tuple[Slice, SliceSummary]]) -> Iterator[Point]:
    for part, summary in parts:
        for outcome in _OUTCOMES:
            yield {**_place(part), "outcome": outcome}, float(getattr(summary.tally, outcome))


def _gates(run: RunResult) -> Iterator[Point]:
    values = {GateStatus.HOLDS: 1.0, GateStatus.BREACHED: 0.0}
    for gate in run.gates:
        yield {"gate": gate.gate, "model": gate.subject, "tier": gate.tier}, values.get(gate.status)


def _costs(run: RunResult) -> Iterator[Point]:
    for spending in run.spending:
        yield {"model": spending.model}, spending.cost.total


def _place(part: Slice) -> dict[str, str]:
    return {"model": part.model, "format": part.value("format") or "all"}


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items())


def _escape(value: str) -> str:
    # `visible` has made escapes of line breaks already.
    return visible(value).replace("\\", "\\\\").replace('"', '\\"')


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return "NaN" if math.isnan(value) else repr(value)
