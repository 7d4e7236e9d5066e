"""Finishing a run: from its directory to verdicts and reports, after the tests as well as any time later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medgen_pytest.domain.judgement import JUDGE_METRICS, JUDGED
from medgen_pytest.domain.plain import section_of
from medgen_pytest.domain.planned import read_aggregation
from medgen_pytest.errors import ConfigError, StoreError
from medgen_pytest.evaluation.gates import check_gates, parse_gate
from medgen_pytest.evaluation.profile import Profile, load_profile, profile_from_dict
from medgen_pytest.evaluation.run_result import GatePolicy, RunResult, evaluate_run
from medgen_pytest.evaluation.spending import Spent, free_of, judge_spending_of, spending_of
from medgen_pytest.metrics.registry import specs_with_own
from medgen_pytest.reports.json_report import write_json_report
from medgen_pytest.reports.junit import write_junit_report
from medgen_pytest.runs.collecting import collection_paused
from medgen_pytest.runs.page.wanted import write_wanted_page
from medgen_pytest.runs.shards import shard_of
from medgen_pytest.runs.summaries import write_summaries

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medgen_pytest.config.settings import ReportSettings
    from medgen_pytest.datasets import BenchmarkDataset
    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.evaluation.baseline import Baseline
    from medgen_pytest.metrics.contract import MetricSpec
    from medgen_pytest.store import RunDirectory

CALIBRATION_FILE = "calibration.json"
"""Where a run keeps what experts have said of its judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What a rescoring changes; None keeps what the run says."""

    profile: str | None = None
    thresholds: Mapping[str, float]
    gates: tuple[str, ...] | None = None
    max_error_rate: float | None = None
    min_samples: int | None = None
    aggregate: Aggregation | None = None


@collection_paused()
def finish_run(store: RunDirectory, *, profile: Profile, policy: GatePolicy) -> RunResult:
    """The result of what a run directory holds.

    A result that another revision of its model gave, or that was scored under other conventions than
    the latest session's, is as good as missing. Raises StoreError or ConfigError.
    """
    stored = store.load()
    shard_of(stored.manifest)
    facts = {key: value for key, value in stored.manifest.items() if key != "schema_version"}
    current = {
        key: _with_current_judgements(result, stored.manifest)
        for key, result in stored.results.items()
        if is_current(result, stored.manifest)
    }
    outdated = len(stored.results) - len(current)
    facts.update(stored.doubts)
    facts.update({"outdated_results": outdated} if outdated else {})
    facts["sessions"] = store.sessions()
    calibrations = _calibrations(store, stored.manifest)
    facts.update({"judge_calibrations": calibrations} if calibrations else {})
    measured = _measured(stored.manifest)
    spent = Spent(
        models=spending_of(stored.answers, free=free_of(stored.manifest.get("models"))),
        judges=judge_spending_of([*stored.answers, *stored.rejudged], free=free_of(_judges(stored.manifest))),
    )
    return evaluate_run(
        stored.planned, current, profile=profile, policy=policy, facts=facts, measured=measured, spent=spent
    )


def rescore_run(store: RunDirectory, overrides: Overrides, *, root: Path) -> RunResult:
    """The result of a stored run under other thresholds or gates, without asking any model.

    Raises StoreError for what is no run or holds no plan, ConfigError for settings that cannot work.
    """
    manifest = store.manifest()
    if not store.sessions():
        raise StoreError(f"{store.path} holds no plan-*.jsonl: the run ended before its first sample; start a new one")
    profile, policy = settle_overrides(manifest, overrides, root=root, path=store.path)
    if overrides.gates and shard_of(manifest) is None:
        check_gates(policy.gates, store.load().planned, profile)
    return finish_run(store, profile=profile, policy=policy)


def settle_overrides(
    manifest: Mapping[str, object], overrides: Overrides, *, root: Path, path: Path
) -> tuple[Profile, GatePolicy]:
    """Profile and policy of the run in `path` as overrides change them.

    Raises StoreError for a manifest that is none, ConfigError for settings that cannot work.
    """
    metrics = _metrics(manifest)
    profile = _profile(manifest, overrides, root=root, metrics=metrics)
    policy = _policy(manifest, overrides, metrics=metrics)
    _check_measured(profile, policy, _measured(manifest), path)
    return profile, replace(policy, baselines=_baselines(policy, overrides, root=root, path=path))


@collection_paused()
def write_reports(
    run: RunResult, store: RunDirectory, settings: ReportSettings, *, dataset: BenchmarkDataset | None = None
) -> tuple[Path, ...]:
    """Writes `report.json`, the aggregated JUnit file, the HTML page unless none is wanted, and summaries.

    The paths are those of all but the summaries. `dataset` is that of the run, where it is open already.
    """
    json_path = settings.json_path or store.path / "report.json"
    junit_path = settings.junit or store.path / "junit.xml"
    write_json_report(run, json_path)
    write_junit_report(run, junit_path)
    reports = (json_path, junit_path, *write_wanted_page(run, store, settings, dataset=dataset))
    write_summaries(run, store, settings, reports=reports)
    return reports


def _metrics(manifest: Mapping[str, object]) -> Mapping[str, MetricSpec]:
    """The metrics of the package and those of the user that the run was made with."""
    try:
        return specs_with_own(_items(manifest.get("own_metrics")))
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"run.json: own_metrics holds what is no metric ({error}); it was edited") from error


def _measured(manifest: Mapping[str, object]) -> frozenset[str] | None:
    metrics = manifest.get("metrics")
    return frozenset(map(str, metrics)) if isinstance(metrics, Mapping) else None


def _check_measured(profile: Profile, policy: GatePolicy, measured: frozenset[str] | None, path: Path) -> None:
    """Raises ConfigError where a verdict would need a score that the run does not have."""
    needed = profile.all_required.union(*(gate.needs for gate in policy.gates))
    lacking = sorted(needed - measured) if measured is not None else []
    if lacking:
        raise ConfigError(
            f"this run has no scores of {', '.join(lacking)}; add them with:"
            f" medgen score {path} --metrics={','.join(lacking)}"
        )


def stored_profile(manifest: Mapping[str, object]) -> Profile:
    """The profile that a run was made with. Raises StoreError or ConfigError for what is none."""
    return profile_from_dict(_without_digest(_section(manifest, "profile")), metrics=_metrics(manifest))


def _profile(
    manifest: Mapping[str, object], overrides: Overrides, *, root: Path, metrics: Mapping[str, MetricSpec]
) -> Profile:
    profile = stored = stored_profile(manifest)
    if overrides.profile is not None:
        profile = load_profile(overrides.profile, root=root, metrics=metrics)
        if (profile.convention, profile.on_size_mismatch) != (stored.convention, stored.on_size_mismatch):
            raise ConfigError(
                f"the scores of this run were computed as {stored.convention}/{stored.on_size_mismatch}, but profile"
                f" {profile.name} wants {profile.convention}/{profile.on_size_mismatch}: run again with that profile"
            )
    return profile.override(thresholds=overrides.thresholds)


def _policy(manifest: Mapping[str, object], overrides: Overrides, *, metrics: Mapping[str, MetricSpec]) -> GatePolicy:
    settings = _section(manifest, "settings")
    gates = settings.get("gates") if overrides.gates is None else overrides.gates
    max_error_rate = _number(overrides.max_error_rate, settings.get("max_error_rate"), default=0.0)
    min_samples = _number(overrides.min_samples, settings.get("min_samples"), default=1)
    if not 0 <= max_error_rate <= 1:  # NaN, which would let everything through, too
        raise ConfigError(f"max-error-rate {max_error_rate:g}: a share from 0 to 1 is needed")
    if not min_samples >= 1:
        raise ConfigError(f"min-samples {min_samples:g}: at least 1 is needed")
    return GatePolicy(
        gates=tuple(parse_gate(str(text), metrics=metrics) for text in _items(gates)),
        max_error_rate=max_error_rate,
        min_samples=int(min_samples),
        aggregate=overrides.aggregate or _aggregate(settings),
        early_stop=_early_stop(settings),
    )


def _baselines(policy: GatePolicy, overrides: Overrides, *, root: Path, path: Path) -> Mapping[str, Baseline]:
    """What gates are against: the files that new gates name, or the copies that the run keeps for its own."""
    if not any(gate.baseline for gate in policy.gates):
        return {}
    from medgen_pytest.runs.baselines import kept_baselines, named_baselines

    if overrides.gates is None:
        return kept_baselines(policy.gates, path)
    return named_baselines(policy.gates, root=root)


def _aggregate(settings: Mapping[str, object]) -> Aggregation:
    """How the repeats of a run count; one that knows of none asked each sample once."""
    try:
        return read_aggregation(settings.get("aggregate", "mean"))
    except ValueError as error:
        raise StoreError(f"run.json: {error}; it was edited") from error


def is_current(result: SampleResult, manifest: Mapping[str, object]) -> bool:
    """Whether a result is the latest session's: of the same model, scored under the same conventions."""
    model = section_of(section_of(manifest, "models"), result.model)
    wanted = {"model": model.get("digest"), "metrics": manifest.get("scoring")}
    # A sample that nobody could ask (its image is broken, its process died) has no digests, and no scores.
    return all(result.digests.get(name) in {digest, None} for name, digest in wanted.items() if digest is not None)


