"""Interval tables: what each sample adds to rates and means, in arrays, for the intervals of all slices at once."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.statistics.clusters import cluster_slices
from medgen_pytest.evaluation.statistics.interval import Interval
from medgen_pytest.evaluation.statistics.means import intervals_of_means
from medgen_pytest.evaluation.statistics.rates import rate_intervals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.evaluation.statistics.clusters import Clustered, Codes, Numbers
    from medgen_pytest.evaluation.tally import Count

LEVEL = 0.95
"""The level of the intervals of reports."""

Intervals = list[Interval | None]
"""An interval for each slice; None where there is none."""

_NONE = -1
_OPEN = frozenset({Outcome.ERROR, Outcome.MISSING})


@dataclass(slots=True)
class _Series:
    """Samples by number, and a value of each: a share, or a score. Of `open` ones it is not known, and held as 0."""

    samples: array[int] = field(default_factory=lambda: array("q"))
    values: array[float] = field(default_factory=lambda: array("d"))
    open: array[int] = field(default_factory=lambda: array("q"))


@dataclass(slots=True)
class IntervalTable:
    """Gathers samples while a run is summarised; a *cell* is a set of samples that lie in the same slices."""

    _cells: array[int] = field(default_factory=lambda: array("q"))
    _clusters: array[int] = field(default_factory=lambda: array("q"))
    _known: dict[str, int] = field(default_factory=dict)
    _rates: dict[str, _Series] = field(default_factory=dict)
    _means: dict[str, _Series] = field(default_factory=dict)

    def add_sample(self, cell: int, cluster: str | None) -> None:
        """Begins the next sample, in a cell and a cluster; None for a cluster of its own."""
        sample = len(self._cells)
        self._cells.append(cell)
        # A cluster has the number of its first sample, which is that of no other.
        self._clusters.append(sample if cluster is None else self._known.setdefault(cluster, sample))

    def add_outcome(self, name: str, outcome: Outcome) -> None:
        """What the sample begun last counts as under a rate."""
        self._add_share(name, float(outcome is Outcome.ACCURATE), is_open=outcome in _OPEN)

    def add_outcomes(self, name: str, shares: Mapping[Outcome, Count]) -> None:
        """What the sample begun last, which has repeats, counts as under a rate."""
        # A sample is an error or missing as a whole.
        self._add_share(name, float(shares.get(Outcome.ACCURATE, 0)), is_open=not _OPEN.isdisjoint(shares))

    def _add_share(self, name: str, share: float, *, is_open: bool) -> None:
        rate = self._rates.get(name)
        if rate is None:
            rate = self._rates[name] = _Series()
        sample = len(self._cells) - 1
        rate.samples.append(sample)
        rate.values.append(share)
        if is_open:
            rate.open.append(sample)

    def add_score(self, name: str, value: float) -> None:
        """The score of the sample begun last in a metric."""
        mean = self._means.get(name)
        if mean is None:
            mean = self._means[name] = _Series()
        mean.samples.append(len(self._cells) - 1)
        mean.values.append(value)

    def layout(self, slices: Sequence[Sequence[int]], *, number: int) -> Layout:
        """The samples in slices: `slices`, (breakdowns, cells), has the slice that a cell lies in, or -1 for none.

        Slices count from 0 to number - 1 over all breakdowns; those of one have no sample in common.
        """
        of_slice = np.array(slices, dtype=np.intp)[:, _codes(self._cells)].ravel()
        samples = np.tile(np.arange(len(self._cells)), len(slices))[of_slice != _NONE]
        of_slice = of_slice[of_slice != _NONE]
        of_cluster = _codes(self._clusters)[samples]
        order = np.lexsort((of_cluster, of_slice))
        return Layout(
            samples=samples[order],
            slices=of_slice[order],
            clusters=of_cluster[order],
            total=len(self._cells),
            number=number,
        )

    def rates(self, layout: Layout) -> dict[str, Intervals]:
        """The interval of each rate in each slice, by the name of the rate.

        Samples that could not be judged may have been accurate or not: an interval reaches from the low end if none of
        them were to the high end if all were.
        """
        return {name: layout.rate_intervals(rate) for name, rate in self._rates.items()}

    def means(self, layout: Layout) -> dict[str, Intervals]:
        """The interval of the mean of each metric in each slice, by the name of the metric.

        None where a score of the slice is infinite, and where fewer than two clusters have one.
        """
        found = intervals_of_means((layout.finite(mean) for mean in self._means.values()), level=LEVEL)
        return dict(zip(self._means, found, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Placed:
    """Values with their slice, cluster and sample, sorted by these; (k,) each."""

    values: Numbers
    slices: Codes
    clusters: Codes
    samples: Codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Every sample in each slice that it lies in, sorted by slice and cluster; `total` samples, `number` slices."""

    samples: Codes
    slices: Codes
    clusters: Codes
    total: int
    number: int

    def place(self, series: _Series, *, open_as: float = 0.0) -> _Placed:
        """The values of a series in this order, those that are open taken as `open_as`."""
        values, there = np.zeros(self.total), np.zeros(self.total, dtype=np.bool_)
        values[_codes(series.samples)] = np.frombuffer(series.values)
        values[_codes(series.open)] = open_as
        there[_codes(series.samples)] = True
        held = there[self.samples]
        samples = self.samples[held]
        return _Placed(values=values[samples], slices=self.slices[held], clusters=self.clusters[held], samples=samples)

    def finite(self, scores: _Series) -> Clustered:
        """The scores of slices that hold only finite ones, summed by cluster; nothing of the others."""
        part = self.place(scores)
        infinite = np.bincount(part.slices[~np.isfinite(part.values)], minlength=self.number) > 0
        kept = ~infinite[part.slices]
        return cluster_slices(
            part.values[kept],
            part.slices[kept],
            part.clusters[kept],
            number=self.number,
            places=part.samples[kept],
        )

    def rate_intervals(self, rate: _Series) -> Intervals:
        """The intervals of a rate; see `IntervalTable.rates`."""
        worst = self._rate_intervals(self.place(rate))
        if not rate.open:
            return worst
        best = self._rate_intervals(self.place(rate, open_as=1.0))
        return [_reach(low, high) for low, high in zip(worst, best, strict=True)]

    def _rate_intervals(self, part: _Placed) -> Intervals:
        return rate_intervals(part.values, part.slices, part.clusters, number=self.number, level=LEVEL)


def _codes(numbers: array[int]) -> Codes:
    return np.frombuffer(numbers, dtype=np.int64).astype(np.intp, copy=False)


def _reach(low: Interval | None, high: Interval | None) -> Interval | None:
    if low is None or high is None:
        return None
    return Interval(low=low.low, high=high.high, level=low.level, method=low.method)
