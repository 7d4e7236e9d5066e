"""Comparisons as Markdown, for pull requests and notes: the tables of the terminal, slices and flips folded away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.comparison.figures import flip_texts, left_out_texts
from medgen_pytest.reports.comparison.grid import metric_grid, slice_grids
from medgen_pytest.reports.doubts import record_doubts
from medgen_pytest.reports.files import write_text_atomically
from medgen_pytest.reports.markdown_text import markdown_code, markdown_row, markdown_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from medgen_pytest.evaluation.comparison import Comparisons, RunComparison
    from medgen_pytest.reports.comparison.grid import Grid

MOST_FLIPS = 100
"""Flips that a page shows: comments on pull requests have a longest text."""


def write_markdown_comparison(comparisons: Comparisons, path: Path) -> None:
    """Writes the page. Raises StoreError naming the path."""
    write_text_atomically(path, (f"{line}\n" for line in markdown_comparison(comparisons)))


def markdown_comparison(comparisons: Comparisons) -> Iterator[str]:
    """The lines of the page."""
    for comparison in comparisons.comparisons:
        yield from _section(comparison)
    for letter, model in comparisons.unpaired:
        yield from (f"Not compared: {markdown_code(model)} of {letter}, which has no counterpart.", "")


def _section(comparison: RunComparison) -> Iterator[str]:
    first, second = comparison.first, comparison.second
    yield from (f"## {second.letter} against {first.letter}", "")
    for side in (first, second):
        yield f"- {side.letter}: {markdown_code(side.model)} of {markdown_code(side.name)}"
        doubts = map(markdown_text, record_doubts(side.run.facts))
        yield from (f"- **warning**: {side.letter}: {doubt}" for doubt in doubts)
    left_out = left_out_texts(comparison)
    more = f"; left out: {', '.join(left_out)}" if left_out else ""
    yield f"- {counted(comparison.pairs, 'sample')} that both finished{more}"
    for name, letter in comparison.unshared.items():
        yield f"- not compared: {markdown_code(name)}, which {letter} alone measured"
    yield from ("", *_table(metric_grid(comparison)), "")
    for grid in slice_grids(comparison):
        yield from _folded(markdown_text(grid.title), _table(grid))
    yield from _flips(comparison)


def _table(grid: Grid) -> Iterator[str]:
    yield markdown_row(grid.heading, *(column.heading for column in grid.columns))
    yield markdown_row("---", *["---:"] * len(grid.columns))
    for number, label in enumerate(grid.labels):
        yield markdown_row(markdown_text(label), *(_number(column.cells[number]) for column in grid.columns))


def _flips(comparison: RunComparison) -> Iterator[str]:
    if not comparison.flips:
        yield from ("No sample flipped.", "")
        return
    sides = f"{comparison.first.letter} -> {comparison.second.letter}"
    rows = [markdown_row("sample", markdown_text(sides), "scores", "reason"), markdown_row(*["---"] * 4)]
    for flip in comparison.flips[:MOST_FLIPS]:
        sample_id, *texts = flip_texts(flip)
        rows.append(markdown_row(markdown_code(sample_id), *map(markdown_text, texts)))
    more = len(comparison.flips) - MOST_FLIPS
    rows += ["", f"and {more} more"] if more > 0 else []
    yield from _folded(f"Flipped: {len(comparison.lost)} lost, {len(comparison.won)} won", rows)


def _number(text: str) -> str:
    """A figure of our own, which holds no other marks than these."""
    return text.replace("<", "&lt;").replace("[", "\\[")


def _folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield from ("<details>", f"<summary>{title}</summary>", "", *lines, "", "</details>", "")
