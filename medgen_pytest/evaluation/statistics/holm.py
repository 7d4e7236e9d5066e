"""Holm's correction: p-values of many questions, so that the chance of any false finding is bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """p-values corrected for how many there are, so that the chance of any false finding is bounded (Holm).

    In ascending order p_(i) becomes the largest of (m - j + 1) p_(j) over j <= i, at most 1; m is their number. They
    come back in the order given. Raises ValueError for a value outside 0..1.
    Source: Holm 1979 (Scandinavian Journal of Statistics 6:65).
    """
    values = np.asarray(p_values, dtype=np.float64)
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError("a p-value lies in 0..1")
    order = np.argsort(values, kind="stable")
    raised = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    corrected = np.empty_like(values)
    corrected[order] = np.minimum(raised, 1.0)
    return tuple(corrected.tolist())
