"""Judging stored outputs again, by another judge or rubric: a run of its own beside the judged one."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from medgen_pytest.config.secrets import Secrets
from medgen_pytest.domain.judgement import JUDGED
from medgen_pytest.domain.plain import read_mapping
from medgen_pytest.engine.evaluator import restore_output
from medgen_pytest.engine.jury import Jury
from medgen_pytest.engine.recorder import Evaluation
from medgen_pytest.errors import ConfigError, ImageError, StoreError
from medgen_pytest.models import ModelContext, embedded_adapters, secrets_of
from medgen_pytest.models.meter import OwnMeter
from medgen_pytest.runs.building import ModelBuilder
from medgen_pytest.runs.finish import is_current, stored_profile
from medgen_pytest.runs.judging import make_bench
from medgen_pytest.runs.provenance import git_state, machine, plain, versions
from medgen_pytest.runs.stored_dataset import dataset_of, sample_of
from medgen_pytest.store import new_run_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.datasets import BenchmarkDataset
    from medgen_pytest.domain.result import ResultKey, SampleResult
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.judge.bench import Bench
    from medgen_pytest.runs.score import Progress
    from medgen_pytest.store import RunDirectory
    from medgen_pytest.store.run_directory import StoredRun

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_WORKER = "rejudge"


def rejudge_run(store: RunDirectory, run: RunSettings, *, name: str | None = None, progress: Progress) -> RunDirectory:
    """Judges the stored outputs of a run by the judge of the settings; no model is asked.

    What comes of it is a run directory of its own, `RUN/judgings/NAME`; the judged run stays as it is. The same
    judging begun before goes on where it ended. Raises ConfigError, DatasetError or StoreError for everything
    that cannot work.
    """
    stored = store.load()
    dataset = dataset_of(stored.manifest, run.settings)
    bench, secrets = _bench(stored.manifest, run, dataset)
    target = store.judging(_checked(name or _name_of(bench)))
    manifest = _manifest(stored.manifest, bench, run)
    begun = _begin(target, stored, manifest)
    kept = {key: _without_judgements(result) for key, result in _current(stored).items()}
    results = {key: _resumed(result, begun.get(key)) for key, result in kept.items()}
    most_errors = run.settings.max_consecutive_errors
    jury = Jury(bench, secrets=secrets, meter=OwnMeter(run.settings.budget), most_errors=most_errors)
    try:
        _judge(results, begun, jury, Sources(store, target, dataset), window=run.settings.window, progress=progress)
    finally:
        target.close()
        jury.close()
    return target


class Sources:
    """Where a judging reads and writes: the judged run, the judging's directory, the dataset."""

    def __init__(self, store: RunDirectory, target: RunDirectory, dataset: BenchmarkDataset) -> None:
        self._store = store
        self._target = target
        self._dataset = dataset

    def evaluation(self, result: SampleResult) -> tuple[Sample, Evaluation]:
        """A sample and its stored output. Raises ConfigError or StoreError for what is not what it was."""
        try:
            output = restore_output(result, self._store)
        except ImageError as error:
            raise StoreError(f"the output of {result.model} to {result.sample_id} cannot be read: {error}") from error
        return sample_of(result, self._dataset), Evaluation(result=result, output=output, reused=True)

    def write(self, result: SampleResult) -> None:
        """Stores a result of the judging. Raises StoreError."""
        self._target.append(result, worker=_WORKER)


def _judge(
    results: Mapping[ResultKey, SampleResult],
    begun: Mapping[ResultKey, SampleResult],
    jury: Jury,
    sources: Sources,
    *,
    window: int,
    progress: Progress,
) -> None:
    due = [result for _, result in sorted(results.items()) if jury.bench.due(result)]
    for key, result in sorted(results.items()):
        if key not in begun and not jury.bench.due(result):
            sources.write(replace(result, finished=_now(), worker=_WORKER))
    for evaluation, judgements in jury.judge_all((sources.evaluation(result) for result in due), window=window):
        merged = jury.bench.merge(evaluation.result, judgements)
        scores = {**evaluation.result.scores, **jury.bench.scores(merged)}
        sources.write(replace(evaluation.result, judgements=merged, scores=scores, finished=_now(), worker=_WORKER))
        progress(1, len(due))


