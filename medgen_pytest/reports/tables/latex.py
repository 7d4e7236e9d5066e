"""A table as LaTeX with booktabs, to be taken into a paper by `input`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.reports.figures import NOTHING
from medgen_pytest.reports.latex_text import latex_text
from medgen_pytest.reports.tables.grid import direction_of, grid_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.evaluation.tables.table import Column, Table
    from medgen_pytest.reports.tables.grid import Entry, GridLine

_ARROWS = {"higher": r"$\uparrow$", "lower": r"$\downarrow$"}
_LINE_END = r" \\"
_NOTED = r"$^{\dagger}$"
_NOTE = r"  \par\smallskip\raggedright\footnotesize "
_FIRST = 2
"""Columns before the numbers: kind and system."""


def render_latex(table: Table) -> str:
    r"""A `table*` of the table, in ASCII, that needs nothing but `\usepackage{booktabs}`; notes stand below it."""
    return "\n".join(_lines(table)) + "\n"


def _lines(table: Table) -> Iterator[str]:
    grid = grid_of(table)
    width = _FIRST + len(grid.headings)
    yield r"% Needs \usepackage{booktabs}."
    yield r"\begin{table*}[t]"
    yield r"  \centering\footnotesize\setlength{\tabcolsep}{4pt}"
    yield rf"  \caption{{{latex_text(grid.caption)}}}"
    yield rf"  \begin{{tabular}}{{ll{'r' * len(grid.headings)}}}"
    yield r"    \toprule"
    headings = [_heading(text, column) for text, column in zip(grid.headings, table.columns, strict=True)]
    yield "    " + " & ".join(["Kind", "System", *headings]) + _LINE_END
    for section in grid.sections:
        yield r"    \midrule"
        yield rf"    \multicolumn{{{width}}}{{l}}{{\textit{{{latex_text(section.title)}}}}}" + _LINE_END
        yield from (f"    {_row(line)}" for line in section.lines)
    yield r"    \bottomrule"
    yield r"  \end{tabular}"
    noted = [f"{_NOTED} {latex_text(grid.noted)}"] if grid.noted is not None else []
    yield from (f"{_NOTE}{note}" for note in (*noted, *map(latex_text, grid.notes)))
    yield r"\end{table*}"


def _heading(text: str, column: Column) -> str:
    """The title with its last word on a second line, so that columns are no wider than they must be."""
    units = f" ({column.units})" if column.units else ""
    first, _, last = f"{text}{units}".rpartition(" ")
    arrow = _ARROWS[direction_of(column)]
    if not first:
        return f"{latex_text(last)} {arrow}"
    return rf"\shortstack[r]{{{latex_text(first)}\\{latex_text(last)} {arrow}}}"


def _row(line: GridLine) -> str:
    return " & ".join([latex_text(line.kind), latex_text(line.system), *map(_cell, line.entries)]) + _LINE_END


def _cell(entry: Entry) -> str:
    text = r"$\infty$" if entry.text == "inf" else "--" if entry.text == NOTHING else latex_text(entry.text)
    if entry.mark is not None:
        text = rf"\{'textbf' if entry.mark == 'best' else 'underline'}{{{text}}}"
    noted = _NOTED if entry.is_noted else ""
    interval = rf" {{\scriptsize ({latex_text(entry.interval)})}}" if entry.interval is not None else ""
    return f"{text}{noted}{interval}"
