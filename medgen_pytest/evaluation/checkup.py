"""Checkups: what was looked at before a run, whether it will do, and what to do where it will not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Status(str, Enum):
    """Whether what was looked at will do; a warning keeps no run from working."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    `todo` says what to do about it; only what is well has none. `details` are lines for whoever wants to know more.
    """

    status: Status
    text: str
    todo: str | None = None
    details: Sequence[str] = ()

    def __post_init__(self) -> None:
        if (self.todo is None) is not (self.status is Status.OK):
            raise ValueError(f"what is {self.status.value} has {'no' if self.todo is None else 'a'} todo: {self.text}")

    def to_dict(self) -> dict[str, object]:
        """The finding as plain data."""
        return {"status": self.status.value, "text": self.text, "todo": self.todo, "details": list(self.details)}


def well(text: str, *details: str) -> Finding:
    """The finding that something will do."""
    return Finding(status=Status.OK, text=text, details=details)


def warning(text: str, *details: str, todo: str) -> Finding:
    """The finding that something should be known."""
    return Finding(status=Status.WARNING, text=text, todo=todo, details=details)


def problem(text: str, *details: str, todo: str) -> Finding:
    """The finding that something keeps a run from working."""
    return Finding(status=Status.PROBLEM, text=text, todo=todo, details=details)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """What was found of one part, like the dataset."""

    name: str
    findings: Sequence[Finding]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """Everything that was looked at, part by part."""

    sections: Sequence[Section]

    @property
    def is_well(self) -> bool:
        """Whether there is no problem."""
        return not self.count(Status.PROBLEM)

    def count(self, status: Status) -> int:
        """How many findings have a status."""
        return sum(finding.status is status for section in self.sections for finding in section.findings)

    def to_dict(self) -> dict[str, object]:
        """The checkup as plain data; the parts in their order."""
        return {
            "well": self.is_well,
            "problems": self.count(Status.PROBLEM),
            "warnings": self.count(Status.WARNING),
            "findings": [
                {"part": section.name, **finding.to_dict()} for section in self.sections for finding in section.findings
            ],
        }