def _calibrations(store: RunDirectory, manifest: Mapping[str, object]) -> dict[str, object]:
    """What experts have said of the judge of this run, by metric; not of another judge, rubric or rule."""
    if not (store.path / CALIBRATION_FILE).exists() or not manifest.get("judge"):
        return {}
    from medgen_pytest.runs.experts.calibrating import read_calibrations

    conventions = _section(_section(manifest, "judge"), "conventions")
    found = read_calibrations(store.path)
    return {
        metric: report
        for metric, report in found.items()
        if isinstance(report, Mapping) and report.get("convention") == conventions.get(metric)
    }


def _with_current_judgements(result: SampleResult, manifest: Mapping[str, object]) -> SampleResult:
    """A result without scores and judgements of judges, rubrics or rules that are not the latest session's."""
    conventions = _section(manifest, "judge").get("conventions") if manifest.get("judge") else None
    wanted = conventions if isinstance(conventions, Mapping) else {}
    foreign = [name for name, score in result.scores.items() if name in JUDGED and score.convention != wanted.get(name)]
    if not foreign:
        return result
    return replace(
        result,
        scores={name: score for name, score in result.scores.items() if name not in foreign},
        judgements=tuple(said for said in result.judgements if JUDGE_METRICS[said.tier] not in foreign),
    )


def _judges(manifest: Mapping[str, object]) -> object:
    return section_of(manifest, "judge").get("judges")


def _section(manifest: Mapping[str, object], name: str) -> dict[str, object]:
    section = manifest.get(name)
    if not isinstance(section, dict):
        raise StoreError(f"run.json has no section {name!r}: it was not written by medgen-pytest, or it was edited")
    return section


def _without_digest(section: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in section.items() if key != "digest"}


def _early_stop(settings: Mapping[str, object]) -> float | None:
    """The level at which a run may have ended early; None for one that asked for everything."""
    level = settings.get("early_stop")
    if level is not None and not (isinstance(level, float) and 0 < level < 1):
        raise StoreError(f"run.json: early_stop {level!r} is no level between 0 and 1; it was edited")
    return level


def _items(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def _number(override: float | None, stored: object, *, default: float) -> float:
    if override is not None:
        return override
    return float(stored) if isinstance(stored, int | float) else default
