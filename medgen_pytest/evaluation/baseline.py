"""Baselines: what a run said of each sample, small enough to be kept beside the code that must not fall behind it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import read_list, read_mapping, read_optional_text, read_text, section_of
from medgen_pytest.domain.planned import read_aggregation
from medgen_pytest.evaluation.baseline_line import dump_line, load_line, thinned
from medgen_pytest.evaluation.case import judge_cases
from medgen_pytest.evaluation.conditions import Conditions
from medgen_pytest.evaluation.profile import profile_from_dict
from medgen_pytest.metrics.registry import specs_with_own

if TYPE_CHECKING:
    from collections.abc import Collection

    from medgen_pytest.domain.planned import Aggregation, PlannedSample
    from medgen_pytest.domain.result import ResultKey, SampleResult
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.profile import Profile
    from medgen_pytest.evaluation.run_result import RunResult

SCHEMA_VERSION = 1
"""Version of the document; raised when a field changes its meaning."""

_KEPT_OF_MODELS = ("adapter", "digest", "kind", "model", "revision")


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The outcomes and scores of a run, sample by sample, and the conditions that it was made under.

    `results` are without outputs; their scores are rounded, but never across their threshold. `facts` are those of the
    run that say what it was: id, start, dataset, models by digest, conventions of metrics.
    """

    facts: Mapping[str, object]
    profile: Profile
    aggregate: Aggregation
    planned: tuple[PlannedSample, ...]
    results: Mapping[ResultKey, SampleResult]

    @property
    def models(self) -> list[str]:
        """The models whose answers it holds, sorted."""
        return sorted({sample.model for sample in self.planned})

    @property
    def conditions(self) -> Conditions:
        """What another run must share to be compared with it."""
        return Conditions.of(self.facts, self.profile)

    def model_for(self, model: str) -> str | None:
        """The model that another run's model is compared with: of the same name, else the only one there is."""
        models = self.models
        if model in models:
            return model
        return models[0] if len(models) == 1 else None

    def cases(self) -> list[Case]:
        """Every sample with its verdict, as the run had it."""
        return judge_cases(self.planned, self.results, self.profile, measured=_measured(self.facts))

    def to_run(self) -> RunResult:
        """The baseline as the result of a run without gates, outputs and costs."""
        from medgen_pytest.evaluation.run_result import GatePolicy, evaluate_run

        return evaluate_run(
            self.planned,
            self.results,
            profile=self.profile,
            policy=GatePolicy(aggregate=self.aggregate),
            facts=self.facts,
            measured=_measured(self.facts),
        )

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON, with a digest over all of them; `from_dict` gives back an equal baseline."""
        outcomes = {case.planned.key: case.verdict.outcome for case in self.cases()}
        samples: dict[str, list[object]] = {model: [] for model in self.models}
        for sample in self.planned:
            line = dump_line(sample, self.results.get(sample.key), outcome=outcomes[sample.key])
            samples[sample.model].append(line)
        body = {
            "medgen_baseline": SCHEMA_VERSION,
            **self.facts,
            "profile": self.profile.to_dict(),
            "aggregate": self.aggregate,
        }
        return {**body, "digest": _digest({**body, "samples": samples}), "samples": samples}

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Baseline:
        """The baseline that `to_dict` wrote.

        Raises ValueError for another schema version and for one that was edited, and ConfigError, KeyError, TypeError
        or ValueError for anything that is no baseline.
        """
        version = read_mapping(data).get("medgen_baseline")
        if version != SCHEMA_VERSION:
            raise ValueError(f"its schema version is {version!r}; this version of medgen-pytest reads {SCHEMA_VERSION}")
        body = {key: value for key, value in data.items() if key != "digest"}
        if data.get("digest") != _digest(body):
            raise ValueError("its digest does not fit what it holds: it was edited, merged or cut")
        samples = read_mapping(body.pop("samples"))
        facts = {key: body[key] for key in body if key not in {"medgen_baseline", "profile", "aggregate"}}
        metrics = specs_with_own(read_list(facts["own_metrics"]))
        conventions = {name: read_text(value) for name, value in read_mapping(facts["metrics"]).items()}
        loaded = [
            load_line(line, model=model, metrics=metrics, conventions=conventions)
            for model, lines in samples.items()
            for line in read_list(lines)
        ]
        return cls(
            facts=facts,
            profile=profile_from_dict(read_mapping(body["profile"]), metrics=metrics),
            aggregate=read_aggregation(body["aggregate"]),
            planned=tuple(sample for sample, _ in loaded),
            results={sample.key: result for sample, result in loaded if result is not None},
        )


def baseline_of(run: RunResult, *, models: Collection[str] = ()) -> Baseline:
    """What is kept of a run, of these models or of all.

    A sample that never finished is kept as that. Scores of metrics that the run's own table does not know are left out.
    """
    cases = [case for case in run.cases if not models or case.planned.model in models]
    cases.sort(key=lambda case: case.planned.key)
    conventions = _conventions(run)
    return Baseline(
        facts=_facts(run, kept={case.planned.model for case in cases}, conventions=conventions),
        profile=run.profile,
        aggregate=run.policy.aggregate,
        planned=tuple(replace(case.planned, cluster=case.cluster, nodeids=()) for case in cases),
        results={
            case.planned.key: thinned(case.result, run.profile, conventions=conventions)
            for case in cases
            if case.result is not None
        },
    )


def _conventions(run: RunResult) -> dict[str, str]:
    """The convention of each metric that the run measured, by its facts or, without any, by its scores."""
    told = run.facts.get("metrics")
    scores = [score for case in run.cases if case.result is not None for score in case.result.scores.values()]
    found = told if isinstance(told, Mapping) else {score.metric: score.convention for score in scores}
    return {name: str(found[name]) for name in sorted(found) if name in run.profile.metrics}


def _facts(run: RunResult, *, kept: Collection[str], conventions: Mapping[str, str]) -> dict[str, object]:
    dataset, models, versions = (section_of(run.facts, name) for name in ("dataset", "models", "versions"))
    identities = {name: section_of(models, name) for name in sorted(kept)}
    return {
        "run_id": read_optional_text(run.facts.get("run_id")),
        "created": read_optional_text(run.facts.get("started")),
        "version": versions.get("medgen-pytest"),
        "dataset": {key: dataset[key] for key in ("fingerprint", "samples") if key in dataset},
        "models": {
            name: {key: identity[key] for key in _KEPT_OF_MODELS if isinstance(identity.get(key), str)}
            for name, identity in identities.items()
        },
        "metrics": conventions,
        "own_metrics": run.facts.get("own_metrics") or [],
    }


def _measured(facts: Mapping[str, object]) -> frozenset[str]:
    return frozenset(section_of(facts, "metrics"))


def _digest(document: Mapping[str, object]) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
