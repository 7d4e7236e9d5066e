"""The judging of a study: what the judges say of each output as it was made, and under each control."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from medgen_pytest.domain.judgement import JUDGE_METRICS
from medgen_pytest.engine.recorder import Evaluation
from medgen_pytest.evaluation.controls import OVERALL, Pair
from medgen_pytest.judge.combining import combine
from medgen_pytest.runs.controls.trials import UNTOUCHED, LeftOut

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medgen_pytest.domain.judgement import Judgement, Tier
    from medgen_pytest.domain.result import ResultKey
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.engine.jury import Jury
    from medgen_pytest.judge.bench import Bench
    from medgen_pytest.runs.controls.log import JudgementLog
    from medgen_pytest.runs.controls.material import Material
    from medgen_pytest.runs.controls.trials import Trial
    from medgen_pytest.runs.score import Progress


@dataclass(slots=True)
class ControlJudging:
    """The trials of a study and what was said of each: `said` by control, then by output."""

    bench: Bench
    material: Material
    log: JudgementLog
    said: defaultdict[str, dict[ResultKey, tuple[Judgement, ...]]] = field(default_factory=lambda: defaultdict(dict))
    replaced: list[dict[str, object]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    asked: int = 0

    def carry_out(self, jury: Jury, *, window: int, progress: Progress) -> None:
        """Asks for the judgements that are not there yet, and keeps each as it comes."""
        total = len(self.material.drawn) * (1 + len(self.material.policy.controls))
        for evaluation, judgements in jury.judge_all(self._due(progress, total), window=window):
            result = evaluation.result
            control = result.digests["control"]
            self.log.add(control, result.key, judgements)
            self.asked += len(judgements)
            self.said[control][result.key] = self.bench.merge(result, judgements)
            progress(1, total)

    def _due(self, progress: Progress, total: int) -> Iterator[tuple[Sample, Evaluation]]:
        for trial in self.material.trials():
            if isinstance(trial, LeftOut):
                self.left_out.append(trial)
                progress(1, total)
                continue
            self._note(trial)
            result = replace(trial.result, judgements=self.log.of(trial.control, trial.result, self.bench))
            if not self.bench.due(result):
                self.said[trial.control][result.key] = result.judgements
                progress(1, total)
                continue
            marked = replace(result, digests={**result.digests, "control": trial.control})
            yield trial.shown.sample, Evaluation(result=marked, output=trial.shown.output, reused=True)

    def _note(self, trial: Trial) -> None:
        if trial.control != UNTOUCHED:
            key = trial.result.key
            self.replaced.append(
                {"control": trial.control, "sample_id": key.sample_id, "replaced": trial.replaced, "by": dict(trial.by)}
            )

    def pairs(self, tier: Tier, control: str) -> list[Pair]:
        """The scores of the outputs that could be put under a control, before and after, in order."""
        before, after = self.said[UNTOUCHED], self.said[control]
        return [
            Pair(before=self._scores(tier, before[key]), after=self._scores(tier, after[key])) for key in sorted(after)
        ]

    def errors(self) -> Iterator[tuple[Tier, str, ResultKey, str]]:
        """Where there is no score, and why."""
        for control in (UNTOUCHED, *self.material.policy.controls):
            for key, judgements in sorted(self.said[control].items()):
                for tier in self.bench.tiers:
                    score = self.bench.scores(judgements)[JUDGE_METRICS[tier]]
                    if score.value is None:
                        yield tier, control, key, score.reason or "no reason"

    def _scores(self, tier: Tier, judgements: Sequence[Judgement]) -> dict[str, float] | None:
        """The overall score and that of each dimension, each combined as the bench does; None without a score."""
        bench = self.bench
        overall = bench.scores(judgements)[JUDGE_METRICS[tier]].value
        if overall is None:
            return None
        given: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
        for judgement in judgements:
            if judgement.tier == tier:
                for name, value in judgement.dimensions.items():
                    given[name][judgement.judge].append(value)
        combined = {
            name: combine([combine(values, bench.combine) for values in by_judge.values()], bench.rule)
            for name, by_judge in given.items()
        }
        return {OVERALL: overall, **combined}
