"""Parsing gates: what the parts of a statement mean, or why they cannot work."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, get_args

from medgen_pytest.config.gate_entry import Tier
from medgen_pytest.domain.taxonomy import Format, Modality, Task, parse_format, parse_modality, parse_task
from medgen_pytest.errors import ConfigError, unknown_name
from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.gates.gate import COST, LEVEL, Gate
from medgen_pytest.evaluation.gates.statement import Statement, read_slice, read_statement, shown, squeezed
from medgen_pytest.evaluation.slices import DIMENSIONS
from medgen_pytest.metrics.registry import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from medgen_pytest.evaluation.slices import Dimension, Where
    from medgen_pytest.metrics.contract import MetricSpec

_CONDITION = re.compile(
    r"""\s*(?P<name>\w+)\s*=\s* (?:"(?P<quoted>[^"]*)" | (?P<plain>[^",]*[^",\s])) \s*(?:,(?=\s*\S)|\Z)""",
    re.VERBOSE | re.ASCII,
)
_PARSERS: Mapping[Dimension, Callable[[str], Format | Task | Modality]] = {
    "format": parse_format,
    "task": parse_task,
    "modality": parse_modality,
}
_TIERS: tuple[Tier, ...] = get_args(Tier)
_SIGNS_OF_FORMS = {"lower bound": (">=", ">"), "upper bound": ("<=", "<"), "drop": ("<=", "<")}
_LEAST_LEVEL, _MOST_LEVEL = 0.75, 0.9999
_NAMED = {"lower bound": "a lower bound", "upper bound": "an upper bound", "drop": "a drop"}


def parse_gate(text: str, *, metrics: Mapping[str, MetricSpec] = METRICS) -> Gate:
    """The gate that a text like `image_editing[modality=CT]/ssim >= 0.8` means; `metrics` are those there are.

    Commas part conditions; a value that holds a comma or a bracket stands in double quotes.
    Raises ConfigError for another syntax, unknown names and bounds that nothing can reach.
    """
    statement = read_statement(text)
    try:
        return _gate(statement, squeezed(text), metrics)
    except ConfigError as error:
        raise ConfigError(f"gate {shown(text)}: {error}") from error


def parse_slice(text: str) -> Where:
    """The conditions that a slice like `image_editing[modality=CT]` sets: what stands before `/METRIC` in a gate.

    Raises ConfigError for another syntax and unknown names.
    """
    name, where = read_slice(text)
    try:
        return (*_slice(name), *_conditions(where))
    except ConfigError as error:
        raise ConfigError(f"slice {shown(text)}: {error}") from error


def _gate(statement: Statement, text: str, metrics: Mapping[str, MetricSpec]) -> Gate:
    tier = _tier(statement.tier)
    bare = text.partition(":")[2].strip() if statement.tier else text
    metric = _metric(statement, metrics)
    where = (*_slice(statement.slice or "all"), *_conditions(statement.where))
    _check_form(statement)
    spec = metrics.get(metric)
    ends = (spec.low, spec.high) if spec is not None else (0.0, 1.0)
    return Gate(
        text=f"{tier}: {bare}" if tier == "advisory" else bare,
        tier=tier,
        where=where,
        metric=metric,
        measure=statement.measure,
        form=statement.form,
        sign=statement.sign,
        bound=_bound(statement, metric, *ends),
        level=_level(statement),
        baseline=statement.baseline,
        tasks=frozenset(task for task in Task if spec.applies_to(task)) if spec is not None else frozenset(),
        low=ends[0],
        high=ends[1],
        direction=spec.direction if spec is not None else "higher",
    )


def _tier(name: str | None) -> Tier:
    for tier in _TIERS:
        if name in {None, tier}:
            return tier
    raise ConfigError(unknown_name("tier", str(name), _TIERS))


