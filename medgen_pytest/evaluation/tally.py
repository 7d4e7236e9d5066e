"""Tallies: how many samples of a slice ended how, and the rates with both denominators."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Count = int | Fraction
"""A number of samples. Of one that was asked several times a part may be accurate, which is kept exactly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of outcomes. `planned` is all of them, `judged` those that are neither error nor missing.

    A sample is an error or missing as a whole, and the parts of a judged one add up to one: all but
    `accurate`, `inaccurate` and `invalid` are whole numbers.
    """

    accurate: Count = 0
    inaccurate: Count = 0
    invalid: Count = 0
    error: int = 0
    missing: int = 0

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Tally:
        """The tally of outcomes."""
        return cls.from_counts(Counter(outcomes))

    @classmethod
    def from_counts(cls, counts: Mapping[Outcome, Count]) -> Tally:
        """The tally of outcomes already counted; an outcome that is not there counts 0."""
        return cls.from_row([counts.get(outcome, 0) for outcome in Outcome])

    @classmethod
    def from_row(cls, row: Sequence[Count]) -> Tally:
        """The tally of the counts of all outcomes, in their order."""
        accurate, inaccurate, invalid, error, missing = row
        return cls(accurate=accurate, inaccurate=inaccurate, invalid=invalid, error=int(error), missing=int(missing))

    @property
    def planned(self) -> int:
        """The samples that were to be evaluated: the denominator of `rate`."""
        return self.judged + self.error + self.missing

    @property
    def judged(self) -> int:
        """The samples with a verdict: the denominator of `rate_of_judged`."""
        return int(self.accurate + self.inaccurate + self.invalid)

    @property
    def rate(self) -> float | None:
        """Accuracy rate over the planned samples: what gates use. None without samples."""
        return float(self.accurate / self.planned) if self.planned else None

    @property
    def rate_of_judged(self) -> float | None:
        """Accuracy rate over the judged samples. None without any."""
        return float(self.accurate / self.judged) if self.judged else None

    @property
    def best_rate(self) -> float | None:
        """The rate if every error and every missing sample were accurate."""
        return float((self.accurate + self.error + self.missing) / self.planned) if self.planned else None

    @property
    def error_rate(self) -> float | None:
        """Errors over the planned samples. None without samples."""
        return self.error / self.planned if self.planned else None

    def to_dict(self) -> dict[str, object]:
        """Plain values for reports."""
        judged = self.judged
        planned = judged + self.error + self.missing
        return {
            "planned": planned,
            "judged": judged,
            "accurate": _plain(self.accurate),
            "inaccurate": _plain(self.inaccurate),
            "invalid": _plain(self.invalid),
            "error": self.error,
            "missing": self.missing,
            "accuracy_rate": float(self.accurate / planned) if planned else None,
            "accuracy_rate_of_judged": float(self.accurate / judged) if judged else None,
        }


def count_text(count: Count) -> str:
    """A count as a person reads it: two decimals where a part of a sample counts.

    >>> count_text(8), count_text(Fraction(8, 3))
    ('8', '2.67')
    """
    return str(count) if count == int(count) else f"{float(count):.2f}"


def counted(count: int, noun: str) -> str:
    """A count with its noun, like `1 error` or `3 errors`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _plain(count: Count) -> int | float:
    if isinstance(count, int):
        return count
    return int(count) if count == int(count) else float(count)
