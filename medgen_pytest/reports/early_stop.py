"""Early stops in words: how many samples were asked, and how many nobody had to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.reports.line import Line, wrapped

if TYPE_CHECKING:
    from medgen_pytest.evaluation.early_stop import EarlyStop
    from medgen_pytest.evaluation.run_result import RunResult


def early_stop_text(stop: EarlyStop) -> str:
    """What ending early saved: `early stop at level 5%: 180 of 6,623 planned samples asked, 6,443 saved`."""
    saved = f"{stop.saved:,} saved" if stop.saved else "none saved"
    asked = f"{stop.samples:,} of {stop.planned:,} planned samples asked"
    return f"early stop at level {100 * stop.level:.6g}%: {asked}, {saved}"


def early_stop_lines(run: RunResult, *, width: int) -> list[Line]:
    """The same for the terminal; none for a run that was to ask for everything."""
    if run.early_stop is None:
        return []
    return wrapped(early_stop_text(run.early_stop), width=width, style="bold")
