"""Comparisons in the terminal: what is compared, every metric, the slices of those asked for, and the flips."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.reports.comparison.figures import flip_texts, paired_text
from medgen_pytest.reports.comparison.grid import metric_grid, slice_grids
from medgen_pytest.reports.doubts import record_doubts
from medgen_pytest.reports.line import Line, cut, wrapped
from medgen_pytest.reports.table import Column, layout
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medgen_pytest.evaluation.comparison import Comparisons, Flip, RunComparison, Side
    from medgen_pytest.reports.comparison.grid import Grid


def comparison_lines(
    comparisons: Comparisons, *, width: int, sliced: Sequence[str] = (ACCURACY,), flips: int = 20
) -> list[Line]:
    """All comparisons, one below the other; `sliced` are the metrics whose slices are shown, `flips` how many are."""
    lines = [line for one in comparisons.comparisons for line in _section(one, width=width, sliced=sliced, flips=flips)]
    for letter, model in comparisons.unpaired:
        lines += wrapped(f"not compared: {visible(model)} of {letter}, which has no counterpart", width=width)
    return [Line(text=cut(line.text, width), style=line.style) for line in lines]


def _section(comparison: RunComparison, *, width: int, sliced: Sequence[str], flips: int) -> Iterator[Line]:
    first, second = comparison.first, comparison.second
    yield Line(text=f"{second.letter} against {first.letter}", style="bold")
    for side in (first, second):
        yield from wrapped(f"{side.letter}  {_named(side)}", width=width)
        for doubt in record_doubts(side.run.facts):
            yield from wrapped(f"warning: {side.letter}: {doubt}", width=width)
    yield from wrapped(paired_text(comparison), width=width)
    for name, letter in comparison.unshared.items():
        yield from wrapped(f"not compared: {visible(name)}, which {letter} alone measured", width=width)
    yield Line(text="")
    for grid in (metric_grid(comparison), *slice_grids(comparison, metrics=sliced)):
        yield from _table(grid, width=width)
        yield Line(text="")
    yield from _flips(comparison, width=width, shown=flips)
    yield Line(text="")


def _named(side: Side) -> str:
    run_id = side.run.facts.get("run_id")
    told = f" (run {visible(str(run_id))})" if run_id is not None else ""
    return f"{visible(side.model)} of {visible(side.name)}{told}"


def _table(grid: Grid, *, width: int) -> list[Line]:
    title = wrapped(visible(grid.title), width=width, style="bold")
    if not grid.labels:
        return []
    labels = Column(heading=grid.heading, cells=tuple(visible(label) for label in grid.labels))
    groups = [
        [Column(heading=column.heading, cells=column.cells) for column in columns]
        for _, columns in groupby(grid.columns, key=lambda column: column.group)
    ]
    return [*(title if grid.title else []), *layout(labels, groups, width=width)]


def _flips(comparison: RunComparison, *, width: int, shown: int) -> Iterator[Line]:
    lost, won = comparison.lost, comparison.won
    if not comparison.flips:
        yield Line(text="no sample flipped")
        return
    yield Line(text=f"flipped: {len(lost)} lost, {len(won)} won", style="bold")
    # Both kinds are seen; what one leaves free goes to the other.
    of_lost = min(len(lost), max(shown // 2, shown - len(won)))
    for flip in (*lost[:of_lost], *won[: shown - of_lost]):
        yield from wrapped(_flip(flip), width=width)
    more = len(comparison.flips) - shown
    if more > 0:
        yield Line(text=f"and {more} more: --flips {len(comparison.flips)} shows all")


def _flip(flip: Flip) -> str:
    return "  ".join([("lost" if flip.change < 0 else "won "), *(visible(text) for text in flip_texts(flip) if text)])
