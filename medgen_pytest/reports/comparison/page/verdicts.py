"""Verdicts: what each comparison comes to, in a word, a sentence and two counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.reports.comparison.figures import (
    detectable_text,
    difference_text,
    interval_text,
    metric_title,
    p_text,
    paired_text,
    value_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.evaluation.comparison import MetricComparison, RunComparison


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonVerdict:
    """Which side is better as far as the first metric says, and what stands behind it.

    `tone` names a colour that the symbol and the words say too.
    """

    word: str
    symbol: str
    tone: str
    sentences: tuple[str, ...]
    lost: int
    won: int


def verdict_of(comparison: RunComparison) -> ComparisonVerdict:
    """The verdict of a comparison, by the first of its metrics: accuracy, unless others were asked for."""
    metric = next(iter(comparison.metrics), None)
    word, symbol, tone = _words(comparison, metric)
    return ComparisonVerdict(
        word=word,
        symbol=symbol,
        tone=tone,
        sentences=tuple(_sentences(comparison, metric)),
        lost=len(comparison.lost),
        won=len(comparison.won),
    )


def _words(comparison: RunComparison, metric: MetricComparison | None) -> tuple[str, str, str]:
    first, second = comparison.first.letter, comparison.second.letter
    if metric is None or not metric.whole.pairs:
        return "Nothing to compare", "-", "missing"
    if metric.is_better is None:
        return f"No difference shown between {first} and {second}", "=", "same"
    return (
        (f"{second} is better than {first}", "▲", "won")
        if metric.is_better
        else (f"{second} is worse than {first}", "▼", "lost")
    )


def _sentences(comparison: RunComparison, metric: MetricComparison | None) -> Iterator[str]:
    if metric is not None and metric.whole.difference is not None:
        yield _numbers(comparison, metric)
        if metric.whole.detectable is not None:
            least = detectable_text(metric.whole.detectable, metric.kind)
            yield f"So many samples show a difference of {least} in 80 of 100 cases, a smaller one less often."
    yield f"{paired_text(comparison)}."


def _numbers(comparison: RunComparison, metric: MetricComparison) -> str:
    """The first metric in numbers, like `accuracy rate: 10.4% of A, 18.8% of B; +8.3 pp, ... p 0.34`."""
    numbers, kind = metric.whole, metric.kind
    sides = [
        f"{value_text(value, kind)} of {side.letter}"
        for value, side in ((numbers.first, comparison.first), (numbers.second, comparison.second))
    ]
    interval = f"{100 * comparison.level:g}% interval {interval_text(numbers.interval, kind)}"
    title = metric_title(metric, comparison.first.run.profile)
    change = f"{difference_text(numbers.difference, kind)}, {interval}, p {p_text(numbers.p_value)}"
    return f"{title}: {', '.join(sides)}; {change}."
