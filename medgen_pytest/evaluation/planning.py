"""Planning: how many samples a difference takes, and what the first samples of a dataset can show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.statistics import (
    detectable_difference,
    samples_for_rate,
    samples_for_rates,
    samples_to_detect,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.taxonomy import Format
    from medgen_pytest.evaluation.statistics.power import Sides

USUAL_DISCORDANT = (0.05, 0.1, 0.2, 0.3, 0.5)
"""Shares of samples on which two models may differ, where nobody says."""
_USUAL_LIMITS = (50, 100, 200, 500, 1000, 2000, 5000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which difference of two rates is to be found, how surely, and what is known beforehand.

    `detect` is looked for up and down (`sides` 2) or one way (1), with the chance `power` and the confidence `level`.
    `discordant` are shares of samples on which the two may not agree, empty where nobody knows. `rate` is the rate now.
    Samples of a cluster are alike by `icc`, from 0 to 1; where the samples do not say of which cluster they are, each
    is of one of `cluster_size`.
    """

    detect: float
    power: float = 0.8
    level: float = 0.95
    sides: Sides = 2
    rate: float | None = None
    discordant: tuple[float, ...] = ()
    cluster_size: float = 1.0
    icc: float = 1.0

    def check(self) -> None:
        """Raises ConfigError for a question that has no answer."""
        for share in (self.detect, *self.discordant):
            name = "--detect" if share is self.detect else "--discordant"
            _check(name, share, "a share above 0, at most 1", holds=0 < share <= 1)
        _check("--level", self.level, "a confidence between 0 and 1", holds=0 < self.level < 1)
        chance = f"a chance above {self.alpha:.4g}, below 1"
        _check("--power", self.power, chance, holds=self.alpha < self.power < 1)
        _check("--icc", self.icc, "a likeness from 0 to 1", holds=0 <= self.icc <= 1)
        _check("--cluster-size", self.cluster_size, "a number from 1", holds=1 <= self.cluster_size < float("inf"))
        if self.rate is not None:
            _check("--rate", self.rate, "a rate from --detect to 1", holds=self.detect <= self.rate <= 1)

    @property
    def alpha(self) -> float:
        """The chance of a false alarm."""
        return 1 - self.level

    @property
    def shares(self) -> tuple[float, ...]:
        """The shares of differing samples to reckon with: none is below the difference itself."""
        known = self.discordant or (*USUAL_DISCORDANT, *self._independent())
        return tuple(sorted({max(share, self.detect) for share in known}))

    def _independent(self) -> tuple[float, ...]:
        """The share on which two models differ that fail on samples of their own."""
        if self.rate is None:
            return ()
        other = self.rate - self.detect
        return (self.rate * (1 - other) + other * (1 - self.rate),)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStratum:
    """One sample of a dataset in the order in which a limit takes them: its format and its cluster, if it has one."""

    format: Format
    cluster: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """How many `samples` a difference takes where a share `discordant` of them differs.

    `limit` is the shortest beginning of the dataset that has as many, None where even the whole has not.
    """

    discordant: float
    samples: int
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """The first `limit` samples of a dataset: the smallest difference that all of them find, and those of each format.

    None where not even a difference of 1 would be found, for the want of samples.
    """

    limit: int
    detects: float | None
    by_format: dict[Format, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerPlan:
    """The answer: needs by share of differing samples and, of a dataset, what its beginnings find at `discordant`.

    `apart` is the number of samples for each of two models that are asked for different ones, `against_bound` the
    number that shows a rate to be above a bound that lies `detect` below it; None where the rate is not known.
    """

    question: Question
    needs: tuple[Need, ...]
    apart: int | None
    against_bound: int | None
    discordant: float
    beginnings: tuple[Beginning, ...] = ()


def plan_samples(question: Question, dataset: Sequence[PlannedStratum] = ()) -> PowerPlan:
    """How many samples it takes to find a difference; `dataset` are samples in the order in which a limit takes them.

    Raises ConfigError for a question that has no answer.
    """
    question.check()
    effective = effective_sizes(dataset, question)
    needs = tuple(_need(question, share, effective) for share in question.shares)
    known = question.discordant[0] if question.discordant else 0.2
    discordant = max(known, question.detect)
    return PowerPlan(
        question=question,
        needs=needs,
        apart=_apart(question),
        against_bound=_against_bound(question),
        discordant=discordant,
        beginnings=tuple(_beginning(dataset[:limit], question, discordant) for limit in _limits(len(dataset), needs)),
    )


def effective_sizes(samples: Sequence[PlannedStratum], question: Question) -> list[float]:
    """How many independent samples the first 1, 2, ... samples are worth.

    n / (1 + icc (sum m^2 / n - 1)), m the sizes of the clusters among them. Samples without a cluster stand alone;
    where none has one, each is of one of the size that the question says.
    Source: Kish 1965, Survey Sampling, section 5.4, with the mean size weighted by size.
    """
    sizes: dict[str, int] = {}
    squares, found = 0.0, []
    has_clusters = any(sample.cluster for sample in samples)
    for number, sample in enumerate(samples, start=1):
        size = sizes.get(sample.cluster, 0) if sample.cluster else 0
        if sample.cluster:
            sizes[sample.cluster] = size + 1
        squares += 2 * size + 1
        mean_size = squares / number if has_clusters else min(question.cluster_size, number)
        found.append(number / (1 + question.icc * (mean_size - 1)))
    return found


def _need(question: Question, share: float, effective: Sequence[float]) -> Need:
    alone = samples_to_detect(
        question.detect, discordant=share, power=question.power, alpha=question.alpha, sides=question.sides
    )
    limit = next((number for number, size in enumerate(effective, start=1) if size >= alone), None)
    return Need(discordant=share, samples=_clustered(alone, question), limit=limit)


def _beginning(samples: Sequence[PlannedStratum], question: Question, share: float) -> Beginning:
    formats = sorted({sample.format for sample in samples})
    parts = {form: [sample for sample in samples if sample.format is form] for form in formats}
    return Beginning(
        limit=len(samples),
        detects=_detects(samples, question, share),
        by_format={form: _detects(part, question, share) for form, part in parts.items()},
    )


def _detects(samples: Sequence[PlannedStratum], question: Question, share: float) -> float | None:
    return detectable_difference(
        effective_sizes(samples, question)[-1],
        discordant=share,
        power=question.power,
        alpha=question.alpha,
        sides=question.sides,
    )


def _limits(total: int, needs: Sequence[Need]) -> list[int]:
    wanted = {need.limit for need in needs if need.limit is not None}
    return sorted({limit for limit in (*_USUAL_LIMITS, *wanted, total) if 0 < limit <= total})


def _apart(question: Question) -> int | None:
    if question.rate is None:
        return None
    alone = samples_for_rates(
        question.rate,
        question.rate - question.detect,
        power=question.power,
        alpha=question.alpha,
        sides=question.sides,
    )
    return None if alone is None else _clustered(alone, question)


def _against_bound(question: Question) -> int | None:
    if question.rate is None:
        return None
    alone = samples_for_rate(question.rate, question.rate - question.detect, power=question.power, alpha=question.alpha)
    return None if alone is None else _clustered(alone, question)


def _clustered(samples: int, question: Question) -> int:
    """As many samples as are worth so many independent ones."""
    return -int(-samples * (1 + question.icc * (question.cluster_size - 1)) // 1)


def _check(name: str, value: float, what: str, *, holds: bool) -> None:
    if not holds:
        raise ConfigError(f"{name} {value:g}: {what} is needed")
