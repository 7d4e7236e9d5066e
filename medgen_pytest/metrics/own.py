"""Metrics of one's own: a function of a pair, described by what its numbers mean."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Literal

from medgen_pytest.domain.taxonomy import Format, Task, parse_format, parse_task
from medgen_pytest.errors import ConfigError, MetricError
from medgen_pytest.metrics.contract import MetricSpec, Pair
from medgen_pytest.metrics.making import Measured
from medgen_pytest.metrics.pairwise import Definition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from medgen_pytest.domain.score import Direction

# What single precision makes of a value at an end, like a cosine of 1.0000001.
_SLACK = 1e-6
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


def define_metric(  # noqa: PLR0913 - each of them says something about the number that nothing else says
    name: str,
    measure: Callable[[Pair], float],
    *,
    kind: Literal["image", "text"],
    direction: Direction,
    low: float = -math.inf,
    high: float = math.inf,
    units: str = "",
    formats: Iterable[str] = (),
    tasks: Iterable[str] = (),
    version: int = 1,
) -> Definition:
    """A metric from a function that gives a number for a pair that has both its parts.

    `kind` says what a pair must have: "image" both images, uint8 (H, W, 3) of one size; "text" both texts.
    `low` and `high` bound the value; `formats` and `tasks` narrow where it applies (empty: every format that
    has such a part). Raise `version` whenever a number can change. A pair for which `measure` raises, or gives
    NaN or no number, is unscored with the reason.

    Raises ConfigError for names and bounds that cannot work.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f"metric {name!r}: a name is made of lower-case letters, digits and _, like my_metric")
    if not low < high or version < 1:
        raise ConfigError(f"metric {name!r}: low {low:g} and high {high:g} must differ, and versions count from 1")
    if kind not in {"image", "text"} or direction not in {"higher", "lower"}:
        raise ConfigError(f"metric {name!r}: kind is image or text, direction is higher or lower (which is better)")
    spec = MetricSpec(
        name=name,
        title=name.replace("_", " ").capitalize(),
        version=version,
        kind=kind,
        direction=direction,
        low=float(low),
        high=float(high),
        units=units,
        formats=_formats(name, kind, formats),
        tasks=_tasks(name, kind, tasks),
    )

    def measured(pair: Pair) -> Measured:
        return Measured(value=_within(float(measure(pair)), spec))

    return Definition(spec=spec, canonical=measured, upstream=measured)


def _within(value: float, spec: MetricSpec) -> float:
    """The value, where single precision missed an end of the range that end. Raises MetricError for one outside."""
    bounded = min(max(value, spec.low), spec.high)
    if abs(value - bounded) > _SLACK * max(1.0, abs(bounded)):
        raise MetricError(f"{spec.name} gave {value:g}, which lies outside of {spec.low:g} to {spec.high:g}")
    return value if math.isnan(value) else bounded


def _has(form: Format, kind: Literal["image", "text"]) -> bool:
    return form.wants_image if kind == "image" else form.wants_text


def _formats(name: str, kind: Literal["image", "text"], given: Iterable[str]) -> frozenset[Format]:
    named = frozenset(parse_format(form) for form in given)
    wrong = [form.value for form in named if not _has(form, kind)]
    if wrong:
        raise ConfigError(f"metric {name!r}: answers of {wrong[0]} hold no {kind}")
    return named or frozenset(form for form in Format if _has(form, kind))


def _tasks(name: str, kind: Literal["image", "text"], given: Iterable[str]) -> frozenset[Task]:
    named = frozenset(parse_task(task) for task in given)
    wrong = [task.value for task in named if not _has(task.format, kind)]
    if wrong:
        raise ConfigError(f"metric {name!r}: answers of {wrong[0]} hold no {kind}")
    return named
