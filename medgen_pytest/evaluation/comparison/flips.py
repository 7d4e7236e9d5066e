"""Flips: samples on which two sides do not agree whether they are accurate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.evaluation.comparison.side import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A sample whose accurate share is another on the second side; `change` is the second less the first.

    `before` and `after` are the outcomes of its repeats, `scores` of each metric those of both sides, None without.
    """

    planned: PlannedSample
    change: float
    before: Sequence[Outcome]
    after: Sequence[Outcome]
    reasons: tuple[str | None, str | None]
    scores: Mapping[str, tuple[float | None, float | None]]


def flips_between(first: Side, second: Side, paired: Iterable[str]) -> list[Flip]:
    """The flips among samples that both sides finished, losses first, the largest before smaller ones."""
    found = []
    for sample_id in paired:
        before, after = first.share(sample_id), second.share(sample_id)
        if before is not None and after is not None and before != after:
            found.append(_flip(first, second, sample_id, after - before))
    return sorted(found, key=lambda flip: (flip.change, flip.planned.sample_id))


def outcome_text(outcomes: Sequence[Outcome]) -> str:
    """What became of a sample in words: its outcome, or of repeats that differ how many are accurate.

    >>> outcome_text([Outcome.ACCURATE]), outcome_text([Outcome.ACCURATE, Outcome.INVALID])
    ('accurate', '1 of 2 accurate')
    """
    if len(set(outcomes)) == 1:
        return outcomes[0].value
    return f"{outcomes.count(Outcome.ACCURATE)} of {len(outcomes)} accurate"


def _flip(first: Side, second: Side, sample_id: str, change: float) -> Flip:
    planned = first.planned(sample_id)
    return Flip(
        planned=planned,
        change=change,
        before=first.outcomes(sample_id),
        after=second.outcomes(sample_id),
        reasons=(_reason(first, sample_id), _reason(second, sample_id)),
        scores={
            name: (first.score(sample_id, name), second.score(sample_id, name))
            for name in first.run.profile.required_for(planned.task)
        },
    )


def _reason(side: Side, sample_id: str) -> str | None:
    """Why a sample is not accurate, as the first repeat that is not says."""
    return next((case.verdict.reason for case in side.samples[sample_id] if case.verdict.reason is not None), None)
