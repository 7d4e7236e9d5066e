"""The lines that tell whether a judge notices what was replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.controls import OVERALL
from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.figures import NOTHING
from medgen_pytest.reports.table import Column, layout
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.evaluation.controls import Effect, Finding, Study

_SMALLEST = 0.0001


def controls_lines(study: Study, *, width: int) -> list[str]:
    """A table for each tier: a row for each control's overall score, and one below it for each dimension."""
    lines = [f"{counted(study.outputs, 'output')} of {visible(study.model)}, judged by {visible(study.judge)}"]
    for tier in dict.fromkeys(finding.tier for finding in study.findings):
        lines += ["", tier, *_table([finding for finding in study.findings if finding.tier == tier], width=width)]
    lines += [""] if study.left_out or study.errors else []
    lines += [f"left out of {control}: {_reasons(reasons)}" for control, reasons in study.left_out.items()]
    lines += [
        f"errors of the judge, {tier}, {control}: {_reasons(reasons)}"
        for (tier, control), reasons in study.errors.items()
    ]
    missed = ", ".join(f"{finding.control} ({finding.tier})" for finding in study.missed)
    return [*lines, "", f"not seen to notice: {missed}" if missed else "notices all that it should"]


def _table(findings: Sequence[Finding], *, width: int) -> list[str]:
    rows = [(finding, effect) for finding in findings for effect in finding.effects]
    labels = Column(heading="replaced", cells=tuple(_label(finding, effect) for finding, effect in rows))
    columns = [
        Column(heading="drop", cells=tuple(_number(effect.drop.mean) for _, effect in rows)),
        Column(heading="95% interval", cells=tuple(_interval(effect) for _, effect in rows)),
        Column(heading="p", cells=tuple(_p(effect.p) for _, effect in rows)),
        Column(heading="p (Holm)", cells=tuple(_p(effect.p_holm) for _, effect in rows)),
        Column(heading="pairs", cells=tuple(str(effect.drop.pairs) for _, effect in rows)),
        Column(
            heading="errors",
            cells=tuple(str(finding.errors) if effect.asked == OVERALL else "" for finding, effect in rows),
        ),
        Column(heading="the judge", cells=tuple(effect.verdict for _, effect in rows)),
    ]
    return [line.text.rstrip() for line in layout(labels, [columns], width=width)]


def _label(finding: Finding, effect: Effect) -> str:
    return finding.control if effect.asked == OVERALL else f"  {effect.asked}"


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value + 0.0:.2f}"


def _interval(effect: Effect) -> str:
    drop = effect.drop
    return NOTHING if drop.low is None or drop.high is None else f"{drop.low + 0.0:.2f} to {drop.high + 0.0:.2f}"


def _p(value: float | None) -> str:
    if value is None:
        return NOTHING
    return f"<{_SMALLEST:.4f}" if value < _SMALLEST else f"{value:.4f}"


def _reasons(reasons: Mapping[str, int]) -> str:
    return "; ".join(f"{count} x {visible(reason)}" for reason, count in reasons.items())
