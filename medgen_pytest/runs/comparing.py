"""Comparing: from what a command line names (runs, baselines, models of them) to sides that can be compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError, unknown_name
from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.comparison import Comparisons, RunComparison, Side, compare_runs
from medgen_pytest.evaluation.conditions import Conditions
from medgen_pytest.runs.baselines import read_baseline
from medgen_pytest.runs.finish import Overrides, rescore_run
from medgen_pytest.store import run_directory_at

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.evaluation.slices import Dimension
    from medgen_pytest.store import RunDirectory

_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Operand:
    """A run or a baseline that is compared, and the model of it if one is named; `letter` is its place.

    `store` is the run directory; a baseline has none.
    """

    letter: str
    path: Path
    model: str | None
    run: RunResult
    store: RunDirectory | None

    @property
    def models(self) -> list[str]:
        """The models that are compared."""
        return [self.model] if self.model is not None else self.run.models

    def side(self, model: str) -> Side:
        """One of its models."""
        return Side(letter=self.letter, name=str(self.path), model=model, run=self.run, is_baseline=self.store is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a comparison: of which metrics (None: all), by which slices, at which level."""

    metrics: Sequence[str] | None
    by: Sequence[tuple[Dimension, ...]]
    level: float = 0.95


def compare_operands(texts: Sequence[str], question: Question, overrides: Overrides, *, root: Path) -> Comparisons:
    """Every comparison of the first operand with another: of models of one name, or of the only ones there are.

    An operand is RUN, a baseline file, or one of these with `:MODEL`. Raises ConfigError for what cannot be compared,
    StoreError for what cannot be read.
    """
    return compare_read(read_operands(texts, overrides, root=root), question)


def compare_read(operands: Sequence[Operand], question: Question) -> Comparisons:
    """The same of operands that are read already. Raises ConfigError for what cannot be compared."""
    first, *others = operands
    for other in others:
        check_comparable(first, other, metrics=question.metrics)
    pairs = [(other, one, two) for other in others for one, two in pair_models(first, other)]
    comparisons = [
        compare_runs(first.side(one), other.side(two), metrics=question.metrics, by=question.by, level=question.level)
        for other, one, two in pairs
    ]
    _check_metrics(question.metrics, comparisons, first)
    paired = {side for other, one, two in pairs for side in ((first.letter, one), (other.letter, two))}
    models = [(operand.letter, model) for operand in (first, *others) for model in operand.models]
    return Comparisons(
        level=question.level, comparisons=comparisons, unpaired=[side for side in models if side not in paired]
    )


def read_operands(texts: Sequence[str], overrides: Overrides, *, root: Path) -> list[Operand]:
    """What at least two texts name, each run read once. Raises ConfigError or StoreError."""
    if not _FEWEST <= len(texts) <= len(ascii_uppercase):
        raise ConfigError(
            f"compare takes {_FEWEST} to {len(ascii_uppercase)} runs or baselines, not {len(texts)}; two models of one"
            " run are RUN:MODEL RUN:OTHER"
        )
    known: dict[Path, tuple[RunResult, RunDirectory | None]] = {}
    operands = []
    for letter, text in zip(ascii_uppercase, texts, strict=False):
        path, model = split_operand(text)
        if path not in known:
            known[path] = _read(path, overrides, root=root)
        run, store = known[path]
        operand = Operand(letter=letter, path=path, model=model, run=run, store=store)
        if model is not None and model not in operand.run.models:
            raise ConfigError(f"{path}: {unknown_name('model', model, operand.run.models)}")
        operands.append(operand)
    return operands


def split_operand(text: str) -> tuple[Path, str | None]:
    """Path and model of an operand; a path that is there wins. Raises ConfigError for one that is not."""
    if Path(text).exists():
        return Path(text), None
    for place in [place for place, char in enumerate(text) if char == ":"]:
        if place and Path(text[:place]).exists():
            return Path(text[:place]), text[place + 1 :]
    raise ConfigError(f"{text} is no run directory and no baseline file; name one, or one of its models as PATH:MODEL")


def check_comparable(first: Operand, second: Operand, *, metrics: Collection[str] | None) -> None:
    """Raises ConfigError, naming all that differs, for operands whose numbers mean different things."""
    differences = Conditions.of(first.run.facts, first.run.profile).differences(
        Conditions.of(second.run.facts, second.run.profile), metrics=_needed(first, metrics)
    )
    here, there = first.run.repeats, second.run.repeats
    if here.aggregate != there.aggregate and not (here.is_one and there.is_one):
        differences.append(f"aggregations of repeats ({here.aggregate} and {there.aggregate})")
    if differences:
        raise ConfigError(f"{first.path} and {second.path} cannot be compared: other {'; other '.join(differences)}")


def pair_models(first: Operand, second: Operand) -> list[tuple[str, str]]:
    """The models that are compared with each other. Raises ConfigError where it is not clear which."""
    here, there = first.models, second.models
    if len(here) == 1 and len(there) == 1:
        return [(here[0], there[0])]
    if len(here) == 1 and first.model is not None:
        return [(here[0], model) for model in there]
    shared = [(model, model) for model in there if model in here]
    if not shared:
        raise ConfigError(
            f"{first.path} holds {', '.join(here)} and {second.path} {', '.join(there)}: name the models to compare,"
            f" as {first.path}:{here[0] if here else 'MODEL'}"
        )
    return shared


def _needed(operand: Operand, metrics: Collection[str] | None) -> set[str] | None:
    """The metrics whose conventions must be the same; None for all that both sides measure."""
    if metrics is None:
        return None
    required = operand.run.profile.all_required if ACCURACY in metrics else frozenset()
    return (set(metrics) - {ACCURACY}) | required


def _check_metrics(metrics: Sequence[str] | None, comparisons: Iterable[RunComparison], first: Operand) -> None:
    found = {metric.metric for comparison in comparisons for metric in comparison.metrics}
    for name in metrics or ():
        if name not in found and name not in first.run.profile.metrics:
            raise ConfigError(unknown_name("metric", name, [*first.run.profile.metrics, ACCURACY]))
        if name not in found:
            raise ConfigError(
                f"metric {name} was not measured on both sides; add it with: medgen score RUN --metrics={name}"
            )


def _read(path: Path, overrides: Overrides, *, root: Path) -> tuple[RunResult, RunDirectory | None]:
    if path.is_dir():
        store = run_directory_at(path)
        return rescore_run(store, overrides, root=root), store
    baseline = read_baseline(path)
    if overrides.profile is not None or overrides.thresholds:
        raise ConfigError(f"{path} is a baseline, which keeps its thresholds; name the run that it was saved of")
    return baseline.to_run(), None
