"""Scoring stored outputs: metrics for what recorded answers or a run directory hold, without asking any model."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from medgen_pytest.config.settings import MetricSettings
from medgen_pytest.domain.judgement import JUDGED
from medgen_pytest.domain.plain import read_mapping
from medgen_pytest.engine.answer import Answer
from medgen_pytest.engine.digests import scoring_digest
from medgen_pytest.engine.evaluator import (
    EvaluationPolicy,
    Evaluator,
    Schedule,
    restore_output,
)
from medgen_pytest.engine.scorer import Scorer
from medgen_pytest.errors import ConfigError, ImageError, StoreError
from medgen_pytest.metrics.contract import load_metric
from medgen_pytest.metrics.registry import DEFINITIONS
from medgen_pytest.models import embedded_adapters
from medgen_pytest.runs.choosing import choose_metrics, metric_context, metrics_named
from medgen_pytest.runs.finish import finish_run, is_current, stored_profile
from medgen_pytest.runs.prepare import RUNS_FOLDER, prepare_run
from medgen_pytest.runs.provenance import git_state, machine, plain, versions
from medgen_pytest.runs.stored_dataset import dataset_of, sample_of
from medgen_pytest.store import RunDirectory, new_run_id
from medgen_pytest.store.draft import ResultDraft

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.datasets import BenchmarkDataset
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.runs.choosing import MetricChoice

Progress = Callable[[int, int], None]
"""Is told with each batch how many results are scored now, of how many in all."""

_T = TypeVar("_T")


_BATCHES = 2
"""Batches of a network that are scored together, so that samples of like size and length meet."""


def score_recordings(run: RunSettings, *, progress: Progress) -> tuple[RunResult, RunDirectory]:
    """A run over recorded answers, made without pytest: its result and its directory.

    Raises ConfigError, DatasetError or StoreError for everything that cannot work.
    """
    prepared = prepare_run(run, adapters=embedded_adapters())
    now = dt.datetime.now(dt.timezone.utc)
    session = new_run_id(now)
    store = RunDirectory(run.settings.run_dir or run.root / RUNS_FOLDER / session)
    store.check_new()
    prepared.load()
    planned = prepared.planned()
    facts = {"run_id": store.path.name, "session": session, "started": now.isoformat(timespec="seconds")}
    store.create({**facts, **prepared.facts()})
    prepared.keep_baselines(store.path)
    store.plan(planned, session=session)
    rule = prepared.profile.on_size_mismatch
    policy = EvaluationPolicy(
        worker="score",
        timeout=run.settings.timeout,
        on_size_mismatch=rule,
        secrets=prepared.secrets,
        bench=prepared.bench,
    )
    schedule = Schedule(order=(), find=prepared.dataset.get, window=run.settings.window, ahead=False)
    evaluator = Evaluator(
        models=prepared.models, metrics=prepared.metrics, store=store, policy=policy, schedule=schedule
    )
    try:
        for model in sorted(prepared.models):
            asked = [sample for sample in prepared.samples if prepared.asks(model, sample)]
            repeated = [(sample, repeat) for sample in asked for repeat in range(run.settings.repeats)]
            for batch in _batches(repeated, run.settings.metrics):
                evaluator.evaluate_all(batch, model=model)
                progress(len(batch), len(planned))
    finally:
        evaluator.close()
    return finish_run(store, profile=prepared.profile, policy=prepared.policy), store


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scoring:
    """What a run's outputs are scored with; `conventions` are those of all metrics of the run from then on."""

    dataset: BenchmarkDataset
    choice: MetricChoice
    settings: MetricSettings
    conventions: Mapping[str, str]

    @property
    def digest(self) -> str:
        """What every result of the run must name."""
        computed = [convention for name, convention in self.conventions.items() if name not in JUDGED]
        return scoring_digest(computed, on_size_mismatch=self.choice.profile.on_size_mismatch)


def score_run(store: RunDirectory, run: RunSettings, *, progress: Progress) -> None:
    """Adds metrics to the results of a stored run, or computes them again.

    What is not named keeps its scores; under another convention than the run's all of its metrics are
    computed again. The results change together, when the last one is scored; a repetition after a kill goes
    on where that one ended. Raises ConfigError, DatasetError or StoreError for everything that cannot work.
    """
    stored = store.load()
    scoring = _scoring(stored.manifest, run)
    for metric in scoring.choice.metrics:
        load_metric(metric)
    names = f"{scoring.digest}\n{sorted(scoring.conventions)}"
    draft = ResultDraft(store.path, hashlib.sha256(names.encode("utf-8")).hexdigest()[:16])
    current = [result for _, result in sorted(stored.results.items()) if is_current(result, stored.manifest)]
    done = draft.load()
    due = [result for result in current if not _is_drafted(result, done.get(result.key), scoring)]
    scorer = Scorer(scoring.choice.metrics, on_size_mismatch=scoring.choice.profile.on_size_mismatch)
    try:
        for batch in _batches(due, scoring.settings):
            draft.extend(_scored(batch, scorer, scoring, store))
            progress(len(batch), len(due))
    finally:
        draft.close()
    now = dt.datetime.now(dt.timezone.utc)
    session = new_run_id(now)
    store.create(
        {**_manifest(stored.manifest, scoring, run), "session": session, "started": now.isoformat(timespec="seconds")},
        resumes=True,
    )
    draft.publish(worker=f"score-{session}")


