"""The suggested threshold: that of the judge with the best agreement with the experts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.agreement.confusion import Confusion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.evaluation.agreement.labelled import Labelled

CRITERION = "highest kappa; of equals the nearest to the current threshold, then the higher"
_SAME = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A threshold for the judge and its kappa; None with the `reason` where no threshold has a kappa.

    The experts' verdicts stay those at the current threshold, since they say what accurate means. Found on the
    same samples on which `kappa` is computed, which is therefore somewhat too good.
    """

    threshold: float | None
    kappa: float | None
    criterion: str = CRITERION
    reason: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        data: dict[str, object] = {"threshold": self.threshold, "kappa": self.kappa, "criterion": self.criterion}
        if self.reason is not None:
            data["reason"] = self.reason
        return data


def suggest_threshold(labelled: Sequence[Labelled], *, current: float) -> Suggestion:
    """The best threshold among the current one and the scores that the judge gave: others give no other verdicts.

    Samples count with their weights; those without a score of an expert are left out.
    """
    best: tuple[float, float, float] | None = None
    for threshold in sorted({current, *(sample.judge_score for sample in labelled)}):
        found = tabulate(labelled, judge_threshold=threshold, expert_threshold=current).kappa.value
        if found is None:
            continue
        rank = (found, -abs(threshold - current), threshold)
        if best is None or found > best[0] + _SAME or (found >= best[0] - _SAME and rank[1:] > best[1:]):
            best = rank
    if best is None:
        return Suggestion(threshold=None, kappa=None, reason="the experts' verdicts are all the same, or too few")
    return Suggestion(threshold=best[2], kappa=best[0])


def tabulate(
    labelled: Sequence[Labelled], *, judge_threshold: float, expert_threshold: float, weighted: bool = True
) -> Confusion:
    """The verdicts of judge and experts, each at a threshold; samples without a score of an expert are left out."""
    return Confusion.of(
        (sample.judged_accurate(judge_threshold), found, sample.weight if weighted else 1.0)
        for sample in labelled
        if (found := sample.found_accurate(expert_threshold)) is not None
    )
