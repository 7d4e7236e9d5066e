"""Rate columns: accuracy rates with the intervals beside them, as far as a table has room for these."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.reports.figures import NOTHING, lost_texts, rate_text
from medgen_pytest.reports.table import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.evaluation.slices import MetricSummary, SliceSummary
    from medgen_pytest.evaluation.statistics.interval import Interval

    Summary = SliceSummary | MetricSummary | None

_ROUNDED = 6
"""Decimals of a percentage that are no noise of the arithmetic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalStyle:
    """How intervals are shown: of single metrics too, with so many decimals of a percent; None for no intervals."""

    of_metrics: bool
    decimals: int | None


STYLES = (
    IntervalStyle(of_metrics=True, decimals=1),
    IntervalStyle(of_metrics=False, decimals=1),
    IntervalStyle(of_metrics=False, decimals=0),
    IntervalStyle(of_metrics=False, decimals=None),
)
"""From the one that says the most to the one that needs the least room."""


def rate_column(heading: str, summaries: Sequence[Summary], *, decimals: int | None, errors: bool = False) -> Column:
    """The rates of some slices, each with its interval, like `18.8% (9/48) [10.2, 31.9]` under `accuracy [95%]`.

    With `errors` the samples that could not be judged stand behind them.
    """
    rates = [NOTHING if one is None or one.tally is None else rate_text(one.tally) for one in summaries]
    ends = ["" if one is None else interval_ends(one.interval, decimals=decimals) for one in summaries]
    lost = [lost_texts(one.tally) if errors and one is not None and one.tally is not None else [] for one in summaries]
    if any(ends):
        heading = f"{heading} [{_level(summaries)}]"
        width = max(map(len, ends))
        rates = [f"{rate} {text.rjust(width)}".rstrip() for rate, text in zip(rates, ends, strict=True)]
    return Column(
        heading=heading, cells=tuple(", ".join([rate, *texts]) for rate, texts in zip(rates, lost, strict=True))
    )


def interval_ends(interval: Interval | None, *, decimals: int | None) -> str:
    """The ends of an interval of a rate in percent, without decimals no narrower than it is; empty without one.

    >>> from medgen_pytest.evaluation.statistics.interval import Interval
    >>> found = Interval(low=0.1023, high=0.3191, level=0.95, method="wilson")
    >>> interval_ends(found, decimals=1), interval_ends(found, decimals=0), interval_ends(found, decimals=None)
    ('[10.2, 31.9]', '[10, 32]', '')
    """
    if interval is None or decimals is None:
        return ""
    low, high = (round(100 * end, _ROUNDED) for end in (interval.low, interval.high))
    if not decimals:
        return f"[{math.floor(low)}, {math.ceil(high)}]"
    return f"[{low:.{decimals}f}, {high:.{decimals}f}]"


def _level(summaries: Sequence[Summary]) -> str:
    levels = (one.interval.level for one in summaries if one is not None and one.interval is not None)
    return f"{100 * next(levels):g}%"
