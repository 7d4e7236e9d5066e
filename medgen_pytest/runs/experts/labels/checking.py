"""Checking labels against the key: each is of an output that was drawn, on the scale, and there once."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medgen_pytest.reports.experts.sheet import OVERALL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from medgen_pytest.runs.experts.key import ExportKey
    from medgen_pytest.runs.experts.labels.raw import RawLabel

_LONGEST = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What one expert said about one output; `overall` None means that it was left open."""

    expert: str
    id: str
    overall: float | None
    dimensions: Mapping[str, float] = field(default_factory=dict)
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a label, and where it stands."""

    path: str
    line: int
    id: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}, line {self.line}: {self.id or 'no id'}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedLabels:
    """The labels that hold, in the order of experts and ids; `not_asked` counts marks nobody asked for."""

    labels: tuple[Label, ...]
    problems: tuple[Problem, ...]
    not_asked: int = 0

    @property
    def experts(self) -> tuple[str, ...]:
        """Everybody who gave an overall mark, sorted."""
        return tuple(sorted({label.expert for label in self.labels if label.overall is not None}))


def check_labels(found: Iterable[RawLabel], key: ExportKey) -> CheckedLabels:
    """The labels that hold, and what is wrong with the others."""
    known = {item.id: item for item in key.items}
    first: dict[tuple[str, str], RawLabel] = {}
    labels: list[Label] = []
    problems: list[Problem] = []
    not_asked = 0
    for raw in found:
        if raw.id not in known:
            problems.append(_problem(raw, f"no output of export {key.export} has this id"))
            continue
        earlier = first.setdefault((raw.expert, raw.id), raw)
        if earlier is not raw:
            problems.append(_problem(raw, _twice(raw, earlier)))
            continue
        asked = {question.name for question in key.rubric.asked_of(known[raw.id].task.format)} | {OVERALL}
        marks = {name: value for name, value in raw.values.items() if name in asked}
        not_asked += len(raw.values) - len(marks)
        wrong = [text for name, value in marks.items() if (text := _wrong(name, value, key)) is not None]
        problems.extend(_problem(raw, text) for text in wrong)
        if not wrong:
            labels.append(_label(raw, marks))
    labels.sort(key=lambda label: (label.expert, label.id))
    return CheckedLabels(labels=tuple(labels), problems=tuple(problems), not_asked=not_asked)


def _label(raw: RawLabel, marks: Mapping[str, object]) -> Label:
    numbers = {name: number for name, value in marks.items() if (number := _number(value)) is not None}
    return Label(
        expert=raw.expert,
        id=raw.id,
        overall=numbers.pop(OVERALL, None),
        dimensions=dict(sorted(numbers.items())),
        comment=raw.comment,
    )


def _problem(raw: RawLabel, text: str) -> Problem:
    return Problem(path=raw.path, line=raw.line, id=raw.id[:_LONGEST], text=text)


def _twice(raw: RawLabel, earlier: RawLabel) -> str:
    return (
        f"expert {raw.expert!r} has labelled it before, at {earlier.path}, line {earlier.line}; two experts need two"
        " names"
    )


def _wrong(name: str, value: object, key: ExportKey) -> str | None:
    number = _number(value)
    if number is None:
        return f"{name} is no number: {str(value)[:_LONGEST]!r}"
    if not key.rubric.holds(number):
        return f"{name} {number:g} is not on the scale from {key.rubric.low:g} to {key.rubric.high:g}"
    return None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:  # a whole number beyond what a float holds
        return None
    return None if math.isnan(number) else number
