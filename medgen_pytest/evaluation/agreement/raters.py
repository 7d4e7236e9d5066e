"""Several raters: how far each pair of them agrees, and all together."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.evaluation.agreement.coefficient import Coefficient, read_pairs
from medgen_pytest.evaluation.agreement.cohen import kappa
from medgen_pytest.evaluation.agreement.fleiss import fleiss_kappa
from medgen_pytest.evaluation.agreement.intraclass import icc
from medgen_pytest.evaluation.agreement.krippendorff import krippendorff_alpha
from medgen_pytest.evaluation.agreement.rank import spearman

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class PairAgreement:
    """Two raters on the items that both rated.

    `kappa` is that of their verdicts at the threshold, `kappa_quadratic` that of their scores. `same_verdict`
    is the share of items with one verdict, `difference` the mean score of the first less that of the second;
    both None without items.
    """

    first: str
    second: str
    items: int
    kappa: Coefficient
    kappa_quadratic: Coefficient
    spearman: Coefficient
    same_verdict: float | None
    difference: float | None

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "first": self.first,
            "second": self.second,
            "items": self.items,
            "kappa": self.kappa.to_dict(),
            "kappa_quadratic": self.kappa_quadratic.to_dict(),
            "spearman": self.spearman.to_dict(),
            "same_verdict": self.same_verdict,
            "difference": self.difference,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RaterAgreement:
    """Several raters, judges or experts, with each other. Fleiss' kappa is that of their verdicts at `threshold`."""

    raters: tuple[str, ...]
    threshold: float
    alpha: Coefficient
    fleiss_kappa: Coefficient
    icc_2_1: Coefficient
    icc_2_k: Coefficient
    icc_3_1: Coefficient
    pairs: tuple[PairAgreement, ...]

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {
            "raters": list(self.raters),
            "threshold": self.threshold,
            "alpha": self.alpha.to_dict(),
            "fleiss_kappa": self.fleiss_kappa.to_dict(),
            "icc_2_1": self.icc_2_1.to_dict(),
            "icc_2_k": self.icc_2_k.to_dict(),
            "icc_3_1": self.icc_3_1.to_dict(),
            "pairs": [pair.to_dict() for pair in self.pairs],
        }


def compare_raters(scores: Mapping[str, Sequence[float | None]], *, threshold: float) -> RaterAgreement:
    """How far raters agree: `scores` holds each one's score of every item, in one order; None where there is none.

    Raises ValueError for lists of different lengths and for an infinite score.
    """
    lengths = {len(column) for column in scores.values()}
    if len(lengths) > 1:
        raise ValueError(f"raters need lists of one length, not of {', '.join(map(str, sorted(lengths)))}")
    table = np.array(list(scores.values()), dtype=np.float64).T
    return RaterAgreement(
        raters=tuple(scores),
        threshold=threshold,
        alpha=krippendorff_alpha(table, level="interval"),
        fleiss_kappa=fleiss_kappa(_verdicts(table, threshold)),
        icc_2_1=icc(table, form="2,1"),
        icc_2_k=icc(table, form="2,k"),
        icc_3_1=icc(table, form="3,1"),
        pairs=pairwise_agreement(scores, threshold=threshold),
    )


def pairwise_agreement(scores: Mapping[str, Sequence[float | None]], *, threshold: float) -> tuple[PairAgreement, ...]:
    """Every pair of raters, in the order in which they are given. Raises ValueError as `compare_raters`."""
    return tuple(_compare(first, second, scores, threshold=threshold) for first, second in combinations(scores, 2))


def _compare(
    first: str, second: str, scores: Mapping[str, Sequence[float | None]], *, threshold: float
) -> PairAgreement:
    both, _ = read_pairs(scores[first], scores[second])
    verdicts = _verdicts(both, threshold)
    return PairAgreement(
        first=first,
        second=second,
        items=len(both),
        kappa=kappa(verdicts[:, 0], verdicts[:, 1]),
        kappa_quadratic=kappa(both[:, 0], both[:, 1], weights="quadratic"),
        spearman=spearman(both[:, 0], both[:, 1]),
        same_verdict=float((verdicts[:, 0] == verdicts[:, 1]).mean()) if len(both) else None,
        difference=float((both[:, 0] - both[:, 1]).mean()) if len(both) else None,
    )


def _verdicts(table: NDArray[np.float64], threshold: float) -> NDArray[np.float64]:
    return np.where(np.isnan(table), np.nan, table >= threshold)
