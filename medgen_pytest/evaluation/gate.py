"""Gates: the accuracy rates that a release must reach, and whether a run reaches them."""

from __future__ import annotations

import operator
import re
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING

from medgen_pytest.domain.taxonomy import Format, Modality, Task, parse_format, parse_modality, parse_task
from medgen_pytest.errors import ConfigError, unknown_name
from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.repeats import tally_of
from medgen_pytest.evaluation.slices import DIMENSIONS, Dimension, value_of
from medgen_pytest.evaluation.tally import Tally, count_text
from medgen_pytest.metrics.registry import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from medgen_pytest.domain.planned import Aggregation, PlannedSample
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.profile import Profile
    from medgen_pytest.metrics.contract import MetricSpec

SYNTAX = (
    "SLICE/METRIC >= RATE, like 'image_editing/ssim >= 0.8' or 'vqa[modality=CT]/accuracy >= 60%',"
    " or SLICE/METRIC errors <= RATE"
)

_GATE = re.compile(
    r"""(?P<slice>[^\[\]/<>=]+) (?:\[(?P<where>(?:"[^"]*"|[^\]"])*)\]\s*)? /\s*(?P<metric>[\w-]+)(?P<errors>\s+errors)?
        \s*(?P<sign>>=|<=|>|<)\s*(?P<bound>\d{1,9}(?:\.\d{0,30})?|\.\d{1,30})\s*(?P<percent>%)?""",
    re.VERBOSE | re.ASCII,
)
_CONDITION = re.compile(
    r"""\s*(?P<name>\w+)\s*=\s* (?:"(?P<quoted>[^"]*)" | (?P<plain>[^",]*[^",\s])) \s*(?:,(?=\s*\S)|\Z)""",
    re.VERBOSE | re.ASCII,
)
_PARSERS: Mapping[Dimension, Callable[[str], Format | Task | Modality]] = {
    "format": parse_format,
    "task": parse_task,
    "modality": parse_modality,
}
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


