"""The table of the page on compatibility: what was seen of each case, and the command that writes it anew.

    python -m tests.compatibility.table

Rows of plugins that are not installed stay as they are.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.compatibility.benchmark import PLANNED, run_beside, run_with, write_benchmark
from tests.compatibility.cases import CASES, Case
from tests.compatibility.packages import version_of
from tests.docs.pages import ROOT, table_of
from tests.runs.small_run import comparable

if TYPE_CHECKING:
    from tests.compatibility.benchmark import Seen

PAGE = ROOT / "docs" / "compatibility.md"
COLUMNS = ("beside", "version", "with", "exit code", "results")
_HEAD = [f"| {' | '.join(COLUMNS)} |", "|---" * len(COLUMNS) + "|"]


def is_installed(case: Case) -> bool:
    """Whether every package of a case is here."""
    return all(version_of(package) for package in case.packages)


def effect_on(alone: Seen, beside: Seen) -> str:
    """What a plugin did to the results, in words."""
    if beside.facts() == alone.facts():
        return "unchanged"
    if beside.report is None or alone.report is None:
        return f"refused: {_refusal(beside.output)}"
    ran = [sample for sample in beside.report["samples"] if sample["outcome"] != "missing"]
    if any(comparable(sample) not in comparable(alone.report)["samples"] for sample in ran):
        return "changed"
    verdict = beside.report["verdict"]["status"]
    return f"unchanged for {len(ran)} of {PLANNED} samples, {PLANNED - len(ran)} are missing; the verdict is {verdict}"


def _refusal(output: str) -> str:
    said = {match[0] for line in output.splitlines() if (match := re.search(r"(?<=medgen: ).+", line))}
    return said.pop() if len(said) == 1 else "without one clear line"


def row_of(case: Case, alone: Seen, beside: Seen) -> tuple[str, ...]:
    """The cells of a case, in the order of the columns."""
    title, options = key_of(case)
    version = version_of(case.packages[0]) if len(case.packages) == 1 else ""
    return title, version, options, f"`{beside.exit_code}`", effect_on(alone, beside)


def key_of(case: Case) -> tuple[str, str]:
    """By which a row is found: the plugin and its options."""
    return case.title, " ".join(f"`{option}`" for option in case.options)


def rows_of_page() -> dict[tuple[str, str], tuple[str, ...]]:
    """The rows as they stand in the page."""
    rows = [tuple(row[column] for column in COLUMNS) for row in table_of(PAGE, heading=COLUMNS[0])]
    return {(row[0], row[2]): row for row in rows}


def _new_rows(folder: Path) -> list[tuple[str, ...]]:
    known = rows_of_page()
    alone = run_with(folder=write_benchmark(folder / "alone"))
    rows = []
    for number, case in enumerate(CASES):
        if is_installed(case):
            known[key_of(case)] = row_of(case, alone, run_beside(case, write_benchmark(folder / str(number))))
        if key_of(case) in known:
            rows.append(known[key_of(case)])
    return rows


def main() -> int:
    """Runs every case and writes the table; the exit code."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        rows = _new_rows(Path(folder))
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    start = lines.index(_HEAD[0]) + len(_HEAD)
    old = [line for line in lines[start:] if line.startswith("|")]
    lines[start : start + len(old)] = [f"| {' | '.join(row)} |" for row in rows]
    PAGE.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
