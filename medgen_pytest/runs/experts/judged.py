"""A judged run: the outputs of a run directory that a judge has scored, with the rubric and the threshold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.domain.judgement import JUDGE_METRICS, TIERS
from medgen_pytest.domain.plain import section_of
from medgen_pytest.errors import ConfigError, StoreError, check_names
from medgen_pytest.evaluation.expert_sample import JudgedOutput
from medgen_pytest.runs.experts.stored_rubric import load_rubric
from medgen_pytest.runs.finish import is_current

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from medgen_pytest.domain.judgement import Tier
    from medgen_pytest.domain.result import ResultKey, SampleResult
    from medgen_pytest.reports.experts.sheet import Rubric
    from medgen_pytest.store import RunDirectory


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedRun:
    """The results of one tier's judging that stand, by key."""

    manifest: Mapping[str, object]
    tier: Tier
    rubric: Rubric
    threshold: float
    results: Mapping[ResultKey, SampleResult]

    @property
    def metric(self) -> str:
        """The metric of the tier."""
        return JUDGE_METRICS[self.tier]

    @property
    def convention(self) -> str:
        """What the scores were made by. Raises StoreError where they were made by several."""
        found = sorted({result.scores[self.metric].convention for result in self.results.values()})
        if len(found) > 1:
            raise StoreError(f"scores of {self.metric} were made in {len(found)} ways ({', '.join(found)}): judge anew")
        return found[0]

    @property
    def outputs(self) -> list[JudgedOutput]:
        """What experts may be shown."""
        return [
            JudgedOutput(key=key, task=result.task, modality=result.modality, score=self.score_of(result))
            for key, result in sorted(self.results.items())
        ]

    def score_of(self, result: SampleResult) -> float:
        """What the judge gave."""
        value = result.scores[self.metric].value
        return float("nan") if value is None else value

    @property
    def digests(self) -> dict[str, object]:
        """The digests of every judge that took part, and of the rubric that they had."""
        said = [judgement for result in self.results.values() for judgement in result.judgements]
        names = ("judge", "rubric")
        return {
            name: sorted({item.digests[name] for item in said if item.tier == self.tier and name in item.digests})
            for name in names
        }


def read_judged(
    store: RunDirectory, *, tier: Tier | None = None, models: Collection[str] = (), threshold: float | None = None
) -> JudgedRun:
    """What a judge has scored of a run: of one tier (the first that has scores), of some models (all).

    Raises StoreError for a run without judge scores, and ConfigError for a model that it does not have.
    """
    stored = store.load()
    current = [result for result in stored.results.values() if is_current(result, stored.manifest)]
    check_names("model", models, {result.model for result in current})
    chosen = [result for result in current if not models or result.model in models]
    tier = tier or _first_tier(chosen)
    scored = [result for result in chosen if tier is not None and _is_judged(result, tier)]
    if tier is None or not scored:
        names = ", ".join(JUDGE_METRICS.values() if tier is None else [JUDGE_METRICS[tier]])
        raise StoreError(f"{store.path} holds no scores of a judge ({names}): evaluate with a judge in medgen.yaml")
    return JudgedRun(
        manifest=stored.manifest,
        tier=tier,
        rubric=_rubric(stored.manifest),
        threshold=threshold if threshold is not None else _threshold(stored.manifest, JUDGE_METRICS[tier]),
        results={result.key: result for result in scored},
    )


def _first_tier(results: list[SampleResult]) -> Tier | None:
    return next((tier for tier in TIERS if any(_is_judged(result, tier) for result in results)), None)


def _is_judged(result: SampleResult, tier: Tier) -> bool:
    score = result.scores.get(JUDGE_METRICS[tier])
    return result.status == "answered" and score is not None and score.is_scored


def _rubric(manifest: Mapping[str, object]) -> Rubric:
    try:
        return load_rubric(section_of(manifest, "judge").get("rubric"))
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"run.json does not say by which rubric was judged ({error})") from error


def _threshold(manifest: Mapping[str, object], metric: str) -> float:
    value = section_of(section_of(manifest, "profile"), "thresholds").get(metric)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ConfigError(f"the run has no threshold for {metric}: give it with --threshold")
    return float(value)
