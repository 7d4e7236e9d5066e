"""The bench: the judges of a run, what each of them is asked, and how what they say becomes scores."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.domain.judgement import JUDGE_METRICS
from medgen_pytest.domain.score import Score
from medgen_pytest.judge.combining import combine

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medgen_pytest.config.settings import Combination
    from medgen_pytest.domain.judgement import Judgement, Tier
    from medgen_pytest.domain.result import SampleResult, StoredOutput
    from medgen_pytest.judge.judge import Judge
    from medgen_pytest.judge.rubric import Rubric

_SHOWN = 8


class Seat(NamedTuple):
    """One judgement of an output: who gives it, of which tier, the how many-th, and in which order of the images."""

    judge: str
    tier: Tier
    replicate: int
    swapped: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """The judges by name, the rubric, and the rules of judging; see `JudgeSettings`."""

    judges: Mapping[str, Judge]
    rubric: Rubric
    tiers: Sequence[Tier]
    repeats: int = 1
    combine: Combination = "mean"
    rule: Combination = "mean"
    margin: float = 0.0
    swap: bool = False
    timeout: float = 120.0
    warnings: Sequence[str] = ()

    @property
    def conventions(self) -> dict[str, str]:
        """The name under which the scores of each metric are comparable: rubric, judges and rules in it."""
        return {JUDGE_METRICS[tier]: self._convention(tier) for tier in self.tiers}

    @property
    def digest(self) -> str:
        """SHA-256 over what makes the scores comparable."""
        return hashlib.sha256(json.dumps(self.conventions, sort_keys=True).encode("utf-8")).hexdigest()

    @property
    def seats(self) -> list[Seat]:
        """The judgements that an output gets, in order."""
        return [
            Seat(judge, tier, replicate, swapped)
            for judge in self.judges
            for tier in self.tiers
            for replicate in range(self.repeats)
            for swapped in self._orders(tier)
        ]

    def digests(self, seat: Seat, result: SampleResult) -> dict[str, str]:
        """What must be unchanged for a judgement of a result to be used again."""
        return {
            "judge": self.judges[seat.judge].digest,
            "rubric": self.rubric.digest,
            "output": output_digest(result.output),
            "sample": result.digests.get("sample", ""),
        }

    def due(self, result: SampleResult) -> list[Seat]:
        """The judgements that a result lacks; none for an output that is not usable, or was never made."""
        if result.status != "answered":
            return []
        known = {judgement.slot: judgement for judgement in result.judgements if not judgement.is_error}
        return [seat for seat in self.seats if not self._holds(known.get(seat), seat, result)]

    def merge(self, result: SampleResult, fresh: Iterable[Judgement]) -> tuple[Judgement, ...]:
        """The judgements of a result and those made now, in the order of the seats; others are left out."""
        made = {judgement.slot: judgement for judgement in fresh}
        known = {judgement.slot: judgement for judgement in result.judgements}
        usable = {slot: one for slot, one in known.items() if self._holds(one, Seat(*slot), result)}
        found = (made.get(seat) or usable.get(seat) for seat in self.seats)
        return tuple(judgement for judgement in found if judgement is not None)

    def scores(self, judgements: Sequence[Judgement]) -> dict[str, Score]:
        """The score of each tier; unscored, with the reason, unless every judgement of it was given.

        A score always stands for the same number of judgements: of those that are there alone, another number
        would come.
        """
        return {JUDGE_METRICS[tier]: self._score(tier, judgements) for tier in self.tiers}

    def facts(self) -> dict[str, object]:
        """How the run judges, in plain values: no secrets."""
        return {
            "judges": {name: {**judge.identity, "digest": judge.digest} for name, judge in self.judges.items()},
            "rubric": self._rubric_facts(),
            "tiers": list(self.tiers),
            "repeats": self.repeats,
            "combine": self.combine,
            "rule": self.rule,
            "margin": self.margin,
            "swap": self.swap,
            "conventions": self.conventions,
            "warnings": list(self.warnings),
        }

    def _rubric_facts(self) -> dict[str, object]:
        rubric = self.rubric
        told = ("name", "title", "question", "formats")
        dimensions = [{name: getattr(one, name) for name in told} for one in rubric.dimensions]
        return {
            "name": rubric.name,
            "version": rubric.version,
            "digest": rubric.digest,
            "low": rubric.low,
            "high": rubric.high,
            "overall": rubric.overall,
            "dimensions": dimensions,
        }

    def _orders(self, tier: Tier) -> tuple[bool, ...]:
        return (False, True) if self.swap and tier == "with_reference" else (False,)

    def _holds(self, known: Judgement | None, seat: Seat, result: SampleResult) -> bool:
        if known is None or seat.judge not in self.judges:
            return False
        return dict(known.digests) == self.digests(seat, result)

    def _convention(self, tier: Tier) -> str:
        judges = "+".join(f"{name}-{judge.digest[:_SHOWN]}" for name, judge in sorted(self.judges.items()))
        rules = [f"{self.repeats}-{self.combine}", *(["swap"] if len(self._orders(tier)) > 1 else [])]
        rules += [f"panel-{self.rule}"] if len(self.judges) > 1 else []
        rubric = f"{self.rubric.name}-{self.rubric.digest[:_SHOWN]}"
        return f"{JUDGE_METRICS[tier]}/{rubric}@{self.rubric.version}+{judges}+{'+'.join(rules)}"

    def _score(self, tier: Tier, judgements: Sequence[Judgement]) -> Score:
        wanted = [seat for seat in self.seats if seat.tier == tier]
        given = {judgement.slot: judgement for judgement in judgements if judgement.tier == tier}
        reason = next((why for seat in wanted if (why := self._why_missing(given.get(seat), seat))), None)
        value = None if reason is not None else self._combined([given[seat] for seat in wanted])
        return Score(
            metric=JUDGE_METRICS[tier],
            value=value,
            direction="higher",
            convention=self._convention(tier),
            reason=reason,
            notes=_notes(list(given.values())),
        )

    def _why_missing(self, judgement: Judgement | None, seat: Seat) -> str | None:
        if judgement is None:
            return f"judge {seat.judge} was not asked"
        if judgement.is_error:
            return f"judge {seat.judge}: {judgement.reason or 'it gave no reason'}"
        return None

    def _combined(self, judgements: Sequence[Judgement]) -> float:
        by_judge: dict[str, list[float]] = {}
        for judgement in judgements:
            if judgement.overall is not None:
                by_judge.setdefault(judgement.judge, []).append(judgement.overall)
        return combine([combine(scores, self.combine) for scores in by_judge.values()], self.rule)


def output_digest(output: StoredOutput) -> str:
    """SHA-256 over what a judge sees of an output: its text, and the name of its image, a hash of the pixels."""
    text = json.dumps([output.text, output.image], ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _notes(judgements: Sequence[Judgement]) -> tuple[str, ...]:
    steering = sorted({kind for judgement in judgements for kind in judgement.steering})
    told = dict.fromkeys(note for judgement in judgements for note in judgement.notes)
    flagged = [f"the output may steer the judge: {', '.join(steering)}"] if steering else []
    return (*flagged, *told)
