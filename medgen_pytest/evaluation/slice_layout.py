"""Slice layouts: which samples of a table lie in which slices, to add up and to find the intervals of all at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from medgen_pytest.evaluation.sample_table import OUTCOMES
from medgen_pytest.evaluation.statistics.clusters import Clustering, sorting
from medgen_pytest.evaluation.statistics.interval import Interval
from medgen_pytest.evaluation.statistics.rates import rate_ends
from medgen_pytest.evaluation.tally import Tally

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medgen_pytest.evaluation.sample_table import OutcomeColumn, SampleTable, ScoreColumn
    from medgen_pytest.evaluation.statistics.clusters import Clustered, Codes, Numbers
    from medgen_pytest.evaluation.tally import Count

LEVEL = 0.95
"""The level of the intervals of reports."""

Intervals = Sequence[Interval | None]
"""An interval for each slice; None where there is none."""

NOWHERE = -1
"""What stands in the place of the slice of a cell that lies in none."""


class SliceScores(NamedTuple):
    """The scores of one metric in each slice: how many samples are told of, how many scored, and the sum of these."""

    told: list[int]
    scored: list[int]
    totals: list[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceLayout:
    """Every sample in each slice that it lies in, sorted by slice and cluster; `number` slices, counted from 0.

    `of_cells`, (breakdowns, cells), has the slice that a cell lies in, or -1 for none. `known` is how some of the
    samples lie in the slices, found once for all metrics that have the same.
    """

    table: SampleTable
    of_cells: Codes
    number: int
    samples: Codes
    slices: Codes
    clusters: Codes
    known: dict[bytes, tuple[Codes, Clustering]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, table: SampleTable, of_cells: Sequence[Sequence[int]], *, number: int) -> SliceLayout:
        """The samples of a table in slices, see above; slices of one breakdown have no sample in common."""
        placed = np.array(of_cells, dtype=np.intp)
        of_slice = placed[:, table.cells].ravel()
        samples = np.tile(np.arange(len(table.cells)), len(of_cells))[of_slice != NOWHERE]
        of_slice = of_slice[of_slice != NOWHERE]
        of_cluster = table.clusters[samples]
        order = sorting(of_slice, of_cluster)
        return cls(
            table=table,
            of_cells=placed,
            number=number,
            samples=samples[order],
            slices=of_slice[order],
            clusters=of_cluster[order],
        )

    def tallies(self, column: OutcomeColumn) -> list[Tally | None]:
        """How many samples of each slice count as each outcome; None for one that holds none of the column."""
        rows: list[list[Count]] = np.stack([self._count(column.of(outcome)) for outcome in OUTCOMES], axis=1).tolist()
        for sample, shares in column.shares.items():
            for place in self._slices_of(sample):
                for outcome, share in shares.items():
                    rows[place][OUTCOMES.index(outcome)] += share
        return [Tally.from_row(row) if any(row) else None for row in rows]

    def scores(self, name: str) -> SliceScores:
        """The scores of a metric in each slice; zeros for one that no sample has."""
        column = self.table.scores.get(name)
        if column is None:
            return SliceScores([0] * self.number, [0] * self.number, [0.0] * self.number)
        scored, unscored = self._count(column.samples), self._count(column.unscored)
        totals = self._add_up(column.samples, column.values)
        return SliceScores((scored + unscored).tolist(), scored.tolist(), totals.tolist())

    def _count(self, samples: Codes) -> Codes:
        return self._add_up(samples, None).astype(np.intp)

    def _add_up(self, samples: Codes, values: Numbers | None) -> Numbers:
        """The sum of the values of some samples, (k,) each, in each slice, (number,); None for 1 each."""
        # By cell first, in order both times, so that a sum has the same last digits whatever else is in the run.
        cells = np.bincount(self.table.cells[samples], weights=values, minlength=self.of_cells.shape[1])
        is_in = self.of_cells != NOWHERE
        weights = np.broadcast_to(cells, self.of_cells.shape)[is_in]
        return np.bincount(self.of_cells[is_in], weights=weights, minlength=self.number).astype(np.float64, copy=False)

    def rates(self) -> dict[str, Intervals]:
        """The interval of each rate in each slice, by the name of the rate.

        Samples that could not be judged may have been accurate or not: an interval reaches from the low end if none of
        them were to the high end if all were.
        """
        return {name: self._intervals_of(column) for name, column in self.table.rates.items()}

    def finite(self, column: ScoreColumn) -> Clustered:
        """The scores of slices that hold only finite ones, summed by cluster; nothing of the others.

        Of these intervals of means can be made. An infinite score leaves none.
        """
        values = np.zeros(len(self.table.cells))
        values[column.samples] = column.values
        samples, clustering = self._place(column.samples)
        infinite = self.slices[~np.isfinite(values)[self.samples]]
        if len(infinite):
            samples, clustering = self._cluster(self._holds(column.samples) & ~np.isin(self.slices, infinite))
        return clustering.sum(values[samples])

    def _slices_of(self, sample: int) -> list[int]:
        return [place for place in self.of_cells[:, self.table.cells[sample]].tolist() if place != NOWHERE]

    def _place(self, samples: Codes) -> tuple[Codes, Clustering]:
        """Some samples, (k,), once for each slice that they lie in, and how they lie there."""
        key = samples.tobytes()  # metrics of the same tasks mostly have the same samples
        if key not in self.known:
            self.known[key] = self._cluster(self._holds(samples))
        return self.known[key]

    def _holds(self, samples: Codes) -> NDArray[np.bool_]:
        """Which of all samples in all slices are some of these."""
        there = np.zeros(len(self.table.cells), dtype=np.bool_)
        there[samples] = True
        return np.asarray(there[self.samples])

    def _cluster(self, held: NDArray[np.bool_]) -> tuple[Codes, Clustering]:
        samples = self.samples[held]
        return samples, Clustering.of(self.slices[held], self.clusters[held], number=self.number, places=samples)

    def _intervals_of(self, column: OutcomeColumn) -> Intervals:
        samples, clustering = self._place(column.samples)
        total = len(self.table.cells)
        lows, highs = rate_ends(clustering.sum(column.accurate(total)[samples]), level=LEVEL)
        if len(column.open):
            _, highs = rate_ends(clustering.sum(column.accurate(total, open_as=1.0)[samples]), level=LEVEL)
        return [
            None if math.isnan(low) else Interval(low=low, high=high, level=LEVEL, method="wilson")
            for low, high in zip(lows.tolist(), highs.tolist(), strict=True)
        ]
