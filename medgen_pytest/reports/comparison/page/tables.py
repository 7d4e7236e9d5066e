"""Tables on the page: those of the terminal with numbers to sort by, and intervals drawn where rows share a unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.reports.comparison.grid import metric_grid, slice_grids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.evaluation.comparison import RunComparison
    from medgen_pytest.evaluation.statistics import Comparison
    from medgen_pytest.reports.comparison.grid import Grid

MIDDLE = 60.0
"""Where no difference lies in a drawing, of which the width is twice that."""
_TESTS = {
    "mcnemar": "McNemar, exact",
    "sign_flip": "sign flips of clusters",
    "wilcoxon": "Wilcoxon",
    "clustered_wilcoxon": "Wilcoxon, clustered",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """An interval from `low`, so `wide`, with the difference at `at`, in units of the drawing."""

    low: float
    wide: float
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnGrid:
    """A table with a drawing for each row, None where there is no interval, and the test behind each row's p-value."""

    grid: Grid
    drawings: tuple[Drawing | None, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonTables:
    """The tables of a comparison: every metric on all samples, and the slices of each."""

    metrics: DrawnGrid
    slices: tuple[DrawnGrid, ...]


def tables_of(comparison: RunComparison) -> ComparisonTables:
    """The tables of a comparison."""
    metrics = comparison.metrics
    rates = iter(_drawings([metric.whole for metric in metrics if metric.kind == "rate"]))
    whole = DrawnGrid(
        grid=metric_grid(comparison),
        drawings=tuple(next(rates) if metric.kind == "rate" else None for metric in metrics),
        tests=tuple(_TESTS[metric.whole.method] for metric in metrics),
    )
    sliced = [[one.numbers for one in metric.slices] for metric in metrics if metric.slices]
    slices = [
        DrawnGrid(
            grid=grid,
            drawings=tuple(_drawings(numbers)),
            tests=tuple(_TESTS[one.method] for one in numbers),
        )
        for grid, numbers in zip(slice_grids(comparison), sliced, strict=True)
    ]
    return ComparisonTables(metrics=whole, slices=tuple(slices))


def _drawings(rows: Sequence[Comparison]) -> list[Drawing | None]:
    """Drawings at one scale: the longest reach of any interval fills a half."""
    reaches = [max(abs(row.interval.low), abs(row.interval.high)) for row in rows if row.interval is not None]
    scale = MIDDLE / (max(reaches, default=0.0) or 1.0)
    return [_drawing(row, scale) for row in rows]


def _drawing(row: Comparison, scale: float) -> Drawing | None:
    if row.interval is None or row.difference is None:
        return None
    low, high = (MIDDLE + scale * end for end in (row.interval.low, row.interval.high))
    at = MIDDLE + scale * row.difference
    return Drawing(low=round(low, 1), wide=round(max(high - low, 0.5), 1), at=round(at, 1))
