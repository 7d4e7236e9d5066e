"""One metric of a run: its rates and means by format, task and modality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.slices import Slice
from medgen_pytest.reports.figures import NOTHING, heading_of, mean_text
from medgen_pytest.reports.line import Line
from medgen_pytest.reports.parts import FORMATS, MODALITIES, TASKS
from medgen_pytest.reports.rate_column import STYLES, rate_column
from medgen_pytest.reports.table import Column, richest_layout
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.evaluation.slices import MetricSummary, Where
    from medgen_pytest.reports.rate_column import IntervalStyle

_PARTS: dict[str, tuple[tuple[str, Where], ...]] = {
    "": (("all", ()),),
    "format": FORMATS,
    "task": TASKS,
    "modality": MODALITIES,
}


def metric_lines(run: RunResult, metric: str, *, width: int) -> list[Line]:
    """A table of the metric for each way to part the samples; models side by side."""
    lines = []
    for name, parts in _PARTS.items():
        present = [
            (label, where) for label, where in parts if any(_summary(run, model, where, metric) for model in run.models)
        ]
        if present:
            title = f"{visible(metric)} by {name}" if name else visible(_heading(run, metric))
            lines += [Line(text=title, style="bold"), *_table(run, metric, name, present, width=width), Line(text="")]
    return lines


def _table(run: RunResult, metric: str, name: str, parts: Sequence[tuple[str, Where]], *, width: int) -> list[Line]:
    labels = Column(heading=name, cells=tuple(label for label, _ in parts))
    found = {model: [_summary(run, model, where, metric) for _, where in parts] for model in run.models}
    tables = [
        [_columns(model, summaries, style, alone=len(found) == 1) for model, summaries in found.items()]
        for style in STYLES
    ]
    return richest_layout(labels, tables, width=width)


def _columns(
    model: str, summaries: Sequence[MetricSummary | None], style: IntervalStyle, *, alone: bool
) -> list[Column]:
    means = tuple(NOTHING if one is None else mean_text(one.mean, scored=one.scored) for one in summaries)
    errors = tuple(NOTHING if one is None or one.tally is None else str(one.tally.error) for one in summaries)
    return [
        rate_column("rate" if alone else visible(model), summaries, decimals=style.decimals),
        Column(heading="mean", cells=means),
        Column(heading="errors", cells=errors),
    ]


def _heading(run: RunResult, metric: str) -> str:
    return heading_of(metric, run.profile) if metric in run.profile.thresholds else metric


def _summary(run: RunResult, model: str, where: Where, metric: str) -> MetricSummary | None:
    found = run.slices.get(Slice(model=model, where=where))
    return found.metrics.get(metric) if found is not None else None