def _scoring(manifest: Mapping[str, object], run: RunSettings) -> _Scoring:
    before = stored_profile(manifest)
    profile = before.override(thresholds={}, convention=run.settings.thresholds.convention)
    old = {str(name): str(value) for name, value in read_mapping(manifest.get("metrics", {})).items()}
    settings = _metric_settings(manifest, run)
    named = (
        metrics_named(settings, definitions=DEFINITIONS)
        if _names_metrics(run)
        else [name for name in old if name not in JUDGED]
    )
    if profile.convention != before.convention:
        lost = sorted(old.keys() - DEFINITIONS.keys())
        if lost:
            raise ConfigError(f"metric {lost[0]} is none of this package, so it cannot be computed again; run again")
        named = [*named, *(name for name in old if name not in JUDGED)]
    named = [name for name in DEFINITIONS if name in named]
    context = metric_context(settings, root=run.root)
    choice = choose_metrics(named, settings, definitions=DEFINITIONS, context=context, profile=profile, gates=())
    return _Scoring(
        dataset=dataset_of(manifest, run.settings),
        choice=choice,
        settings=settings,
        conventions={**old, **{metric.spec.name: metric.convention for metric in choice.metrics}},
    )


def _metric_settings(manifest: Mapping[str, object], run: RunSettings) -> MetricSettings:
    """The settings of the run's metrics, with what is said anew in their place."""
    stored = read_mapping(read_mapping(manifest.get("settings", {})).get("metrics") or {})
    return MetricSettings.model_validate({**stored, **run.settings.metrics.model_dump(mode="json", exclude_unset=True)})


def _names_metrics(run: RunSettings) -> bool:
    return "use" in run.settings.metrics.model_fields_set


def _is_drafted(result: SampleResult, drafted: SampleResult | None, scoring: _Scoring) -> bool:
    """Whether an earlier attempt has scored this very output."""
    return (
        drafted is not None
        and drafted.output == result.output
        and drafted.digests.get("metrics", scoring.digest) == scoring.digest
    )


def _scored(
    results: Sequence[SampleResult], scorer: Scorer, scoring: _Scoring, store: RunDirectory
) -> Iterator[SampleResult]:
    answers = [(sample_of(result, scoring.dataset), _answer(result, store)) for result in results]
    now = dt.datetime.now(dt.timezone.utc).isoformat(timespec="milliseconds")
    for result, made in zip(results, scorer.score(answers), strict=True):
        yield replace(
            result,
            scores={**result.scores, **made.scores},
            # A sample that nobody could ask has no digests, and no scores.
            digests={**result.digests, "metrics": scoring.digest} if result.digests else {},
            finished=max(now, result.finished or ""),
        )


def _answer(result: SampleResult, store: RunDirectory) -> Answer:
    try:
        output = restore_output(result, store)
    except ImageError as error:
        raise StoreError(f"the output of {result.model} to {result.sample_id} cannot be read: {error}") from error
    return Answer(output=output, status=result.status, reason=result.reason)


def _manifest(manifest: Mapping[str, object], scoring: _Scoring, run: RunSettings) -> dict[str, object]:
    """The facts of the run from now on: those that scoring does not touch stay."""
    settings = {**read_mapping(manifest.get("settings", {})), "metrics": scoring.settings.model_dump(mode="json")}
    left_out = {**read_mapping(manifest.get("left_out", {})), **scoring.choice.left_out}
    profile = scoring.choice.profile
    return {
        **{name: value for name, value in manifest.items() if name != "schema_version"},
        "profile": {**profile.to_dict(), "digest": profile.digest},
        "metrics": dict(sorted(scoring.conventions.items())),
        "left_out": {name: why for name, why in sorted(left_out.items()) if name not in scoring.conventions},
        "scoring": scoring.digest,
        "settings": plain(settings),
        "versions": versions(),
        "git": git_state(run.root),
        **machine(),
    }


def _batches(items: Sequence[_T], settings: MetricSettings) -> Iterator[Sequence[_T]]:
    size = _BATCHES * settings.batch_size
    for start in range(0, len(items), size):
        yield items[start : start + size]
