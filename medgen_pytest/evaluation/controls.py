"""Controls of a judge: whether its scores fall when what it judges was replaced."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from medgen_pytest.evaluation.agreement.paired import mean_drop, permutation_p, wilcoxon_p
from medgen_pytest.evaluation.expert_sample import JudgedOutput, draw_sample
from medgen_pytest.evaluation.statistics.holm import holm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medgen_pytest.domain.judgement import Tier
    from medgen_pytest.domain.result import ResultKey, SampleResult
    from medgen_pytest.evaluation.agreement.paired import Drop

Verdict = Literal["notices", "does not notice", "cannot be told"]
"""Whether the judge notices; `cannot be told` where so few pairs could not have shown it, however far scores fell."""

OVERALL = "overall"
"""What the overall score is called beside the dimensions."""

ALPHA = 0.05
"""A corrected p-value below this shows that the judge notices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How far the scores for one question fell under one control.

    `asked` is `overall` or a dimension. `p` and `p_wilcoxon` are one-sided; `p_holm` is `p` corrected for all
    controls and questions of the tier. None where there are no pairs, of Wilcoxon's where no pair differs.
    """

    asked: str
    drop: Drop
    p: float | None
    p_wilcoxon: float | None
    p_holm: float | None = None
    verdict: Verdict = "cannot be told"

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "asked": self.asked,
            "drop": self.drop.to_dict(),
            "p": self.p,
            "p_wilcoxon": self.p_wilcoxon,
            "p_holm": self.p_holm,
            "verdict": self.verdict,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a judge made of one control in one tier.

    Of `tried` outputs it was to judge both ways, `errors` are those of which it did not give both judgements; they are
    in no mean. `should_notice` says that a judge which looks must score lower; see `should_notice`.
    """

    tier: Tier
    control: str
    tried: int
    errors: int
    should_notice: bool
    effects: tuple[Effect, ...]

    @property
    def overall(self) -> Effect:
        """The effect on the overall score."""
        return next(effect for effect in self.effects if effect.asked == OVERALL)

    @property
    def is_missed(self) -> bool:
        """Whether the judge should have noticed and has not been seen to."""
        return self.should_notice and self.overall.verdict != "notices"

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "tier": self.tier,
            "control": self.control,
            "tried": self.tried,
            "errors": self.errors,
            "should_notice": self.should_notice,
            "effects": [effect.to_dict() for effect in self.effects],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Controls of one judge on outputs of one model: findings, and the facts of how they came about, in plain values.

    `left_out` counts, for each control, the reasons for which outputs could not be put under it; `errors` the reasons
    for which there is no judgement, by tier and control.
    """

    model: str
    outputs: int
    judge: str
    findings: tuple[Finding, ...]
    left_out: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    errors: Mapping[tuple[Tier, str], Mapping[str, int]] = field(default_factory=dict)
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def missed(self) -> list[Finding]:
        """What the judge should have noticed and has not been seen to."""
        return [finding for finding in self.findings if finding.is_missed]

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON: the facts, then the findings."""
        return {**self.facts, "findings": [finding.to_dict() for finding in self.findings]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The scores of one output, by what was asked, before and after something was replaced; None: an error."""

    before: Mapping[str, float] | None
    after: Mapping[str, float] | None


def draw_controlled(results: Iterable[SampleResult], *, count: int, seed: int) -> list[ResultKey]:
    """The keys of `count` results (all, if there are no more) by task and modality, sorted; see `draw_sample`."""
    outputs = [JudgedOutput(key=one.key, task=one.task, modality=one.modality, score=0.0) for one in results]
    # Without scores all are of one band.
    draw = draw_sample(outputs, count=count, seed=seed, threshold=0.0, near=0.0) if outputs else None
    return sorted(one.output.key for one in draw.drawn) if draw is not None else []


def should_notice(control: str, tier: Tier, results: Iterable[SampleResult]) -> bool:
    """Whether a judge that looks must score these outputs lower under a control.

    Without the reference always. With it, an answer that equals the reference may be right whatever the instruction
    says, and whatever the inputs show: there only the replaced image of an output must be noticed.
    """
    if tier == "without_reference":
        return True
    return control != "instruction" and any(result.format.wants_image for result in results)


def compare_pairs(
    pairs: Mapping[str, Sequence[Pair]], *, tier: Tier, asked: Sequence[str], expected: Iterable[str], seed: int = 0
) -> list[Finding]:
    """The findings of one tier, in the order of the controls in `pairs`.

    asked: the questions, `overall` among them; an output counts for those that both of its judgements answer.
    expected: the controls that should be noticed. p-values are corrected (Holm) over all controls and questions.
    """
    raw = [(control, _effect(those, name, seed=seed)) for control, those in pairs.items() for name in asked]
    tested = [effect.p for _, effect in raw if effect.p is not None]
    corrected = iter(holm(tested))
    judged = [
        (control, replace(effect, p_holm=next(corrected)) if effect.p is not None else effect)
        for control, effect in raw
    ]
    wanted = frozenset(expected)
    return [
        Finding(
            tier=tier,
            control=control,
            tried=len(those),
            errors=sum(pair.before is None or pair.after is None for pair in those),
            should_notice=control in wanted,
            effects=tuple(
                replace(effect, verdict=_verdict(effect, tests=len(tested)))
                for name, effect in judged
                if name == control
            ),
        )
        for control, those in pairs.items()
    ]


def _effect(pairs: Sequence[Pair], asked: str, *, seed: int) -> Effect:
    both = [
        (pair.before[asked], pair.after[asked])
        for pair in pairs
        if pair.before is not None and pair.after is not None and asked in pair.before and asked in pair.after
    ]
    before, after = [first for first, _ in both], [second for _, second in both]
    return Effect(
        asked=asked,
        drop=mean_drop(before, after),
        p=permutation_p(before, after, seed=seed),
        p_wilcoxon=wilcoxon_p(before, after),
    )


def _verdict(effect: Effect, *, tests: int) -> Verdict:
    if effect.p_holm is not None and effect.p_holm < ALPHA:
        return "notices"
    # Of n pairs that all fall, one of 2^n signs is as far out.
    return "cannot be told" if max(1, tests) * 0.5**effect.drop.pairs >= ALPHA else "does not notice"
