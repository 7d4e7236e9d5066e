"""The report of a dry run: what each model and judge will take, whether the budget has room for it, every problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.figures import money, percent
from medgen_pytest.reports.line import Line, cut, wrapped
from medgen_pytest.reports.table import Column, layout
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.evaluation.forecast import Forecast, JudgingForecast, ModelForecast

_UNKNOWN = "unknown"
_RECKONED = (
    "judging: as if each output that is not there yet were usable and read like its reference;"
    " second requests, for replies that cannot be read, are not counted"
)


def forecast_lines(forecast: Forecast, *, width: int = 80) -> list[Line]:
    """The lines of a dry run in at most `width` columns."""
    problems = [f"problem: {visible(problem)}" for problem in forecast.problems]
    lines = [
        *(_table(forecast.models, width=width) if forecast.models else [Line(text="no test here asks a model")]),
        *(_judging(forecast.judging, width=width) if forecast.judging is not None else []),
        *wrapped(*_budget(forecast), width=width),
        *wrapped(*problems, width=width, style="red"),
        _verdict(forecast),
    ]
    return [Line(text=cut(line.text, width), style=line.style) for line in lines]


def _judging(judging: JudgingForecast, *, width: int) -> list[Line]:
    parts = [
        " and ".join(tier.replace("_", " ") for tier in judging.tiers),
        "once each" if judging.repeats == 1 else f"{judging.repeats} times each",
        *(["in both orders"] if judging.swap else []),
        f"rubric {visible(judging.rubric)}",
    ]
    said = [
        f"judging: {', '.join(parts)}",
        _RECKONED,
    ]
    warnings = [f"warning: {visible(warning)}" for warning in judging.warnings]
    return [
        *_table(judging.judges, width=width, who="judge", what="outputs"),
        *wrapped(*said, width=width),
        *wrapped(*warnings, width=width, style="yellow"),
    ]


def _table(models: Sequence[ModelForecast], *, width: int, who: str = "model", what: str = "samples") -> list[Line]:
    labels = Column(heading=who, cells=tuple(visible(model.model) for model in models))
    columns = [
        Column(heading=what, cells=tuple(str(model.samples) for model in models)),
        Column(heading="requests", cells=tuple(_count(model.requests) for model in models)),
        Column(heading="images sent", cells=tuple(_count(model.images_sent) for model in models)),
        Column(heading="images made", cells=tuple(_count(model.images_made) for model in models)),
        Column(heading="tokens in", cells=tuple(_count(model.input_tokens) for model in models)),
        Column(heading="tokens out", cells=tuple(_count(model.output_tokens) for model in models)),
        Column(heading="cost", cells=tuple(_UNKNOWN if model.cost is None else money(model.cost) for model in models)),
    ]
    if any(model.finished for model in models):
        columns.insert(1, Column(heading="finished", cells=tuple(str(model.finished) for model in models)))
    return layout(labels, [[column] for column in columns], width=width)


def _count(number: int | None) -> str:
    return _UNKNOWN if number is None else str(number)


def _budget(forecast: Forecast) -> list[str]:
    if forecast.budget is None:
        return []
    start = f"budget: {money(forecast.budget)}, {money(forecast.spent)} spent"
    if forecast.cost is None:
        unknown = ", ".join(visible(name) for name in forecast.unknown)
        said = [f"{start}; not known whether this fits: the cost of {unknown} is unknown"]
    else:
        fits = forecast.spent + forecast.cost <= forecast.budget
        said = [f"{start}; at most {money(forecast.cost)} more, which {'fits' if fits else 'may not fit'}"]
    return [*said, *_judges_share(forecast)]


def _judges_share(forecast: Forecast) -> list[str]:
    if forecast.judging is None:
        return []
    cost, share = forecast.judging.cost, forecast.judges_share
    if cost is None:
        return ["budget: what judging takes of it is unknown"]
    of_all = f", {percent(share)} of the budget" if share is not None else ""
    return [f"budget: judging takes at most {money(cost)}{of_all}"]


def _verdict(forecast: Forecast) -> Line:
    if forecast.problems:
        return Line(text=f"medgen: dry run: {counted(len(forecast.problems), 'problem')}; nothing asked", style="red")
    return Line(text="medgen: dry run: no problem found; nothing asked, nothing written", style="green")
