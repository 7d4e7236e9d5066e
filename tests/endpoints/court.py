"""A court: outputs judged by the judge of the settings over real sockets, without a session of pytest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from medgen_pytest.domain.result import SampleResult, StoredOutput
from medgen_pytest.engine.jury import Jury
from medgen_pytest.engine.recorder import Evaluation
from tests.judge.asking import OUTPUT
from tests.runs.small_run import prepare

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medgen_pytest.domain.judgement import Judgement
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.domain.score import Score


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What came of judging one output: a judgement for each tier, and the scores."""

    judgements: tuple[Judgement, ...]
    scores: Mapping[str, Score]

    @property
    def said(self) -> list[tuple[float | None, dict[str, float]]]:
        """The overall score and those of the dimensions, by tier."""
        return [(judgement.overall, dict(judgement.dimensions)) for judgement in self.judgements]


class Court:
    """The jury of some settings for a judge, in a folder with the small dataset."""

    def __init__(self, folder: Path, judge: Mapping[str, object], *, most_errors: int = 0) -> None:
        prepared = prepare(folder, "oracle", config=yaml.safe_dump({"judge": dict(judge)}))
        assert prepared.bench is not None
        self.samples = {sample.sample_id: sample for sample in prepared.samples}
        self._bench = prepared.bench
        self._jury = Jury(prepared.bench, secrets=prepared.secrets, meter=prepared.meter, most_errors=most_errors)

    def judge(self, *samples: Sample) -> list[Verdict]:
        """The verdicts on the same output for each sample, all at once, in the order of the samples."""
        due = [(sample, Evaluation(result=_answered(sample), output=OUTPUT)) for sample in samples]
        found = {}
        for evaluation, judgements in self._jury.judge_all(due, window=len(due)):
            merged = self._bench.merge(evaluation.result, judgements)
            found[evaluation.result.sample_id] = Verdict(judgements=merged, scores=self._bench.scores(merged))
        return [found[sample.sample_id] for sample in samples]

    def close(self) -> None:
        """Ends the jury and the connections of its judge."""
        self._jury.close()


def _answered(sample: Sample) -> SampleResult:
    return SampleResult(
        model="oracle",
        sample_id=sample.sample_id,
        task=sample.task,
        modality=sample.modality,
        status="answered",
        output=StoredOutput(text=OUTPUT.text, image="an-image.png"),
    )
