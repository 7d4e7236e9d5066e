"""What was not measured: the metrics that a run left out, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from medgen_pytest.evaluation.run_result import RunResult


def not_measured_texts(run: RunResult) -> list[str]:
    """A text for all metrics that were left out for one reason: `not measured: bertscore, lpips (no torch)`."""
    names: dict[str, list[str]] = {}
    for name, reason in run.left_out.items():
        names.setdefault(reason, []).append(name)
    return [f"not measured: {visible(', '.join(names[reason]))} ({visible(reason)})" for reason in sorted(names)]
