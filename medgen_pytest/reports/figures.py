"""Figures: rates, scores and durations as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.score import sign_of
from medgen_pytest.evaluation.tally import count_text, counted

if TYPE_CHECKING:
    from medgen_pytest.domain.score import Direction
    from medgen_pytest.evaluation.profile import Profile
    from medgen_pytest.evaluation.statistics.interval import Interval
    from medgen_pytest.evaluation.tally import Tally

NOTHING = "-"
"""What a table shows where there is no number."""


def percent(rate: float) -> str:
    """A rate in percent; only all is 100.0% and only none is 0.0%.

    >>> percent(30 / 36), percent(9_999 / 10_000), percent(1)
    ('83.3%', '>99.9%', '100.0%')
    """
    text = f"{rate:.1%}"
    if text == "100.0%" and rate < 1:
        return ">99.9%"
    if text == "0.0%" and rate > 0:
        return "<0.1%"
    return text


def rate_text(tally: Tally) -> str:
    """The accuracy rate over the planned samples with its denominator, like `83.3% (30/36)`, `66.7% (2.67/4)`."""
    if tally.rate is None:
        return NOTHING
    return f"{percent(tally.rate)} ({count_text(tally.accurate)}/{tally.planned})"


def mean_text(mean: float | None, *, scored: int) -> str:
    """A mean score with the number of samples it is over, like `0.412 (n=36)`."""
    return NOTHING if mean is None else f"{mean:.4g} (n={scored})"


def ends_text(interval: Interval | None) -> str:
    """The ends of an interval of a rate or a mean with its level, like `0.8123 to 0.9 (95%)`."""
    return NOTHING if interval is None else f"{interval.low:.4g} to {interval.high:.4g} ({interval.level:.0%})"


def lost_texts(tally: Tally) -> list[str]:
    """The samples that could not be judged, like `2 errors` and `1 missing`; none of what there is none of."""
    errors = [counted(tally.error, "error")] if tally.error else []
    return [*errors, *([f"{tally.missing} missing"] if tally.missing else [])]


def metric_heading(name: str, threshold: float | None, *, direction: Direction) -> str:
    """A metric with its threshold, like `ssim >= 0.7`; without one, its mean is what there is to show."""
    if threshold is None:
        return f"{name} mean"
    return f"{name} {sign_of(direction)} {threshold:g}"


def heading_of(name: str, profile: Profile) -> str:
    """A metric with its threshold in a profile, see `metric_heading`."""
    return metric_heading(name, profile.thresholds.get(name), direction=profile.direction_of(name))


def clock(seconds: float) -> str:
    """A duration as minutes and seconds, with hours where there are any: `4:10`, `1:04:10`."""
    minutes, rest = divmod(round(max(seconds, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def money(amount: float | None) -> str:
    """An amount in the currency of the price tables, to the cent or to four digits where it is less than one.

    >>> money(12.3), money(0.001234), money(0), money(None)
    ('12.30', '0.001234', '0.00', '-')
    """
    if amount is None:
        return NOTHING
    return f"{amount:.2f}" if amount >= 1 or not amount else f"{amount:.4g}"