def _bench(manifest: Mapping[str, object], run: RunSettings, dataset: BenchmarkDataset) -> tuple[Bench, Secrets]:
    settings = run.settings
    if settings.judge is None:
        raise ConfigError("no judge: name one with --judge, or under `judge:` in medgen.yaml")
    context = ModelContext(dataset=dataset, root=run.root, sample_ids=[sample.sample_id for sample in dataset])
    judges = ModelBuilder(run, context, embedded_adapters()).build_judges()
    models = read_mapping(manifest.get("models", {}))
    identities = {str(model): read_mapping(facts) for model, facts in models.items()}
    bench = make_bench(settings.judge, judges, identities=identities, root=run.root)
    if bench is None:
        raise ConfigError("no judge is named")
    known = [{"secret": secret} for model in judges.values() for secret in secrets_of(model)]
    secrets = Secrets([*known, settings.judge.model_extra, settings.judge.model_dump()["panel"]])
    for judge in bench.judges.values():
        problems = [secrets.mask(problem) for problem in judge.check()]
        if problems:
            raise ConfigError(f"judge {judge.name!r}: {problems[0]}")
    return bench, secrets


def _begin(target: RunDirectory, stored: StoredRun, manifest: Mapping[str, object]) -> dict[ResultKey, SampleResult]:
    """Makes the directory of a judging, or takes up what is there; the results that it holds already."""
    now = dt.datetime.now(dt.timezone.utc)
    session = new_run_id(now)
    facts = {**manifest, "run_id": target.path.name, "session": session, "started": now.isoformat(timespec="seconds")}
    if not target.path.exists():
        target.create(facts)
        target.plan(stored.planned, session=session)
        return {}
    before = target.load()
    known, wanted = (read_mapping(facts.get("judge") or {}).get("conventions") for facts in (before.manifest, manifest))
    if known != wanted:
        raise ConfigError(f"{target.path} holds another judging; give this one another name with --name")
    target.create(facts, resumes=True)
    return before.results


def _current(stored: StoredRun) -> dict[ResultKey, SampleResult]:
    return {key: result for key, result in stored.results.items() if is_current(result, stored.manifest)}


def _without_judgements(result: SampleResult) -> SampleResult:
    scores = {name: score for name, score in result.scores.items() if name not in JUDGED}
    return replace(result, judgements=(), scores=scores)


def _resumed(result: SampleResult, begun: SampleResult | None) -> SampleResult:
    """A result with what this judging has said of it so far."""
    return result if begun is None or begun.output != result.output else begun


def _manifest(manifest: Mapping[str, object], bench: Bench, run: RunSettings) -> dict[str, object]:
    metrics = {name: value for name, value in read_mapping(manifest.get("metrics", {})).items() if name not in JUDGED}
    left_out = {
        name: why for name, why in read_mapping(manifest.get("left_out", {})).items() if name not in bench.conventions
    }
    settings = {
        **read_mapping(manifest.get("settings", {})),
        "judge": run.settings.model_dump(mode="json", by_alias=True)["judge"],
    }
    profile = stored_profile(manifest)
    return {
        **{name: value for name, value in manifest.items() if name != "schema_version"},
        "judged_run": manifest.get("run_id"),
        "profile": {**profile.to_dict(), "digest": profile.digest},
        "metrics": dict(sorted({**metrics, **bench.conventions}.items())),
        "judge": plain(bench.facts()),
        "left_out": left_out,
        "settings": plain(settings),
        "versions": versions(),
        "git": git_state(run.root),
        **machine(),
    }


def _name_of(bench: Bench) -> str:
    text = f"{bench.rubric.name}-{'-'.join(sorted(bench.judges))}-{bench.digest[:8]}"
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-")[:80]


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ConfigError(f"--name {name!r}: a name is made of letters, digits, dots, - and _, at most 80 of them")
    return name


def _now() -> str:
    return dt.datetime.now(dt.timezone.utc).isoformat(timespec="milliseconds")
