"""Doubts: what is not as it was stored among the records of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.tally import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.evaluation.run_result import RunResult


def record_doubts(run: RunResult) -> Iterator[str]:
    """Lines that cannot be read, and results that count as missing, a text each."""
    damaged, outdated = run.facts.get("damaged_lines"), run.facts.get("outdated_results")
    if isinstance(damaged, int) and damaged:
        yield f"{counted(damaged, 'line')} of the records cannot be read: torn by a kill, or edited"
    if isinstance(outdated, int) and outdated:
        verb = "counts" if outdated == 1 else "count"
        which = "of another revision or convention than the latest session's"
        yield f"{counted(outdated, 'result')} {which} {verb} as missing"
