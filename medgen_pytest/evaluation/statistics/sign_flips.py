"""Sign flips: whether differences could as well have come the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from medgen_pytest.evaluation.statistics.clusters import Numbers

Alternative = Literal["drop", "change"]
"""What is looked for: that the differences sum to more than 0, or to something else than 0."""

_ALL_SIGNS_UP_TO = 14
_CHUNK = 500
_DENOMINATORS = range(1, 61)
_LARGEST_GRID = 50_000


def sign_flip_p(differences: Numbers, *, alternative: Alternative = "change", draws: int = 20_000) -> float:
    """The p-value of the sum of differences, (n,), if each could as well have the other sign.

    The share of all 2^n ways to set the signs whose sum is as far out. Differences that are multiples of one unit,
    which counts and shares are, are counted out exactly, whatever n is: with differences of one size that is the
    exact test of McNemar. Others go the way of `enumerated_p`. 1 where no difference is.
    Source: Fisher 1935, The Design of Experiments, section 21.
    """
    sizes = differences[differences != 0]
    units = _in_units(sizes)
    if units is None:
        return enumerated_p(sizes, alternative=alternative, draws=draws)
    return _grid_p(units, alternative)


def enumerated_p(
    differences: Numbers, *, alternative: Alternative = "change", draws: int = 20_000, seed: int = 0
) -> float:
    """`sign_flip_p` of any differences: up to 14 with all signs, of more by `draws` of them.

    Drawn, p = (1 + those as far out) / (1 + draws), which is never 0 (Phipson and Smyth 2010, Statistical
    Applications in Genetics and Molecular Biology 9:39). 1 without differences.
    """
    number = len(differences)
    observed = float(differences.sum())
    # Sums of the same numbers in another order may differ in their last digits.
    slack = 1e-12 * float(np.abs(differences).sum())
    if number <= _ALL_SIGNS_UP_TO:
        signs = 1 - 2 * ((np.arange(2**number)[:, None] >> np.arange(number)) & 1)
        return _as_far(signs @ differences, observed, alternative, slack) / len(signs)
    generator = np.random.default_rng(seed)
    as_far = 0
    for start in range(0, draws, _CHUNK):
        signs = 1 - 2 * generator.integers(0, 2, (min(_CHUNK, draws - start), number), dtype=np.int8)
        as_far += _as_far(signs @ differences, observed, alternative, slack)
    return (1 + as_far) / (1 + draws)


def _as_far(sums: Numbers, observed: float, alternative: Alternative, slack: float) -> int:
    if alternative == "drop":
        return int((sums >= observed - slack).sum())
    return int((np.abs(sums) >= abs(observed) - slack).sum())


def _in_units(differences: Numbers) -> Numbers | None:
    """The differences as whole numbers of their common unit; None if they have none, or too many of it."""
    for denominator in _DENOMINATORS:
        scaled = differences * denominator
        whole = np.rint(scaled)
        if np.abs(whole).sum() > _LARGEST_GRID:
            return None
        if np.allclose(scaled, whole, rtol=0, atol=1e-9):
            return whole
    return None


def _grid_p(units: Numbers, alternative: Alternative) -> float:
    from scipy.special import bdtr

    sizes, counts = np.unique(np.abs(units), return_counts=True)
    observed = float(units.sum())
    if len(sizes) == 1 and alternative == "change":
        fewer = (counts[0] - abs(observed) / sizes[0]) / 2
        return min(1.0, 2 * float(bdtr(round(fewer), int(counts[0]), 0.5)))
    chances = np.ones(1)
    for size, count in zip(sizes.astype(int), counts, strict=True):
        chances = np.convolve(chances, _signed_sum(int(size), int(count)))
    sums = np.arange(len(chances)) - len(chances) // 2
    far = sums >= observed if alternative == "drop" else np.abs(sums) >= abs(observed)
    return min(1.0, float(chances[far].sum()))


def _signed_sum(size: int, count: int) -> Numbers:
    """The chances of each sum of `count` numbers +-size, from -size count to size count in steps of 1."""
    from scipy.special import gammaln

    ups = np.arange(count + 1)
    logs = gammaln(count + 1) - gammaln(ups + 1) - gammaln(count - ups + 1) - count * np.log(2)
    chances = np.zeros(2 * size * count + 1)
    chances[:: 2 * size] = np.exp(logs)
    return chances
