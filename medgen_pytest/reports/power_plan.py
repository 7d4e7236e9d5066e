"""Power plans as text: how many samples a difference takes, and what the beginnings of a dataset find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.reports.figures import NOTHING, percent
from medgen_pytest.reports.line import Line, wrapped
from medgen_pytest.reports.table import Column, layout
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from medgen_pytest.evaluation.planning import PowerPlan


def power_plan_lines(plan: PowerPlan, *, dataset: str | None, width: int = 80) -> list[Line]:
    """The answer to a question of power; `dataset` is how the dataset is called, if there is one."""
    texts = [_asked(plan), None, *_needs(plan, width=width, has_dataset=dataset is not None)]
    texts += ["differ: the share of samples on which the two do not agree; 'medgen compare' tells that of two runs"]
    texts += _rates(plan)
    if dataset is not None:
        texts += [None, f"{visible(dataset)}: {plan.beginnings[-1].limit} samples", *_beginnings(plan, width=width)]
    lines: list[Line] = []
    for text in texts:
        if isinstance(text, Line):
            lines.append(text)
        else:
            lines += wrapped(text, width=width) if text else [Line(text="")]
    return lines


def _asked(plan: PowerPlan) -> str:
    question = plan.question
    ways = "up or down" if question.sides == 2 else "one way"  # noqa: PLR2004 - up and down
    return (
        f"to find a difference of {question.detect:.4g} between two accuracy rates, {ways}, in"
        f" {100 * question.power:.3g} of 100 cases, with a confidence of {100 * question.level:.6g}%:"
    )


def _needs(plan: PowerPlan, *, width: int, has_dataset: bool) -> list[Line]:
    labels = Column(heading="differ", cells=tuple(percent(need.discordant) for need in plan.needs))
    columns = [Column(heading="samples", cells=tuple(str(need.samples) for need in plan.needs))]
    if has_dataset:
        cells = tuple("not enough" if need.limit is None else str(need.limit) for need in plan.needs)
        columns.append(Column(heading="--medgen-limit", cells=cells))
    return layout(labels, [columns], width=width)


def _rates(plan: PowerPlan) -> list[str]:
    question = plan.question
    if question.rate is None:
        return []
    lower = question.rate - question.detect
    return [
        f"asked for different samples, {plan.apart} each, at rates of {question.rate:.4g} and {lower:.4g}",
        f"for a gate 'lower bound >= {lower:.4g}' on a rate of {question.rate:.4g}, {plan.against_bound} samples",
    ]


def _beginnings(plan: PowerPlan, *, width: int) -> list[Line | str]:
    labels = Column(heading="--medgen-limit", cells=tuple(str(one.limit) for one in plan.beginnings))
    formats = [form for form in Format if any(form in one.by_format for one in plan.beginnings)]
    whole = Column(heading="all", cells=tuple(_difference(one.detects) for one in plan.beginnings))
    parts = [
        Column(heading=form.value, cells=tuple(_difference(one.by_format.get(form)) for one in plan.beginnings))
        for form in formats
    ]
    return [
        f"the smallest difference that is found, where {percent(plan.discordant)} of the samples differ:",
        *layout(labels, [[whole], *([part] for part in parts)], width=width),
    ]


def _difference(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.3f}"
