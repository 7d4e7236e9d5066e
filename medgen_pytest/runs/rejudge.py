"""Judging stored outputs again, by another judge or rubric: a run of its own beside the judged one."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.domain.judgement import JUDGED
from medgen_pytest.domain.plain import read_mapping
from medgen_pytest.engine.jury import Jury
from medgen_pytest.engine.recorder import Evaluation
from medgen_pytest.errors import ConfigError, MedgenError
from medgen_pytest.evaluation.conditions import Conditions
from medgen_pytest.evaluation.gates import check_baselines, check_gates
from medgen_pytest.evaluation.spending import judge_spending_of
from medgen_pytest.models.meter import OwnMeter
from medgen_pytest.runs.bench_for_outputs import bench_for_outputs
from medgen_pytest.runs.finish import is_current, settle_overrides, stored_profile
from medgen_pytest.runs.provenance import git_state, machine, plain, versions
from medgen_pytest.runs.stored_dataset import dataset_of, sample_of
from medgen_pytest.runs.stored_outputs import check_outputs, output_of
from medgen_pytest.store import holds_run, new_run_id

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.datasets import BenchmarkDataset
    from medgen_pytest.domain.result import ResultKey, SampleResult
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.judge.bench import Bench
    from medgen_pytest.runs.finish import Overrides
    from medgen_pytest.runs.score import Progress
    from medgen_pytest.store import RunDirectory
    from medgen_pytest.store.run_directory import StoredRun

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_WORKER = "rejudge"


def rejudge_run(
    store: RunDirectory, run: RunSettings, *, name: str | None = None, overrides: Overrides, progress: Progress
) -> RunDirectory:
    """Judges the stored outputs of a run by the judge of the settings; no model is asked.

    What comes of it is a run directory of its own, `RUN/judgings/NAME`; the judged run stays as it is. The same
    judging begun before goes on where it ended. `overrides` are how it will be looked at. Raises ConfigError,
    DatasetError or StoreError for everything that cannot work.
    """
    stored = store.load()
    if "judged_run" in stored.manifest:
        raise ConfigError(f"{store.path} is a judging, without outputs of its own; name the run that it is of")
    dataset = dataset_of(stored.manifest, run.settings)
    meter = OwnMeter(run.settings.budget)
    bench, secrets = bench_for_outputs(stored.manifest, run, dataset, meter=meter)
    target = store.judging(check_name(_name_of(bench) if name is None else name))
    jury = Jury(bench, secrets=secrets, meter=meter, most_errors=run.settings.max_consecutive_errors)
    try:
        current = {key: result for key, result in stored.results.items() if is_current(result, stored.manifest)}
        before = _check_target(target, bench)
        manifest = _manifest(stored.manifest, bench, run)
        _check_overrides(manifest, overrides, stored=stored, path=target.path)
        work = _Work(store, target, dataset, before=before.results if before else {})
        results = [work.taken_up(result, bench) for _, result in sorted(current.items())]
        check_outputs((result for result in results if bench.due(result)), store)
        meter.settle(0.0, _spent(before))
        _begin(target, stored, manifest, is_resumed=before is not None)
        jury.keep_logs(target, worker=_WORKER)
        _judge(results, jury, work, window=run.settings.window, progress=progress)
    finally:
        target.close()
        jury.close()
    return target


def check_name(name: str) -> str:
    """The name of a judging, if it can be one. Raises ConfigError."""
    if not _NAME.fullmatch(name):
        raise ConfigError(f"--name {name!r}: a name is made of letters, digits, dots, - and _, at most 80 of them")
    return name


class _Work:
    """Where a judging reads and writes: the judged run, the judging's directory and what that holds, the dataset."""

    def __init__(
        self,
        store: RunDirectory,
        target: RunDirectory,
        dataset: BenchmarkDataset,
        *,
        before: Mapping[ResultKey, SampleResult],
    ) -> None:
        self._store = store
        self._target = target
        self._dataset = dataset
        self._before = before
        self.broken: MedgenError | None = None

    def taken_up(self, result: SampleResult, bench: Bench) -> SampleResult:
        """A result of the judged run with what this judging has said of it so far, and no other judging."""
        known = self._before.get(result.key)
        plain_scores = {name: score for name, score in result.scores.items() if name not in JUDGED}
        bare = replace(result, judgements=(), scores=plain_scores)
        merged = bench.merge(replace(bare, judgements=known.judgements), ()) if known is not None else ()
        return replace(
            bare, judgements=merged, scores={**plain_scores, **bench.scores(merged)} if merged else plain_scores
        )

    def evaluations(self, results: Sequence[SampleResult]) -> Iterator[tuple[Sample, Evaluation]]:
        """Samples and stored outputs, up to the first that is not what it was; that is `broken` then."""
        for result in results:
            try:
                sample, output = sample_of(result, self._dataset), output_of(result, self._store)
            except MedgenError as error:
                # Those that are being judged are paid for: they are stored before it is told.
                self.broken = error
                return
            yield sample, Evaluation(result=result, output=output, reused=True)

    def write(self, result: SampleResult) -> None:
        """Stores a result of the judging, unless the judging holds it as it is. Raises StoreError."""
        known = self._before.get(result.key)
        if known is None or replace(known, finished=result.finished, worker=result.worker) != result:
            self._target.append(replace(result, finished=_now(), worker=_WORKER), worker=_WORKER)


