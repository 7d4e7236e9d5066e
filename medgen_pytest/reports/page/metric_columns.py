"""Metric columns: the metrics of a run in their order, and what one slice shows of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.reports.figures import NOTHING, heading_of, lost_texts, mean_text, rate_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.evaluation.slices import MetricSummary, SliceSummary
    from medgen_pytest.evaluation.statistics.interval import Interval
    from medgen_pytest.evaluation.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricColumn:
    """A metric, or the accuracy over all that are required, with its heading."""

    name: str
    heading: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a slice shows of a metric: the rate, or the mean of a metric without a threshold; `more` says the rest.

    `interval` is that of what `text` says, empty without one. `order` is the number to sort by, None where there is
    none. `heat` is the rate in tenths, from 0 to 10.
    """

    text: str
    more: str = ""
    interval: str = ""
    order: float | None = None
    heat: int | None = None


NO_CELL = Cell(text=NOTHING)


def metric_columns(run: RunResult) -> list[MetricColumn]:
    """A column for the accuracy and one for each metric that any slice has, in their order."""
    whole = MetricColumn(name=ACCURACY, heading=ACCURACY, title="All required metrics are met")
    return [whole, *(_column(run, name) for name in run.metrics)]


def cells_of(summary: SliceSummary, columns: Iterable[MetricColumn]) -> list[Cell]:
    """The cell of each column."""
    return [cell_of(summary, column) for column in columns]


def cell_of(summary: SliceSummary | None, column: MetricColumn) -> Cell:
    """What a slice shows in a column."""
    if summary is None:
        return NO_CELL
    if column.name == ACCURACY:
        return _rate_cell(summary.tally, summary.interval)
    metric = summary.metrics.get(column.name)
    if metric is None:
        return NO_CELL
    if metric.tally is None:
        text, interval = mean_text(metric.mean, scored=metric.scored), metric.mean_interval
        return Cell(text=text, interval=_ends(interval, "{:.4g}"), order=metric.mean)
    return _rate_cell(metric.tally, metric.interval, metric)


def _column(run: RunResult, name: str) -> MetricColumn:
    spec = run.profile.metrics.get(name)
    return MetricColumn(name=name, heading=heading_of(name, run.profile), title=spec.title if spec else name)


def _rate_cell(tally: Tally, interval: Interval | None, metric: MetricSummary | None = None) -> Cell:
    rest = [mean_text(metric.mean, scored=metric.scored)] if metric is not None and metric.mean is not None else []
    rest = [*(f"mean {text}" for text in rest), *lost_texts(tally)]
    heat = None if tally.rate is None else int(tally.rate * 10)
    told = _ends(interval, "{:.1%}")
    return Cell(text=rate_text(tally), more=", ".join(rest), interval=told, order=tally.rate, heat=heat)


def _ends(interval: Interval | None, form: str) -> str:
    """Like `48.0% to 62.3%`; the page says once that these are 95% intervals."""
    if interval is None:
        return ""
    return f"{form.format(interval.low)} to {form.format(interval.high)}"
