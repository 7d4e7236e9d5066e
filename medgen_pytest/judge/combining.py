"""Combining: how several scores of one output become one."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.config.settings import Combination


def combine(scores: Sequence[float], how: Combination) -> float:
    """One score for several, in their units.

    `mean`: their arithmetic mean, which rounding does not lead beyond the lowest or the highest of them.
    `median`: the middle one, of an even number the mean of the two in the middle.
    `majority`: the highest value that more than half of the scores reach, so that it meets a threshold exactly
    if more than half of them do. Raises ValueError without any score.
    """
    if not scores:
        raise ValueError("no scores to combine")
    if how == "mean":
        return min(max(statistics.fmean(scores), min(scores)), max(scores))
    if how == "median":
        return statistics.median(scores)
    return sorted(scores, reverse=True)[len(scores) // 2]
