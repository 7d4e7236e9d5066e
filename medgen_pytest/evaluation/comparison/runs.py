"""Runs compared: which samples two sides share, how their numbers differ on these, and which samples flipped."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.comparison.flips import Flip, flips_between
from medgen_pytest.evaluation.comparison.metrics import BY, MetricComparison, compare_metrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medgen_pytest.evaluation.comparison.side import Side
    from medgen_pytest.evaluation.slices import Dimension


@dataclass(frozen=True, slots=True, kw_only=True)
class RunComparison:
    """The second side against the first: differences are second less first.

    `pairs` are the samples that both sides finished. `left_out` counts those that only one of them has, or that are an
    error or missing in one, by side and why: `first error`, `second missing`, `only first`. `unshared` are metrics that
    one side alone measured, with its letter.
    """

    first: Side
    second: Side
    level: float
    pairs: int
    left_out: Mapping[str, int]
    metrics: Sequence[MetricComparison]
    flips: Sequence[Flip]
    unshared: Mapping[str, str]

    @property
    def lost(self) -> list[Flip]:
        """The samples that got worse."""
        return [flip for flip in self.flips if flip.change < 0]

    @property
    def won(self) -> list[Flip]:
        """The samples that got better."""
        return [flip for flip in self.flips if flip.change > 0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparisons:
    """Several comparisons at one confidence level.

    `unpaired` are the models, with the letter of their side, that no model was compared with.
    """

    level: float
    comparisons: Sequence[RunComparison]
    unpaired: Sequence[tuple[str, str]] = ()


def compare_runs(
    first: Side,
    second: Side,
    *,
    metrics: Iterable[str] | None = None,
    by: Sequence[tuple[Dimension, ...]] = BY,
    level: float = 0.95,
) -> RunComparison:
    """The comparison of two sides, sample by sample.

    `metrics` are those that are wanted, `accuracy` among them or not; None for all. Whether the two can be compared at
    all is `Conditions`' to say.
    """
    shared = sorted(first.samples.keys() & second.samples.keys())
    left_out: Counter[str] = Counter()
    left_out["only first"] = len(first.samples) - len(shared)
    left_out["only second"] = len(second.samples) - len(shared)
    paired = [sample_id for sample_id in shared if not _why_open(first, second, sample_id, left_out)]
    return RunComparison(
        first=first,
        second=second,
        level=level,
        pairs=len(paired),
        left_out={why: count for why, count in sorted(left_out.items()) if count},
        metrics=compare_metrics(first, second, paired, metrics=metrics, by=by, level=level),
        flips=flips_between(first, second, paired),
        unshared=_unshared(first, second),
    )


def _why_open(first: Side, second: Side, sample_id: str, left_out: Counter[str]) -> bool:
    """Whether a sample has no verdict on a side; counts why, for the first side where both have none."""
    for place, side in (("first", first), ("second", second)):
        outcome = side.open_outcome(sample_id)
        if outcome is not None:
            left_out[f"{place} {outcome}"] += 1
            return True
    return False


def _unshared(first: Side, second: Side) -> dict[str, str]:
    here, there = (side.rated | side.directions.keys() for side in (first, second))
    return {name: first.letter if name in here else second.letter for name in sorted(here ^ there)}
