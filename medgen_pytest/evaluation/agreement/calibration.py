"""Calibration: what a sample labelled by experts says about a judge, its threshold and the rates it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.agreement.bias import Bias, measure_bias
from medgen_pytest.evaluation.agreement.correction import CorrectedRate, RunCounts, correct_rate
from medgen_pytest.evaluation.agreement.proportion import Proportion, make_proportion
from medgen_pytest.evaluation.agreement.rank import spearman
from medgen_pytest.evaluation.agreement.raters import RaterAgreement, compare_raters
from medgen_pytest.evaluation.agreement.suggestion import Suggestion, suggest_threshold, tabulate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.evaluation.agreement.coefficient import Coefficient
    from medgen_pytest.evaluation.agreement.confusion import Confusion
    from medgen_pytest.evaluation.agreement.corrected import Origin
    from medgen_pytest.evaluation.agreement.labelled import Labelled

__all__ = ["Calibration", "RunCounts", "calibrate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """A judge measured against experts at a threshold.

    `samples` is how many have a score of an expert, `unlabelled` how many have none and were left out, `split` on
    how many the experts were evenly divided, which counts as not accurate. `experts` is how far they agree with
    each other: more than that no judge can be asked for. `spearman` is between the judge's scores and the
    experts' means, each sample counted once; `confusion` and `kappa` count weights, `counted` does not.
    `sensitivity` and `specificity` are with weights. `rates` holds the corrected rate of each model.
    """

    threshold: float
    samples: int
    unlabelled: int
    split: int
    experts: RaterAgreement
    spearman: Coefficient
    kappa: Coefficient
    confusion: Confusion
    counted: Confusion
    sensitivity: Proportion
    specificity: Proportion
    bias: tuple[Bias, ...]
    suggestion: Suggestion
    rates: tuple[CorrectedRate, ...]

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "threshold": self.threshold,
            "samples": self.samples,
            "unlabelled": self.unlabelled,
            "split": self.split,
            "experts": self.experts.to_dict(),
            "spearman": self.spearman.to_dict(),
            "kappa": self.kappa.to_dict(),
            "confusion": self.confusion.to_dict(),
            "counted": self.counted.to_dict(),
            "sensitivity": self.sensitivity.to_dict(),
            "specificity": self.specificity.to_dict(),
            "bias": [bias.to_dict() for bias in self.bias],
            "suggestion": self.suggestion.to_dict(),
            "rates": [rate.to_dict() for rate in self.rates],
        }


def calibrate(
    pairs: Sequence[Labelled],
    *,
    threshold: float,
    judge_rate_counts: Mapping[str, RunCounts] | None = None,
    origin: Origin = "run",
    experts: Sequence[str] = (),
    level: float = 0.95,
) -> Calibration:
    """Measure a judge against experts.

    Args:
        pairs: the labelled samples, in any order.
        threshold: the worst score that counts as accurate, for the judge and for each expert.
        judge_rate_counts: by model, the judge's verdicts on the whole run; its rates are corrected.
        origin: whether `pairs` were drawn from that run (`run`): then a model's rate is corrected by its own
            samples. With `elsewhere` all samples are used, and it is assumed that sensitivity and specificity carry
            over to the run.
        experts: names in the order of `expert_scores`; numbered without.
        level: of all intervals.

    Raises ValueError for samples with different numbers of experts, for an (output of a) sample twice, for names
    that do not fit, and for a sample said to be from a run that cannot hold it.
    """
    names = _name_experts(pairs, experts)
    labelled = [sample for sample in pairs if sample.rated]
    weighted = tabulate(labelled, judge_threshold=threshold, expert_threshold=threshold)
    return Calibration(
        threshold=threshold,
        samples=len(labelled),
        unlabelled=len(pairs) - len(labelled),
        split=sum(sample.is_split(threshold) for sample in labelled),
        experts=compare_raters(_columns(labelled, names), threshold=threshold),
        spearman=spearman([s.judge_score for s in labelled], [s.expert_mean for s in labelled]),
        kappa=weighted.kappa,
        confusion=weighted,
        counted=tabulate(labelled, judge_threshold=threshold, expert_threshold=threshold, weighted=False),
        sensitivity=_share(labelled, weighted.sensitivity, threshold=threshold, accurate=True, level=level),
        specificity=_share(labelled, weighted.specificity, threshold=threshold, accurate=False, level=level),
        bias=tuple(
            bias
            for grouping in ("all", "model", "task", "modality")
            for bias in measure_bias(labelled, grouping=grouping, level=level)
        ),
        suggestion=suggest_threshold(labelled, current=threshold),
        rates=tuple(
            correct_rate(
                [sample for sample in labelled if origin == "elsewhere" or sample.model == model],
                counts,
                model=model,
                threshold=threshold,
                origin=origin,
                level=level,
            )
            for model, counts in sorted((judge_rate_counts or {}).items())
        ),
    )


def _name_experts(pairs: Sequence[Labelled], experts: Sequence[str]) -> tuple[str, ...]:
    numbers = {len(sample.expert_scores) for sample in pairs}
    if len(numbers) > 1:
        raise ValueError("the samples have different numbers of experts; give None where one left a sample out")
    if len({(sample.model, sample.sample_id) for sample in pairs}) < len(pairs):
        raise ValueError("an output is there more than once")
    number = numbers.pop() if numbers else len(experts)
    names = tuple(experts) or tuple(f"expert {place}" for place in range(1, number + 1))
    if len(names) != number or len(set(names)) != number:
        raise ValueError(f"{number} experts need as many names, all different, not {', '.join(names)}")
    return names


def _columns(labelled: Sequence[Labelled], names: Sequence[str]) -> dict[str, list[float | None]]:
    return {name: [sample.expert_scores[place] for sample in labelled] for place, name in enumerate(names)}


def _share(
    labelled: Sequence[Labelled], value: float | None, *, threshold: float, accurate: bool, level: float
) -> Proportion:
    weights = [sample.weight for sample in labelled if sample.found_accurate(threshold) is accurate]
    effective = sum(weights) ** 2 / sum(weight**2 for weight in weights) if weights else 0.0
    return make_proportion(value, of=effective, level=level)
