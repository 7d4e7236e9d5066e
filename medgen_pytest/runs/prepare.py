"""Preparing a run: everything that can be known to be wrong is said here, before the first sample."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.config.secrets import Secrets
from medgen_pytest.config.settings import EMBEDDED_DATASET
from medgen_pytest.datasets import open_dataset
from medgen_pytest.datasets.layout import find_layout
from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.shard import Shard
from medgen_pytest.engine.digests import identity_digest, scoring_digest
from medgen_pytest.engine.selection import Selection, select
from medgen_pytest.errors import ConfigError, DatasetError
from medgen_pytest.evaluation.conditions import Conditions
from medgen_pytest.evaluation.profile import Profile, load_profile
from medgen_pytest.evaluation.run_result import GatePolicy
from medgen_pytest.metrics.contract import load_metric
from medgen_pytest.metrics.registry import DEFINITIONS, METRICS
from medgen_pytest.models import (
    ModelContext,
    ModelFactory,
    formats_of,
    problems_of,
    secrets_of,
)
from medgen_pytest.models.meter import OwnMeter
from medgen_pytest.runs.building import ModelBuilder
from medgen_pytest.runs.choosing import choose_metrics, metric_context, metrics_in_use
from medgen_pytest.runs.costs import budget_problems
from medgen_pytest.runs.judging import judged_metrics, make_bench
from medgen_pytest.runs.provenance import git_state, machine, plain, versions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.config.settings import Settings
    from medgen_pytest.datasets import BenchmarkDataset
    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.domain.system_kind import SystemKind
    from medgen_pytest.domain.taxonomy import Format
    from medgen_pytest.evaluation.baseline import Baseline
    from medgen_pytest.evaluation.gates import Gate
    from medgen_pytest.judge.bench import Bench
    from medgen_pytest.judge.judge import Judge
    from medgen_pytest.metrics.contract import Metric, MetricDefinition, MetricSpec
    from medgen_pytest.models.meter import Meter

RUNS_FOLDER = "medgen-runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedRun:
    """A run that can start: opened dataset, chosen samples, built models, profile, metrics and gates.

    `left_out` are metrics with a threshold, or asked for, that are not computed, with the reason. `bench`
    are the judges. `meter` counts what the models and judges spend. `kinds` is what tables call the models.
    """

    settings: Settings
    root: Path
    dataset: BenchmarkDataset
    samples: tuple[Sample, ...]
    models: Mapping[str, Model]
    formats: Mapping[str, frozenset[Format]]
    profile: Profile
    metrics: tuple[Metric, ...]
    left_out: Mapping[str, str]
    policy: GatePolicy
    bench: Bench | None = None
    kinds: Mapping[str, SystemKind] = field(default_factory=dict)
    meter: Meter = field(default_factory=OwnMeter)

    @property
    def secrets(self) -> Secrets:
        """What the settings of the models keep secret, and the keys that the models know."""
        asked = [*self.models.values(), *(judge.model for judge in self.judges.values())]
        known = [{"secret": secret} for model in asked for secret in secrets_of(model)]
        judge = self.settings.judge
        judging = [judge.model_extra, judge.model_dump()["panel"]] if judge is not None else []
        return Secrets([*known, *judging, *(model.model_extra for model in self.settings.models.values())])

    @property
    def judges(self) -> Mapping[str, Judge]:
        """The judges by name; empty where nobody judges."""
        return self.bench.judges if self.bench is not None else {}

    @property
    def shard(self) -> Shard | None:
        """The part of the run that is evaluated; None for all of it. Samples, plan and gates are those of the whole."""
        return Shard.parse(self.settings.shard) if self.settings.shard is not None else None

    @property
    def scoring(self) -> str:
        """What makes two scores comparable."""
        conventions = [metric.convention for metric in self.metrics]
        return scoring_digest(conventions, on_size_mismatch=self.profile.on_size_mismatch)

    @property
    def conventions(self) -> dict[str, str]:
        """The convention of each metric that is computed or judged."""
        judged = self.bench.conventions if self.bench is not None else {}
        return {**{metric.spec.name: metric.convention for metric in self.metrics}, **judged}

    @property
    def conditions(self) -> Conditions:
        """What another run must share to be compared with this one."""
        return Conditions(
            dataset=self.dataset.fingerprint,
            profile=self.profile.name,
            profile_digest=self.profile.digest,
            conventions=self.conventions,
        )

    def asks(self, model: str, sample: Sample) -> bool:
        """Whether a model is asked for a sample: it may not support every format."""
        return sample.format in self.formats[model]

    def planned(self) -> list[PlannedSample]:
        """Every sample that every model would be asked, sorted by model, sample id and repeat."""
        return [
            PlannedSample.of(sample, model=model, repeat=repeat)
            for model in sorted(self.models)
            for sample in self.samples
            if self.asks(model, sample)
            for repeat in range(self.settings.repeats)
        ]

    def problems(self, model: str) -> list[str]:
        """What keeps a model from being asked, one line each."""
        built = self.models[model]
        samples = [sample for sample in self.samples if self.asks(model, sample)]
        problems = [self.secrets.mask(problem) for problem in problems_of(built)]
        if not samples:
            problems.append("none of the chosen samples is of a format that it supports")
        return [*problems, *budget_problems(built, samples, budget=self.settings.budget)]

    def judge_problems(self, judge: str) -> list[str]:
        """What keeps a judge from being asked, one line each."""
        asked = self.judges[judge]
        problems = [self.secrets.mask(problem) for problem in asked.check()]
        return [*problems, *budget_problems(asked.model, self.samples, budget=self.settings.budget)]

    def load(self) -> None:
        """Loads the networks of the metrics. Raises ConfigError where one cannot be used."""
        for metric in self.metrics:
            load_metric(metric)

    def keep_baselines(self, run: Path) -> None:
        """Writes copies of what the gates are against into the run directory. Raises StoreError."""
        if self.policy.baselines:
            from medgen_pytest.runs.baselines import keep_baselines

            keep_baselines(self.policy.baselines, run)

    def facts(self) -> dict[str, object]:
        """How the run is made, for `run.json` and the reports: no secrets."""
        return {
            "dataset": {
                "path": str(self.dataset.path.resolve()),
                "layout": self.dataset.layout,
                "fingerprint": self.dataset.fingerprint,
                "samples": len(self.dataset),
            },
            "models": {
                name: {**plain(model.identity), "kind": self.kinds.get(name), "digest": identity_digest(model)}
                for name, model in sorted(self.models.items())
            },
            "profile": {**self.profile.to_dict(), "digest": self.profile.digest},
            "metrics": self.conventions,
            "own_metrics": [metric.spec.to_dict() for metric in self.metrics if metric.spec.name not in METRICS],
            "judge": plain(self.bench.facts()) if self.bench is not None else None,
            "left_out": dict(self.left_out),
            "scoring": self.scoring,
            "shard": self.shard.to_dict() if self.shard is not None else None,
            "settings": plain(self.settings.model_dump(mode="json", by_alias=True)),
            "versions": versions(),
            "git": git_state(self.root),
            **machine(),
        }


def prepare_run(
    run: RunSettings,
    *,
    adapters: Mapping[str, ModelFactory],
    definitions: Mapping[str, MetricDefinition] = DEFINITIONS,
    workers: int = 1,
    meter: Meter | None = None,
) -> PreparedRun:
    """The run that settings describe, for one of so many processes, which share a meter.

    Raises ConfigError or DatasetError for everything that cannot work.
    """
    settings = run.settings
    table = {name: definition.spec for name, definition in definitions.items()}
    profile = load_profile(settings.thresholds.profile, root=run.root, metrics=table).override(
        thresholds=settings.thresholds.__pydantic_extra__ or {},
        convention=settings.thresholds.convention,
        on_size_mismatch=settings.thresholds.on_size_mismatch,
    )
    gates = _parsed_gates(settings.gates, metrics=table)
    judged = judged_metrics(settings)
    wanted = metrics_in_use(settings.metrics, definitions=definitions, profile=profile, gates=gates)
    choice = choose_metrics(
        [name for name in definitions if name in {*wanted, *judged}],
        settings.metrics,
        definitions=definitions,
        context=metric_context(settings.metrics, root=run.root, workers=workers, judged=judged),
        profile=profile,
        gates=gates,
    )
    dataset = open_chosen_dataset(settings, root=run.root)
    samples = tuple(select(dataset, selection_of(settings), limit=settings.limit))
    counter = meter or OwnMeter()
    context = ModelContext(
        dataset=dataset,
        root=run.root,
        sample_ids=_ids(samples),
        repeats=settings.repeats,
        workers=workers,
        meter=counter,
    )
    builder = ModelBuilder(run, context, adapters)
    models = builder.build_all()
    prepared = PreparedRun(
        settings=settings,
        root=run.root,
        dataset=dataset,
        samples=samples,
        models=models,
        formats={name: formats_of(model) for name, model in models.items()},
        kinds=builder.kinds(models),
        profile=choice.profile,
        metrics=choice.metrics,
        left_out=choice.left_out,
        policy=GatePolicy(
            gates=gates,
            max_error_rate=settings.max_error_rate,
            min_samples=settings.min_samples,
            aggregate=settings.aggregate,
            baselines=_baselines(gates, run),
            early_stop=settings.early_stop,
        ),
        bench=make_bench(
            settings.judge,
            builder.build_judges(),
            identities={name: model.identity for name, model in models.items()},
            root=run.root,
        ),
        meter=counter,
    )
    if not run.dry_run:  # which tells all of them
        _check_models(prepared)
    planned = prepared.planned()
    if gates:
        _check_gates(prepared, planned)
    _check_shard(prepared.shard, planned)
    if settings.early_stop is not None:
        from medgen_pytest.evaluation.early_stop import check_early_stop

        check_early_stop(prepared.policy, repeats=settings.repeats, is_shard=prepared.shard is not None)
    return prepared


def _parsed_gates(texts: Sequence[str], *, metrics: Mapping[str, MetricSpec]) -> tuple[Gate, ...]:
    if not texts:
        return ()
    from medgen_pytest.evaluation.gates import parse_gate

    return tuple(parse_gate(text, metrics=metrics) for text in texts)


def _check_gates(prepared: PreparedRun, planned: Sequence[PlannedSample]) -> None:
    from medgen_pytest.evaluation.gates import check_baseline_samples, check_baselines, check_gates

    check_gates(prepared.policy.gates, planned, prepared.profile)
    check_baselines(prepared.policy, prepared.conditions)
    check_baseline_samples(prepared.policy, planned)


def _baselines(gates: Sequence[Gate], run: RunSettings) -> Mapping[str, Baseline]:
    if not any(gate.baseline for gate in gates):
        return {}
    from medgen_pytest.runs.baselines import named_baselines

    return named_baselines(gates, root=run.gates_root)


def open_chosen_dataset(settings: Settings, *, root: Path) -> BenchmarkDataset:
    """The dataset that settings name; the embedded one is written first. Raises ConfigError or DatasetError."""
    chosen = settings.dataset
    if chosen is None:
        raise ConfigError(
            "no dataset: name one with --medgen-dataset=PATH (or =demo for the embedded one),"
            " or as `dataset: PATH` in medgen.yaml"
        )
    path = chosen.path
    if is_embedded(path):
        _refuse_namesake(root / path)
        from medgen_pytest.datasets.demo import write_demo_dataset

        path = write_demo_dataset(root / RUNS_FOLDER / "demo-dataset")
    return open_dataset(
        path,
        allow_outside_paths=chosen.allow_outside_paths,
        max_pixels=chosen.max_pixels,
        cluster_by=chosen.cluster_by,
    )


def is_embedded(path: Path) -> bool:
    """Whether the path of a dataset, as settings have it, is the name of the embedded one."""
    return path == Path(EMBEDDED_DATASET)


def _refuse_namesake(folder: Path) -> None:
    """Refuses the name of the embedded dataset where it may mean another one as well."""
    try:
        find_layout(folder)
    except DatasetError:
        return
    raise ConfigError(
        f"dataset {EMBEDDED_DATASET!r} is the embedded one, but {folder} holds a dataset too: write"
        f" ./{EMBEDDED_DATASET} for that one, or give the folder another name"
    )


def selection_of(settings: Settings) -> Selection:
    """The conditions on samples that settings set."""
    return Selection(
        formats=frozenset(settings.formats),
        tasks=frozenset(settings.tasks),
        modalities=frozenset(settings.modalities),
        subtasks=frozenset(settings.subtasks),
    )


def _check_models(prepared: PreparedRun) -> None:
    asked = [(f"model {name!r}", prepared.problems(name)) for name in sorted(prepared.models)]
    for who, problems in [*asked, *((f"judge {name!r}", prepared.judge_problems(name)) for name in prepared.judges)]:
        if problems:
            more = f" (and {len(problems) - 1} more problems)" if len(problems) > 1 else ""
            raise ConfigError(f"{who}: {problems[0]}{more}")


def _check_shard(shard: Shard | None, planned: Sequence[PlannedSample]) -> None:
    """Raises ConfigError for a shard without samples, which is a matrix of too many jobs."""
    samples = {one.sample_id for one in planned}
    if shard is not None and not any(map(shard.takes, samples)):
        raise ConfigError(f"shard {shard} has none of the {len(samples)} samples of this run: cut it into fewer shards")


def _ids(samples: Sequence[Sample]) -> list[str]:
    return [sample.sample_id for sample in samples]
