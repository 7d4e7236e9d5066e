"""Threshold profiles: the worst scores that still count as accurate, and which metrics must meet them."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from medgen_pytest.config.document import read_document
from medgen_pytest.domain.taxonomy import Format, Task
from medgen_pytest.errors import ConfigError, unknown_name
from medgen_pytest.metrics.registry import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from medgen_pytest.domain.score import Direction
    from medgen_pytest.metrics.contract import Convention, MetricSpec

SizeMismatch = Literal["resize", "invalid"]
_MAX_NAME = 100
_CHANGED = " (changed)"
_BUNDLED = resources.files("medgen_pytest.evaluation") / "profiles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Thresholds and required metrics under a name; two profiles of one digest decide alike.

    `required` maps a task to the metrics that all must meet their threshold for a sample to be accurate.
    `metrics` are the metrics that there are, those of the user among them.
    """

    name: str
    convention: Convention
    on_size_mismatch: SizeMismatch
    thresholds: Mapping[str, float]
    required: Mapping[Task, tuple[str, ...]]
    metrics: Mapping[str, MetricSpec] = field(default_factory=lambda: METRICS, repr=False, compare=False)

    @property
    def all_required(self) -> frozenset[str]:
        """The metrics that any task requires."""
        return frozenset(name for names in self.required.values() for name in names)

    def required_for(self, task: Task) -> tuple[str, ...]:
        """The metrics that a sample of this task must meet."""
        return self.required[task]

    def in_order(self, names: Iterable[str]) -> list[str]:
        """Metrics in the order in which they are shown; those that another version of the package had come last."""
        found = set(names)
        return [name for name in self.metrics if name in found] + sorted(found - self.metrics.keys())

    def direction_of(self, name: str) -> Direction:
        """Which scores of a metric are better; of one that another version of the package had, the higher ones."""
        spec = self.metrics.get(name)
        return spec.direction if spec is not None else "higher"

    @property
    def digest(self) -> str:
        """SHA-256 over everything that can change a verdict; the name cannot."""
        rules = {key: value for key, value in self.to_dict().items() if key != "name"}
        text = json.dumps(rules, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def to_dict(self) -> dict[str, object]:
        """Plain values for reports; `profile_from_dict` gives back an equal profile."""
        return {
            "name": self.name,
            "convention": self.convention,
            "on_size_mismatch": self.on_size_mismatch,
            "thresholds": dict(sorted(self.thresholds.items())),
            "required": {task.value: list(names) for task, names in sorted(self.required.items())},
        }

    def override(
        self,
        *,
        thresholds: Mapping[str, float],
        convention: Convention | None = None,
        on_size_mismatch: SizeMismatch | None = None,
    ) -> Profile:
        """The same profile with some values replaced; its name says so.

        Raises ConfigError for unknown metrics and values out of the metric's range.
        """
        for metric, value in thresholds.items():
            check_threshold(metric, value, self.metrics)
        changed = replace(
            self,
            thresholds={**self.thresholds, **{metric: float(value) for metric, value in thresholds.items()}},
            convention=convention or self.convention,
            on_size_mismatch=on_size_mismatch or self.on_size_mismatch,
        )
        return self._renamed(changed)

    def without(self, metrics: Iterable[str]) -> Profile:
        """The same profile with these metrics required by no task; its name says so.

        Raises ConfigError where a task would be left without any required metric.
        """
        left_out = frozenset(metrics)
        required = {
            task: tuple(name for name in names if name not in left_out) for task, names in self.required.items()
        }
        bare = [task.value for task, names in required.items() if not names]
        if bare:
            raise ConfigError(
                f"profile {self.name} requires nothing of task {bare[0]} once {', '.join(sorted(left_out))}"
                " is left out; use another profile"
            )
        return self._renamed(replace(self, required=required))

    def _renamed(self, changed: Profile) -> Profile:
        if changed.digest == self.digest:
            return self
        name = self.name.removesuffix(_CHANGED)
        return replace(changed, name=f"{name[: _MAX_NAME - len(_CHANGED)]}{_CHANGED}")

    def require(self, task: Task, metrics: tuple[str, ...]) -> Profile:
        """The same profile in which a task needs these metrics as well.

        Raises ConfigError for a metric that has no threshold or does not apply to the task.
        """
        for name in metrics:
            if name not in self.thresholds or not self.metrics[name].applies_to(task):
                raise ConfigError(f"metric {name} has no threshold or does not apply to task {task.value}")
        needed = tuple(dict.fromkeys((*self.required[task], *metrics)))
        return replace(self, required={**self.required, task: needed})


class _Document(BaseModel):
    # Strict: a threshold of `yes` or "0.7" is a slip of the pen, not a number.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(min_length=1, max_length=_MAX_NAME)
    source: str | None = None
    convention: Literal["canonical", "upstream"]
    on_size_mismatch: SizeMismatch = "resize"
    thresholds: dict[str, float]
    required: dict[str, Annotated[list[str], Field(min_length=1)]]


def bundled_profiles() -> tuple[str, ...]:
    """The names of the profiles that come with the package."""
    names = [Path(entry.name).stem for entry in _BUNDLED.iterdir() if entry.name.endswith(".yaml")]
    return tuple(sorted(names))


def load_profile(name: str, *, root: Path, metrics: Mapping[str, MetricSpec] = METRICS) -> Profile:
    """A bundled profile by name, or one's own by the path of its YAML file, relative to `root`.

    Raises ConfigError for an unknown name and for a file that is no profile.
    """
    if name in bundled_profiles():
        data = yaml.safe_load((_BUNDLED / f"{name}.yaml").read_text(encoding="utf-8"))
        return _build(data, where=name, metrics=metrics)
    if not name.endswith((".yaml", ".yml")):
        raise ConfigError(unknown_name("profile", name, bundled_profiles()) + "; or give the path of a .yaml file")
    try:
        document = read_document(root / name)
    except ConfigError as error:
        raise ConfigError(f"profile {name}: {error}") from error
    return _build(document.data, where=str(document.path), metrics=metrics)


def profile_from_dict(data: Mapping[str, object], *, metrics: Mapping[str, MetricSpec] = METRICS) -> Profile:
    """The profile that `Profile.to_dict` wrote. Raises ConfigError for anything else."""
    return _build(data, where="stored profile", metrics=metrics)


def check_threshold(metric: str, value: float, metrics: Mapping[str, MetricSpec] = METRICS) -> None:
    """Raises ConfigError unless the metric exists and can take the value."""
    if metric not in metrics:
        raise ConfigError(unknown_name("metric", metric, metrics))
    low, high = metrics[metric].low, metrics[metric].high
    if not math.isfinite(value):
        raise ConfigError(f"threshold {metric}={value} is not a finite number")
    if not low <= value <= high:
        raise ConfigError(f"threshold {metric}={value} is out of range; {metric} runs from {low:g} to {high:g}")


def _build(data: Mapping[str, object], *, where: str, metrics: Mapping[str, MetricSpec]) -> Profile:
    try:
        document = _Document.model_validate(data)
    except ValidationError as error:
        raise ConfigError(f"profile {where}: {_explain(error)}") from error
    try:
        for metric, value in document.thresholds.items():
            check_threshold(metric, value, metrics)
    except ConfigError as error:
        raise ConfigError(f"profile {where}: {error}") from error
    return Profile(
        name=document.name,
        convention=document.convention,
        on_size_mismatch=document.on_size_mismatch,
        thresholds=document.thresholds,
        required=_required(document, metrics, where=where),
        metrics=metrics,
    )


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return unknown_name("key", place, _Document.model_fields)
    return f"{place}: {first['msg'][:1].lower()}{first['msg'][1:]}"


def _required(document: _Document, metrics: Mapping[str, MetricSpec], *, where: str) -> dict[Task, tuple[str, ...]]:
    known = {form.value for form in Format} | {task.value for task in Task}
    for name, needed in document.required.items():
        if name not in known:
            raise ConfigError(f"profile {where}: " + unknown_name("format or task", name, known))
        missing = [metric for metric in needed if metric not in document.thresholds]
        if missing:
            raise ConfigError(f"profile {where}: required metric {missing[0]!r} of {name} has no threshold")
    return {task: _metrics_of(task, document, metrics, where=where) for task in Task}


def _metrics_of(task: Task, document: _Document, metrics: Mapping[str, MetricSpec], *, where: str) -> tuple[str, ...]:
    names = document.required.get(task.value, document.required.get(task.format.value))
    if names is None:
        raise ConfigError(f"profile {where}: no required metrics for task {task.value} (nor its format {task.format})")
    for name in names:
        if not metrics[name].applies_to(task):
            raise ConfigError(f"profile {where}: metric {name} does not apply to task {task.value}")
    return tuple(dict.fromkeys(names))
