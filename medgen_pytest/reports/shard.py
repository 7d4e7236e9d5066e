"""Shards in the terminal: which part of a run it was, and who decides its gates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.line import Line, Style, wrapped
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from medgen_pytest.evaluation.run_result import RunResult


def open_gate_lines(run: RunResult, *, width: int) -> list[Line]:
    """The gates that a shard leaves to the whole run; none for other runs."""
    if not run.leaves_gates_open:
        return []
    lines = [Line(text="gates, left to medgen merge", style="bold")]
    for gate in run.policy.gates:
        lines += wrapped(f"open        {visible(gate.text)}", width=width)
    return lines


def shard_line(run: RunResult, *, ends_with: int | None) -> Line:
    """What a shard of a gated run says in place of a verdict.

    `ends_with` is the exit code that the process has, where something else than its samples decides it.
    """
    code, tally = run.session_code, run.tally
    text = (
        f"{tally.missing} of its {tally.planned} samples never finished" if tally.missing else "every sample finished"
    )
    if tally.error:
        text += f", {counted(tally.error, 'error')}"
    ended = f"exit code {code:d}" if ends_with in {None, code} else f"exit code {ends_with}, for what is no gate's"
    style: Style = "green" if ended == "exit code 0" else "yellow" if ends_with in {None, code} else "red"
    return Line(text=f"medgen: shard {run.shard} ({ended}): {text}; medgen merge decides the gates", style=style)
