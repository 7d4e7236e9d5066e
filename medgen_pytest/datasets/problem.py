"""Problems: what is wrong with a dataset, one line each, gathered and never stopped at."""

from __future__ import annotations

from dataclasses import dataclass, field

_SHOWN = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong; `where` is `FILE:LINE` (parquet: `FILE:ROW`) or a file of the dataset."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaints:
    """The problems of one record; what reads a field adds to them and goes on with the next."""

    where: str
    problems: list[Problem] = field(default_factory=list)

    def add(self, message: str) -> None:
        """Note one more thing that is wrong with the record."""
        self.problems.append(Problem(where=self.where, message=message))


def shown(value: object) -> str:
    """A value of the dataset for a message: quoted on one line, cut when it is long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
