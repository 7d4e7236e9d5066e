"""Paired scores: how far they fell, and whether by chance."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.evaluation.statistics.sign_flips import enumerated_p

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from medgen_pytest.evaluation.statistics.sign_flips import Alternative


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """The mean of before less after over paired scores, with its interval at `level`; above 0 they fell.

    None with the `reason` where there is none.
    """

    mean: float | None
    low: float | None
    high: float | None
    pairs: int
    level: float
    reason: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        data: dict[str, object] = {
            "mean": self.mean,
            "low": self.low,
            "high": self.high,
            "pairs": self.pairs,
            "level": self.level,
        }
        if self.reason is not None:
            data["reason"] = self.reason
        return data


def mean_drop(before: ArrayLike, after: ArrayLike, *, level: float = 0.95) -> Drop:
    """The mean drop with Student's t interval of paired differences: mean +- t s / sqrt(n).

    before, after: finite scores of the same outputs in one order, (n,). Without pairs there is no mean, with one no
    interval. Raises ValueError for lists of different lengths and scores that are not finite.
    """
    apart = _differences(before, after)
    pairs = len(apart)
    if pairs == 0:
        return Drop(mean=None, low=None, high=None, pairs=0, level=level, reason="no pairs")
    mean = float(apart.mean())
    if pairs == 1:
        return Drop(mean=mean, low=None, high=None, pairs=1, level=level, reason="one pair has no spread")
    from scipy.stats import t

    reach = float(t.isf((1 - level) / 2, pairs - 1)) * float(apart.std(ddof=1)) / math.sqrt(pairs)
    return Drop(mean=mean, low=mean - reach, high=mean + reach, pairs=pairs, level=level)


def permutation_p(
    before: ArrayLike, after: ArrayLike, *, alternative: Alternative = "drop", draws: int = 20_000, seed: int = 0
) -> float | None:
    """The p-value of the mean drop if each pair could as well be the other way round (a sign-flip test).

    Up to 14 pairs all signs are tried, and p is the share whose mean is at least as far out; of more pairs `draws` are
    drawn and p = (1 + those) / (1 + draws), which is never 0 (Phipson and Smyth 2010, Statistical Applications in
    Genetics and Molecular Biology 9:39). No form of the distribution is assumed. None without pairs. Raises
    ValueError as `mean_drop`.
    """
    apart = _differences(before, after)
    return enumerated_p(apart, alternative=alternative, draws=draws, seed=seed) if len(apart) else None


def wilcoxon_p(before: ArrayLike, after: ArrayLike, *, alternative: Alternative = "drop") -> float | None:
    """The p-value of Wilcoxon's signed-rank test; pairs without a difference are left out.

    Exact up to 50 pairs without ties, else by the normal approximation with correction for ties, as scipy does it.
    None where no pair differs. Raises ValueError as `mean_drop`.
    Source: Wilcoxon 1945 (Biometrics Bulletin 1:80).
    """
    apart = _differences(before, after)
    apart = apart[apart != 0]
    if len(apart) == 0:
        return None
    from scipy.stats import wilcoxon

    return float(wilcoxon(apart, alternative="greater" if alternative == "drop" else "two-sided").pvalue)


def _differences(before: ArrayLike, after: ArrayLike) -> NDArray[np.float64]:
    first, second = (np.asarray(scores, dtype=np.float64) for scores in (before, after))
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"paired scores are two lists of one length, not {first.shape} and {second.shape}")
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise ValueError("a score is not finite")
    return first - second