def _judge(results: Sequence[SampleResult], jury: Jury, work: _Work, *, window: int, progress: Progress) -> None:
    bench = jury.bench
    due = [result for result in results if bench.due(result)]
    for result in results:
        if not bench.due(result):
            work.write(result)
    for evaluation, judgements in jury.judge_all(work.evaluations(due), window=window):
        merged = bench.merge(evaluation.result, judgements)
        scores = {**evaluation.result.scores, **bench.scores(merged)}
        work.write(replace(evaluation.result, judgements=merged, scores=scores))
        progress(1, len(due))
    if work.broken is not None:
        raise work.broken


def _check_target(target: RunDirectory, bench: Bench) -> StoredRun | None:
    """What the directory of the judging holds already. Raises ConfigError for another judging, or what is none."""
    if not holds_run(target.path):
        if target.path.exists() and (not target.path.is_dir() or any(target.path.iterdir())):
            raise ConfigError(f"{target.path} holds something else; give this judging another name with --name")
        return None
    before = target.load()
    known = read_mapping(before.manifest.get("judge") or {}).get("conventions")
    if known != bench.conventions:
        raise ConfigError(f"{target.path} holds another judging; give this one another name with --name")
    return before


def _check_overrides(manifest: Mapping[str, object], overrides: Overrides, *, stored: StoredRun, path: Path) -> None:
    """Raises ConfigError for thresholds and gates that cannot work, before anything is paid for."""
    profile, policy = settle_overrides(manifest, overrides, root=Path.cwd(), path=path)
    check_gates(policy.gates, stored.planned, profile)
    check_baselines(policy, Conditions.of(manifest, profile))


def _begin(target: RunDirectory, stored: StoredRun, manifest: Mapping[str, object], *, is_resumed: bool) -> None:
    now = dt.datetime.now(dt.timezone.utc)
    session = new_run_id(now)
    facts = {**manifest, "run_id": target.path.name, "session": session, "started": now.isoformat(timespec="seconds")}
    target.create(facts, resumes=is_resumed)
    target.plan(stored.planned, session=session)


def _spent(before: StoredRun | None) -> float:
    """What the judgements of earlier sessions cost, as far as they say."""
    answers = [*before.answers, *before.rejudged] if before is not None else []
    return sum(spending.cost.total or 0.0 for spending in judge_spending_of(answers))


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
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-_")[:80]


def _now() -> str:
    return dt.datetime.now(dt.timezone.utc).isoformat(timespec="milliseconds")