def _metric(statement: Statement, metrics: Mapping[str, MetricSpec]) -> str:
    name = statement.metric
    if name is None:
        return COST if statement.measure == "cost" else ACCURACY
    if name == COST:
        raise ConfigError("a cost is that of the whole run; write 'cost <= AMOUNT'")
    if name != ACCURACY and name not in metrics:
        raise ConfigError(unknown_name("metric", name, [*metrics, ACCURACY]))
    if name == ACCURACY and statement.measure == "mean":
        raise ConfigError("accuracy has no scores that could have a mean; without 'mean' its rate is meant")
    return name


def _slice(name: str) -> Where:
    if name == "all":
        return ()
    with suppress(ConfigError):
        return (("format", parse_format(name).value),)
    with suppress(ConfigError):
        return (("task", parse_task(name).value),)
    raise ConfigError(unknown_name("slice", name, ["all", *(f.value for f in Format), *(t.value for t in Task)]))


def _conditions(text: str | None) -> list[tuple[Dimension, str]]:
    found: list[tuple[Dimension, str]] = []
    position = 0
    # Empty brackets are refused: they would widen a gate to the whole slice without a word.
    while text is not None and (position < len(text) or not found):
        match = _CONDITION.match(text, position)
        if match is None:
            raise ConfigError(f"condition {shown(text[position:].strip())} is not NAME=VALUE")
        found.append(_condition(match["name"], match["plain"] or match["quoted"]))
        position = match.end()
    return found


def _condition(name: str, value: str) -> tuple[Dimension, str]:
    for dimension in DIMENSIONS:
        if dimension == name:
            parse = _PARSERS.get(dimension)
            return dimension, parse(value).value if parse else value
    raise ConfigError(unknown_name("condition", name, DIMENSIONS))


def _check_form(statement: Statement) -> None:
    """Raises ConfigError for a sign, level or baseline that does not go with what is bounded."""
    signs = ("<=", "<") if statement.measure == "cost" else _SIGNS_OF_FORMS.get(statement.form)
    what = "a cost" if statement.measure == "cost" else _NAMED.get(statement.form)
    if signs is not None and statement.sign not in signs:
        raise ConfigError(f"{what} is held against {' or '.join(signs)}, not {statement.sign}")
    if statement.form == "drop" and statement.baseline is None:
        raise ConfigError("a drop is from a baseline; add 'against FILE' (medgen baseline save RUN FILE makes one)")
    if statement.form != "drop" and statement.baseline is not None:
        raise ConfigError("only a drop is 'against FILE'")
    if statement.form == "value" and statement.level is not None:
        raise ConfigError("only a bound or a drop has a confidence; leave 'at' out, or write 'lower bound'")


def _bound(statement: Statement, metric: str, low: float, high: float) -> float:
    bound = float(statement.bound)
    if statement.measure in {"mean", "cost"} and statement.is_percentage:
        raise ConfigError(f"a {statement.measure} is no share, so it has no %")
    if statement.measure == "mean":
        return _within_scores(bound, metric, low, high, is_drop=statement.form == "drop")
    named = {"rate": "an accuracy rate", "errors": "an error rate", "cost": "a cost"}[statement.measure]
    named = f"a drop of {named}" if statement.form == "drop" else named
    if statement.measure == "cost" and bound < 0:
        raise ConfigError(f"{named} is 0 or more, not {bound:g}")
    if statement.measure != "cost" and not 0 <= bound <= 1:
        raise ConfigError(f"{named} runs from 0 to 1 (or 0% to 100%), not {bound:g}")
    return bound


def _within_scores(bound: float, metric: str, low: float, high: float, *, is_drop: bool) -> float:
    first, last = (0.0, high - low) if is_drop else (low, high)
    if not first <= bound <= last:
        what = f"a drop of the mean of {metric}" if is_drop else f"the mean of {metric}"
        raise ConfigError(f"{what} runs from {first:g} to {last:g}, not {bound:g}")
    return bound


def _level(statement: Statement) -> float:
    level = LEVEL if statement.level is None else float(statement.level)
    if not _LEAST_LEVEL <= level <= _MOST_LEVEL:
        raise ConfigError(f"a confidence runs from {_LEAST_LEVEL:.0%} to {_MOST_LEVEL:.2%}, not {level:.6%}")
    return level
