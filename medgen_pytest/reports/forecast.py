"""The report of a dry run: what each model will take, whether the budget has room for it, and every problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.reports.figures import counted, money
from medgen_pytest.reports.line import Line, cut, wrap
from medgen_pytest.reports.table import Column, layout
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.evaluation.forecast import Forecast, ModelForecast

_INDENT = " " * 4
_UNKNOWN = "unknown"


def forecast_lines(forecast: Forecast, *, width: int = 80) -> list[Line]:
    """The lines of a dry run in at most `width` columns."""
    problems = [f"problem: {visible(problem)}" for problem in forecast.problems]
    lines = [
        *(_table(forecast.models, width=width) if forecast.models else [Line(text="no test here asks a model")]),
        *_wrapped(_budget(forecast), width=width),
        *(Line(text=line.text, style="red") for line in _wrapped(problems, width=width)),
        _verdict(forecast),
    ]
    return [Line(text=cut(line.text, width), style=line.style) for line in lines]


def _table(models: Sequence[ModelForecast], *, width: int) -> list[Line]:
    labels = Column(heading="model", cells=tuple(visible(model.model) for model in models))
    columns = [
        Column(heading="samples", cells=tuple(str(model.samples) for model in models)),
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
        return [f"{start}; not known whether this fits: of some models the cost is unknown"]
    fits = forecast.spent + forecast.cost <= forecast.budget
    return [f"{start}; at most {money(forecast.cost)} more, which {'fits' if fits else 'may not fit'}"]


def _verdict(forecast: Forecast) -> Line:
    if forecast.problems:
        return Line(text=f"medgen: dry run: {counted(len(forecast.problems), 'problem')}; nothing asked", style="red")
    return Line(text="medgen: dry run: no problem found; nothing asked, nothing written", style="green")


def _wrapped(texts: Sequence[str], *, width: int) -> list[Line]:
    return [Line(text=part) for text in texts for part in wrap(text, width=width, indent=_INDENT)]
