"""The worst slices: where a model is wrong most, as far as the number of samples lets one say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.evaluation.slices import Dimension, Slice, SliceSummary
    from medgen_pytest.evaluation.statistics.interval import Interval
    from medgen_pytest.evaluation.tally import Tally

_WHERE: tuple[Dimension, ...] = ("format", "task", "modality")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstSlice:
    """A slice, its tally, and the interval of its accuracy rate."""

    part: Slice
    tally: Tally
    interval: Interval


def worst_slices(slices: Mapping[Slice, SliceSummary], *, most: int = 10) -> list[WorstSlice]:
    """At most so many of the parts by task and modality in which something is not accurate, the worst first.

    They are ordered by the upper end of their own 95% interval: what is bad even at best comes first, and one wrong
    answer out of one does not, nor do several on one patient. Errors and missing samples are not held against a model:
    that end is the one if all of them were accurate.
    """
    found = []
    for part, summary in slices.items():
        tally, interval = summary.tally, summary.interval
        if tuple(name for name, _ in part.where) != _WHERE or tally.accurate == tally.judged:
            continue
        if interval is not None:
            found.append(WorstSlice(part=part, tally=tally, interval=interval))
    return sorted(found, key=lambda worst: (worst.interval.high, worst.part.model, worst.part.where))[:most]
