"""Histograms: distributions as figures of fixed size, whose parts only have to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.figures import metric_heading

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from medgen_pytest.evaluation.distribution import Distribution, ModelScores

WIDTH = 320.0
HEIGHT = 80.0
"""The room for the bars, in units of the figure; the axis is drawn below it."""

_GAP = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A bar of the figure; `side` is `met`, `missed` or, without a threshold, `plain`."""

    x: float
    y: float
    width: float
    height: float
    side: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFigure:
    """The figure of one model; `told` says in words what it shows."""

    model: str
    bars: tuple[Bar, ...]
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BinRow:
    """One bin as a row of a table: its range and each model's count."""

    range: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """The distribution of a metric. `line` is where the threshold lies, None without one."""

    metric: str
    heading: str
    low: str
    high: str
    line: float | None
    threshold: str
    figures: tuple[ModelFigure, ...]
    rows: tuple[BinRow, ...]
    beyond: tuple[str, ...]


def histograms(found: Iterable[Distribution]) -> list[Histogram]:
    """The histogram of each distribution; those without a finite score have no bars."""
    return [_histogram(one) for one in found]


def _histogram(found: Distribution) -> Histogram:
    most = max((count for scores in found.models for count in scores.counts), default=0)
    edges = found.edges
    return Histogram(
        metric=found.metric,
        heading=metric_heading(found.metric, found.threshold, direction=found.direction).removesuffix(" mean"),
        low=_number(edges[0]) if edges else "",
        high=_number(edges[-1]) if edges else "",
        line=_line(found),
        threshold="" if found.threshold is None else _number(found.threshold),
        figures=tuple(_figure(found, scores, most) for scores in found.models),
        rows=tuple(
            BinRow(range=_range(found, place), counts=tuple(scores.counts[place] for scores in found.models))
            for place in range(len(edges) - 1)
        ),
        beyond=tuple(_beyond(found.models)),
    )


def _line(found: Distribution) -> float | None:
    if found.threshold not in found.edges:
        return None
    return WIDTH * found.edges.index(found.threshold) / (len(found.edges) - 1)


def _figure(found: Distribution, scores: ModelScores, most: int) -> ModelFigure:
    width = WIDTH / max(1, len(scores.counts))
    bars = tuple(
        Bar(
            x=round(place * width + _GAP / 2, 2),
            y=round(HEIGHT * (1 - count / most), 2),
            width=round(width - _GAP, 2),
            height=round(HEIGHT * count / most, 2),
            side=_side(found.meets(place)),
        )
        for place, count in enumerate(scores.counts)
        if count
    )
    return ModelFigure(model=scores.model, bars=bars, told=_told(found, scores))


def _side(meets: bool | None) -> str:  # noqa: FBT001 - what a bin says of itself
    return "plain" if meets is None else "met" if meets else "missed"


def _told(found: Distribution, scores: ModelScores) -> str:
    parts = [counted(scores.scored, "score")]
    if found.threshold is not None:
        better = scores.above if found.direction == "higher" else scores.below
        met = better + sum(count for place, count in enumerate(scores.counts) if found.meets(place))
        parts.append(f"{met} meet the threshold of {_number(found.threshold)}")
    if scores.unscored:
        parts.append(f"{scores.unscored} unscored")
    return ", ".join(parts)


def _beyond(models: Sequence[ModelScores]) -> list[str]:
    """A line for each model with scores that no bin can hold."""
    lines = []
    for scores in models:
        parts = [f"{number} {what}" for number, what in ((scores.below, "-inf"), (scores.above, "inf")) if number]
        if parts:
            lines.append(f"{scores.model}: {', '.join(parts)}, which the bars do not show")
    return lines


def _range(found: Distribution, place: int) -> str:
    low, high = _number(found.edges[place]), _number(found.edges[place + 1])
    return f"{low} to less than {high}" if found.direction == "higher" else f"more than {low} to {high}"


def _number(value: float) -> str:
    return f"{value + 0.0:.6g}"
