"""Tallies: how many samples of a slice ended how, and the rates with both denominators."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of outcomes. `planned` is all of them, `judged` those that are neither error nor missing."""

    accurate: int = 0
    inaccurate: int = 0
    invalid: int = 0
    error: int = 0
    missing: int = 0

    @classmethod
    def of(cls, outcomes: Iterable[Outcome]) -> Tally:
        """The tally of outcomes."""
        return cls.from_counts(Counter(outcomes))

    @classmethod
    def from_counts(cls, counts: Mapping[Outcome, int]) -> Tally:
        """The tally of outcomes already counted; an outcome that is not there counts 0."""
        return cls(**{outcome.value: counts.get(outcome, 0) for outcome in Outcome})

    @property
    def planned(self) -> int:
        """The samples that were to be evaluated: the denominator of `rate`."""
        return self.judged + self.error + self.missing

    @property
    def judged(self) -> int:
        """The samples with a verdict: the denominator of `rate_of_judged`."""
        return self.accurate + self.inaccurate + self.invalid

    @property
    def rate(self) -> float | None:
        """Accuracy rate over the planned samples: what gates use. None without samples."""
        return self.accurate / self.planned if self.planned else None

    @property
    def rate_of_judged(self) -> float | None:
        """Accuracy rate over the judged samples. None without any."""
        return self.accurate / self.judged if self.judged else None

    @property
    def best_rate(self) -> float | None:
        """The rate if every error and every missing sample were accurate."""
        return (self.accurate + self.error + self.missing) / self.planned if self.planned else None

    @property
    def error_rate(self) -> float | None:
        """Errors over the planned samples. None without samples."""
        return self.error / self.planned if self.planned else None

    def to_dict(self) -> dict[str, object]:
        """Plain values for reports."""
        return {
            "planned": self.planned,
            "judged": self.judged,
            "accurate": self.accurate,
            "inaccurate": self.inaccurate,
            "invalid": self.invalid,
            "error": self.error,
            "missing": self.missing,
            "accuracy_rate": self.rate,
            "accuracy_rate_of_judged": self.rate_of_judged,
        }
