"""Controls of the judge: stored outputs judged as they are and with something replaced, and what that makes of it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from medgen_pytest.engine.jury import Jury
from medgen_pytest.errors import ConfigError, unknown_name
from medgen_pytest.evaluation.controls import ALPHA, OVERALL, Study, compare_pairs, should_notice
from medgen_pytest.models.meter import OwnMeter
from medgen_pytest.reports.files import write_text_atomically
from medgen_pytest.runs.bench_for_outputs import bench_for_outputs
from medgen_pytest.runs.controls.judging import ControlJudging
from medgen_pytest.runs.controls.log import JudgementLog
from medgen_pytest.runs.controls.material import Material
from medgen_pytest.runs.finish import is_current
from medgen_pytest.runs.provenance import plain, versions
from medgen_pytest.runs.rejudge import check_name
from medgen_pytest.runs.stored_dataset import dataset_of
from medgen_pytest.store import RunDirectory, holds_run, new_run_id

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.evaluation.controls import Finding, Pair
    from medgen_pytest.judge.bench import Bench
    from medgen_pytest.runs.controls.material import ControlPolicy
    from medgen_pytest.runs.score import Progress

CONTROLS_FILE = "controls.json"
SCHEMA_VERSION = 1

_Key = TypeVar("_Key")


def judge_controls(store: RunDirectory, run: RunSettings, policy: ControlPolicy, *, progress: Progress) -> Study:
    """Judges outputs of a run under controls by the judge of the settings; no model is asked.

    Judgements are kept in `RUN/judgings/NAME` as they come, and none of them is asked for again. The study is stored
    there and, as the latest, in the run's folder, as `controls.json`. Raises ConfigError, DatasetError or StoreError
    for everything that cannot work.
    """
    if policy.samples < 1:
        raise ConfigError(f"--samples {policy.samples}: at least 1 is needed")
    stored = store.load()
    current = [result for _, result in sorted(stored.results.items()) if is_current(result, stored.manifest)]
    results = _answers(current, policy.model)
    dataset = dataset_of(stored.manifest, run.settings)
    meter = OwnMeter(run.settings.budget)
    bench, secrets = bench_for_outputs(stored.manifest, run, dataset, meter=meter)
    bench = replace(bench, tiers=(policy.tier,)) if policy.tier is not None else bench
    jury = Jury(bench, secrets=secrets, meter=meter, most_errors=run.settings.max_consecutive_errors)
    try:
        folder = _folder(store, policy.name or f"controls-{_digest(bench)[:8]}")
        jury.keep_logs(RunDirectory(folder), worker="controls")
        material = Material.of(store, dataset, results, policy)
        log = JudgementLog(folder, session=new_run_id(dt.datetime.now(dt.timezone.utc)))
        meter.settle(0.0, log.cost)
        judging = ControlJudging(bench, material, log)
        try:
            judging.carry_out(jury, window=run.settings.window, progress=progress)
        finally:
            log.close()
    finally:
        jury.close()
    study = _study(judging, policy, run_id=str(stored.manifest.get("run_id")))
    text = json.dumps(study.to_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    for path in (folder / CONTROLS_FILE, store.path / CONTROLS_FILE):
        write_text_atomically(path, [text])
    return study


def _answers(results: Iterable[SampleResult], model: str | None) -> list[SampleResult]:
    """The answers of one model, each sample's first. Raises ConfigError where there are none, or of several models."""
    answers = [result for result in results if result.status == "answered" and result.repeat == 0]
    models = sorted({result.model for result in answers})
    if not models:
        raise ConfigError("the run has no usable output that could be judged")
    if model is None and len(models) > 1:
        raise ConfigError(f"the run has outputs of several models: name one with --model ({', '.join(models)})")
    if model is not None and model not in models:
        raise ConfigError(unknown_name("model", model, models))
    return [result for result in answers if result.model == (model or models[0])]


def _folder(store: RunDirectory, name: str) -> Path:
    """Where the judgements of a study are kept. Raises ConfigError where a rejudging lies."""
    path = store.judging(check_name(name)).path
    if holds_run(path):
        raise ConfigError(f"{path} holds a judging of the whole run; give the controls another name with --name")
    return path


def _digest(bench: Bench) -> str:
    """SHA-256 over judges and rubric."""
    known = {name: judge.digest for name, judge in bench.judges.items()}
    return hashlib.sha256(json.dumps([known, bench.rubric.digest], sort_keys=True).encode("utf-8")).hexdigest()


def _study(judging: ControlJudging, policy: ControlPolicy, *, run_id: str) -> Study:
    bench, material = judging.bench, judging.material
    errors = list(judging.errors())
    model = material.drawn[0].model
    return Study(
        model=model,
        outputs=len(material.drawn),
        judge=f"{', '.join(bench.judges)} ({bench.rubric.name}@{bench.rubric.version})",
        findings=tuple(_findings(judging, policy)),
        left_out=_counted((one.control, one.reason) for one in judging.left_out),
        errors=_counted(((tier, control), reason) for tier, control, _, reason in errors),
        facts={
            "schema_version": SCHEMA_VERSION,
            "run_id": run_id,
            "made": dt.datetime.now(dt.timezone.utc).isoformat(timespec="seconds"),
            "model": model,
            "seed": policy.seed,
            "alpha": ALPHA,
            "controls": list(policy.controls),
            "outputs": [result.sample_id for result in material.drawn],
            "judge": plain(bench.facts()),
            "asked": judging.asked,
            "replaced": judging.replaced,
            "left_out": [
                {"control": one.control, "sample_id": one.result.sample_id, "reason": one.reason}
                for one in judging.left_out
            ],
            "errors": [
                {"tier": tier, "control": control, "sample_id": key.sample_id, "reason": reason}
                for tier, control, key, reason in errors
            ],
            "versions": versions(),
        },
    )


def _findings(judging: ControlJudging, policy: ControlPolicy) -> list[Finding]:
    bench = judging.bench
    asked = [OVERALL, *(dimension.name for dimension in bench.rubric.dimensions)]
    by_key = {result.key: result for result in judging.material.drawn}
    tried = {control: [by_key[key] for key in judging.said[control]] for control in policy.controls}
    findings: list[Finding] = []
    for tier in bench.tiers:
        expected = [control for control, results in tried.items() if should_notice(control, tier, results)]
        pairs: dict[str, list[Pair]] = {control: judging.pairs(tier, control) for control in policy.controls}
        findings += compare_pairs(pairs, tier=tier, asked=asked, expected=expected, seed=policy.seed)
    return findings


def _counted(found: Iterable[tuple[_Key, str]]) -> dict[_Key, dict[str, int]]:
    """How often each reason was given, the most frequent first."""
    counts: defaultdict[_Key, Counter[str]] = defaultdict(Counter)
    for key, reason in found:
        counts[key][reason] += 1
    return {key: dict(reasons.most_common()) for key, reasons in counts.items()}
