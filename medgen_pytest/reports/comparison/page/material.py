"""The material of the page: the sides that are compared, and each flip with the results of both."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from medgen_pytest.reports.page.index_data import PlacedCase

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.comparison import Comparisons, Flip, RunComparison, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipEntry:
    """A flip, the place of its comparison, and the places of the results of either side, a repeat each."""

    flip: Flip
    comparison: int
    first: tuple[int, ...]
    second: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FlipMaterial:
    """All flips of some comparisons, lost ones first, the largest before smaller ones.

    `sides` are those that are compared, each once, and `placed` the results of flipped samples. `sample_ids` are the
    flipped samples, those first whose images are to be shown if there is no room for all.
    """

    comparisons: Comparisons
    sides: tuple[Side, ...]
    placed: tuple[PlacedCase, ...]
    entries: tuple[FlipEntry, ...]
    sample_ids: tuple[str, ...]

    @property
    def cases(self) -> list[Case]:
        """The results."""
        return [one.case for one in self.placed]

    @property
    def metrics(self) -> list[str]:
        """What any result has a score of, in the order in which metrics are shown."""
        found = {name for case in self.cases if case.result is not None for name in case.result.scores}
        return self.sides[0].run.profile.in_order(found)


def flip_material(comparisons: Comparisons) -> FlipMaterial:
    """The material of at least one comparison."""
    sides = _sides(comparisons.comparisons)
    flips = _flips(comparisons.comparisons)
    places: dict[tuple[str, str, str], list[int]] = {}
    placed: list[PlacedCase] = []
    for place, flip in flips:
        for side in _both(comparisons.comparisons[place]):
            key = (*_identity(side), flip.planned.sample_id)
            if key not in places:
                found = _placed(side, flip.planned.sample_id, sides.index(side))
                places[key] = list(range(len(placed), len(placed) + len(found)))
                placed += found
    return FlipMaterial(
        comparisons=comparisons,
        sides=tuple(sides),
        placed=tuple(placed),
        entries=tuple(_entry(flip, place, comparisons.comparisons[place], places) for place, flip in flips),
        sample_ids=tuple(_to_show(flips)),
    )


def _sides(comparisons: Sequence[RunComparison]) -> list[Side]:
    """Each side once, in the order of the letters."""
    found = {_identity(side): side for comparison in comparisons for side in _both(comparison)}
    return [found[identity] for identity in sorted(found)]


def _flips(comparisons: Sequence[RunComparison]) -> list[tuple[int, Flip]]:
    """The flips with the place of their comparison."""
    found = [(place, flip) for place, comparison in enumerate(comparisons) for flip in comparison.flips]
    return sorted(found, key=lambda one: (one[1].change, one[0], one[1].planned.sample_id))


def _entry(
    flip: Flip, place: int, comparison: RunComparison, places: dict[tuple[str, str, str], list[int]]
) -> FlipEntry:
    first, second = (places[(*_identity(side), flip.planned.sample_id)] for side in _both(comparison))
    return FlipEntry(flip=flip, comparison=place, first=tuple(first), second=tuple(second))


def _placed(side: Side, sample_id: str, place: int) -> list[PlacedCase]:
    return [PlacedCase(case=case, run=side.run, place=place) for case in side.samples[sample_id]]


def _to_show(flips: Sequence[tuple[int, Flip]]) -> Iterator[str]:
    """The ids of flipped samples, lost and won ones by turns, the largest changes first."""
    lost = [flip.planned.sample_id for _, flip in flips if flip.change < 0]
    won = [flip.planned.sample_id for _, flip in reversed(flips) if flip.change > 0]
    return iter(dict.fromkeys(name for name in chain(*zip_longest(lost, won)) if name is not None))


def _both(comparison: RunComparison) -> tuple[Side, Side]:
    return comparison.first, comparison.second


def _identity(side: Side) -> tuple[str, str]:
    return side.letter, side.model
