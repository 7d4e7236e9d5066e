"""Figures of comparisons: differences, intervals and p-values as a person reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.comparison.flips import outcome_text
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.figures import NOTHING, heading_of, percent

if TYPE_CHECKING:
    from medgen_pytest.evaluation.comparison import Flip, MetricComparison, RunComparison
    from medgen_pytest.evaluation.comparison.metrics import Kind
    from medgen_pytest.evaluation.profile import Profile
    from medgen_pytest.evaluation.statistics import Comparison, Interval

_SMALLEST_P = 0.0001


def value_text(value: float | None, kind: Kind) -> str:
    """A rate in percent, or a mean score to four digits."""
    if value is None:
        return NOTHING
    return percent(value) if kind == "rate" else f"{value:.4g}"


def difference_text(value: float | None, kind: Kind) -> str:
    """A difference with its sign: of rates in percentage points, of means in the units of the score.

    >>> difference_text(0.0182, "rate"), difference_text(-0.00123456, "mean"), difference_text(0.0, "rate")
    ('+1.8 pp', '-0.001235', '0.0 pp')
    """
    if value is None:
        return NOTHING
    return f"{_signed(value, kind)} pp" if kind == "rate" else _signed(value, kind)


def interval_text(interval: Interval | None, kind: Kind) -> str:
    """The ends of an interval of a difference, like `[-0.4, +2.7]`."""
    return NOTHING if interval is None else f"[{_signed(interval.low, kind)}, {_signed(interval.high, kind)}]"


def p_text(value: float | None) -> str:
    """A p-value to two digits.

    >>> p_text(0.0342), p_text(0.00001), p_text(1.0), p_text(None)
    ('0.034', '<0.0001', '1', '-')
    """
    if value is None:
        return NOTHING
    return f"<{_SMALLEST_P:g}" if value < _SMALLEST_P else f"{value:.2g}"


def detectable_text(value: float | None, kind: Kind) -> str:
    """The smallest difference that is likely to be found."""
    if value is None:
        return NOTHING
    return f"{100 * value:.1f} pp" if kind == "rate" else f"{value:.4g}"


def only_text(numbers: Comparison) -> str:
    """How many samples are better on one side alone, first and second, like `12 / 15`."""
    return f"{numbers.only_first:g} / {numbers.only_second:g}"


def metric_title(metric: MetricComparison, profile: Profile) -> str:
    """What is compared, like `accuracy rate`, `ssim >= 0.7` or `ssim mean`."""
    if metric.kind == "mean":
        return f"{metric.metric} mean"
    return heading_of(metric.metric, profile) if metric.metric in profile.thresholds else f"{metric.metric} rate"


def left_out_texts(comparison: RunComparison) -> list[str]:
    """Why samples are not compared, like `2 errors in A`, `3 only in B`."""
    letters = {"first": comparison.first.letter, "second": comparison.second.letter}
    found = []
    for why, count in comparison.left_out.items():
        one, other = why.split()
        told = counted(count, "error") if other == Outcome.ERROR else f"{count} {other}"
        found.append(f"{count} only in {letters[other]}" if one == "only" else f"{told} in {letters[one]}")
    return found


def paired_text(comparison: RunComparison) -> str:
    """How many samples are compared, like `48 samples that both finished; left out: 2 errors in A`."""
    text = f"{counted(comparison.pairs, 'sample')} that both finished"
    whole = next((metric.whole for metric in comparison.metrics), None)
    if whole is not None and whole.clusters < whole.pairs == comparison.pairs:
        text += f", in {counted(whole.clusters, 'cluster')} of samples that belong together"
    left_out = left_out_texts(comparison)
    return f"{text}; left out: {', '.join(left_out)}" if left_out else text


def flip_texts(flip: Flip) -> list[str]:
    """A flipped sample in four texts: its id, what became of it, the scores of both sides, why the worse one failed."""
    scores = (
        f"{name} {value_text(first, 'mean')} -> {value_text(second, 'mean')}"
        for name, (first, second) in flip.scores.items()
    )
    reason = flip.reasons[1] if flip.change < 0 else flip.reasons[0]
    became = f"{outcome_text(flip.before)} -> {outcome_text(flip.after)}"
    return [flip.planned.sample_id, became, ", ".join(scores), f"({reason})" if reason else ""]


def _signed(value: float, kind: Kind) -> str:
    text = f"{100 * value:+.1f}" if kind == "rate" else f"{value:+.4g}"
    return text[1:] if not any(digit in text for digit in "123456789") else text
