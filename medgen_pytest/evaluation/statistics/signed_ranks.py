"""Signed ranks: whether scores on the same samples moved in one direction."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.evaluation.statistics.sign_flips import sign_flip_p

if TYPE_CHECKING:
    from medgen_pytest.evaluation.statistics.clusters import Codes, Numbers

_COUNTED_UP_TO = 100


def signed_rank_p(differences: Numbers, codes: Codes) -> float:
    """The two-sided p-value of Wilcoxon's signed-rank test of differences, (n,), in the clusters `codes`, (n,).

    Differences of 0 are left out. Each cluster of one: as scipy does it, exact for few without ties, else by the normal
    approximation with correction for ties. Otherwise the signed ranks are summed by cluster, T_g, and each T_g could as
    well have the other sign: counted out up to 100 differences, beyond that by the normal approximation
    z = sum T_g / sqrt(sum T_g^2). 1 where nothing differs.
    Sources: Wilcoxon 1945 (Biometrics Bulletin 1:80); Rosner, Glynn and Lee 2006 (Biometrics 62:185).
    """
    held = differences != 0
    apart, clusters = differences[held], codes[held]
    if len(apart) == 0:
        return 1.0
    from scipy.stats import rankdata, wilcoxon

    # Whether samples belong together is told by all of them, that a p-value does not jump with what differs.
    if len(np.unique(codes)) == len(codes):
        return float(wilcoxon(apart).pvalue)
    ranks = np.sign(apart) * rankdata(np.abs(apart))
    sums = np.bincount(clusters, weights=ranks).astype(np.float64)
    if len(apart) <= _COUNTED_UP_TO:
        return sign_flip_p(sums)
    from scipy.special import ndtr

    spread = math.sqrt(float((sums**2).sum()))
    return 2 * float(ndtr(-abs(float(sums.sum())) / spread)) if spread > 0 else 1.0