class GateStatus(str, Enum):
    """Whether a gate holds. `inconclusive` and `incomplete` say that the evidence does not decide."""

    HOLDS = "holds"
    BREACHED = "breached"
    INCONCLUSIVE = "inconclusive"
    INCOMPLETE = "incomplete"

    __str__ = str.__str__


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A bound on the accuracy rate of a metric on the samples of a slice; each model must meet it.

    With `of_errors` it is a bound on the share of the samples that the metric could not judge. `tasks` are
    those that have the metric; empty for `accuracy`, which every sample has.
    """

    text: str
    where: tuple[tuple[Dimension, str], ...]
    metric: str
    sign: str
    bound: float
    of_errors: bool = False
    tasks: frozenset[Task] = frozenset()

    def covers(self, planned: PlannedSample) -> bool:
        """Whether a planned sample belongs to the slice."""
        return all(value_of(planned, dimension) == value for dimension, value in self.where) and (
            not self.tasks or planned.task in self.tasks
        )

    def met_by(self, rate: float) -> bool:
        """Whether a rate is within the bound."""
        return _SIGNS[self.sign](rate, self.bound)


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdict:
    """A gate on one model: the tally it was decided on, and why."""

    gate: str
    model: str
    status: GateStatus
    tally: Tally
    reason: str

    def to_dict(self) -> dict[str, object]:
        """Plain values for reports."""
        return {
            "gate": self.gate,
            "model": self.model,
            "status": self.status.value,
            "reason": self.reason,
            "tally": self.tally.to_dict(),
        }


def parse_gate(text: str, *, metrics: Mapping[str, MetricSpec] = METRICS) -> Gate:
    """The gate that a text like `image_editing[modality=CT]/ssim >= 0.8` means; `metrics` are those there are.

    Commas part conditions; a value that holds a comma or a bracket stands in double quotes.
    Raises ConfigError for another syntax, unknown names and rates outside 0 to 1.
    """
    match = _GATE.fullmatch(text.strip())
    if match is None:
        raise ConfigError(f"gate {text!r} is not understood; write {SYNTAX}")
    try:
        metric = _metric(match["metric"], metrics)
        where = (*_slice(match["slice"].strip()), *_conditions(match["where"]))
    except ConfigError as error:
        raise ConfigError(f"gate {text!r}: {error}") from error
    # By decimals, so that 33.3% is the same number as 0.333.
    bound = float(Decimal(match["bound"]) / (100 if match["percent"] else 1))
    if not 0 <= bound <= 1:
        raise ConfigError(f"gate {text!r}: {_named(match)} runs from 0 to 1 (or 0% to 100%), not {bound:g}")
    tasks = frozenset() if metric == ACCURACY else frozenset(task for task in Task if metrics[metric].applies_to(task))
    return Gate(
        text=" ".join(text.split()),
        where=where,
        metric=metric,
        sign=match["sign"],
        bound=bound,
        of_errors=match["errors"] is not None,
        tasks=tasks,
    )


def _named(match: re.Match[str]) -> str:
    return "an error rate" if match["errors"] else "an accuracy rate"


def check_gates(gates: Sequence[Gate], planned: Sequence[PlannedSample], profile: Profile) -> None:
    """Raises ConfigError for a gate on a metric without threshold, and for one whose slice has no samples."""
    check_gate_metrics(gates, profile)
    for gate in gates:
        if not any(gate.covers(sample) for sample in planned):
            raise ConfigError(f"gate {gate.text!r}: no sample of this run lies in its slice")


def check_gate_metrics(gates: Sequence[Gate], profile: Profile) -> None:
    """Raises ConfigError for a gate on a metric that the profile has no threshold for."""
    for gate in gates:
        if gate.metric != ACCURACY and gate.metric not in profile.thresholds:
            raise ConfigError(
                f"gate {gate.text!r}: profile {profile.name} has no threshold for {gate.metric};"
                f" give one with --medgen-threshold {gate.metric}=VALUE"
            )


def decide_gates(
    gates: Iterable[Gate],
    cases: Sequence[Case],
    *,
    max_error_rate: float,
    min_samples: int,
    aggregate: Aggregation = "mean",
) -> list[GateVerdict]:
    """The verdict of each gate on each model that has samples in its slice; the repeats of a sample count as one.

    A gate whose slice nobody has samples in, because they were deselected, is inconclusive for all models.
    """
    verdicts = []
    nobody = {model: Tally() for model in sorted({case.planned.model for case in cases})}
    for gate in gates:
        for model, tally in (_tallies(gate, cases, aggregate) or nobody).items():
            status, reason = _decide(gate, tally, max_error_rate=max_error_rate, min_samples=min_samples)
            verdicts.append(GateVerdict(gate=gate.text, model=model, status=status, tally=tally, reason=reason))
    return verdicts


def _tallies(gate: Gate, cases: Iterable[Case], aggregate: Aggregation) -> dict[str, Tally]:
    covered: dict[str, list[Case]] = {}
    for case in cases:
        if gate.covers(case.planned) and case.outcome_of(gate.metric) is not None:
            covered.setdefault(case.planned.model, []).append(case)
    return {model: tally_of(covered[model], metric=gate.metric, aggregate=aggregate) for model in sorted(covered)}


def _decide(gate: Gate, tally: Tally, *, max_error_rate: float, min_samples: int) -> tuple[GateStatus, str]:
    if gate.of_errors:
        return _decide_errors(gate, tally, min_samples=min_samples)
    worst, best, error_rate = tally.rate, tally.best_rate, tally.error_rate
    if worst is None or best is None or error_rate is None:
        return GateStatus.INCONCLUSIVE, "no samples"
    # What never finished or could not be judged may have been accurate or not: both ends are looked at.
    met = {gate.met_by(worst), gate.met_by(best)}
    measured = f"{worst:.4f} ({count_text(tally.accurate)} of {tally.planned})"
    if met == {False}:
        return GateStatus.BREACHED, measured
    if tally.missing:
        return GateStatus.INCOMPLETE, f"{measured}; {_some(tally.missing, 'planned sample')} never finished"
    if error_rate > max_error_rate:
        return (
            GateStatus.INCONCLUSIVE,
            f"{measured}; {_some(tally.error, 'error')}, more than the {max_error_rate:.2%} allowed",
        )
    if tally.judged < min_samples:
        return GateStatus.INCONCLUSIVE, f"{measured}; fewer than {_some(min_samples, 'judged sample')}"
    if met != {True}:
        return GateStatus.INCONCLUSIVE, f"{measured}; up to {best:.4f} but for {_some(tally.error, 'error')}"
    return GateStatus.HOLDS, f"{measured}; {_some(tally.error, 'error')}" if tally.error else measured


def _decide_errors(gate: Gate, tally: Tally, *, min_samples: int) -> tuple[GateStatus, str]:
    if tally.error_rate is None:
        return GateStatus.INCONCLUSIVE, "no samples"
    measured = f"{tally.error_rate:.4f} ({_some(tally.error, 'error')} of {tally.planned})"
    # What never finished may have been an error or not: both ends are looked at.
    met = {gate.met_by(tally.error_rate), gate.met_by((tally.error + tally.missing) / tally.planned)}
    if met == {False}:
        return GateStatus.BREACHED, measured
    if tally.missing:
        return GateStatus.INCOMPLETE, f"{measured}; {_some(tally.missing, 'planned sample')} never finished"
    if tally.planned < min_samples:
        return GateStatus.INCONCLUSIVE, f"{measured}; fewer than {_some(min_samples, 'sample')}"
    return GateStatus.HOLDS, measured


def _some(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _metric(name: str, metrics: Mapping[str, MetricSpec]) -> str:
    if name != ACCURACY and name not in metrics:
        raise ConfigError(unknown_name("metric", name, [*metrics, ACCURACY]))
    return name


def _slice(name: str) -> tuple[tuple[Dimension, str], ...]:
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
            raise ConfigError(f"condition {text[position:].strip()!r} is not NAME=VALUE")
        found.append(_condition(match["name"], match["plain"] or match["quoted"]))
        position = match.end()
    return found


def _condition(name: str, value: str) -> tuple[Dimension, str]:
    for dimension in DIMENSIONS:
        if dimension == name:
            parse = _PARSERS.get(dimension)
            return dimension, parse(value).value if parse else value
    raise ConfigError(unknown_name("condition", name, DIMENSIONS))
