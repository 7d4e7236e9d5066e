"""Builders of run results: planned samples and records by hand, verdicts by the evaluation."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from medgen_pytest.domain.output import Usage
from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.result import SampleResult, Status, StoredOutput
from medgen_pytest.domain.score import Score
from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.gates import parse_gate
from medgen_pytest.evaluation.profile import load_profile
from medgen_pytest.evaluation.run_result import GatePolicy, RunResult, evaluate_run
from medgen_pytest.metrics.registry import METRICS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from medgen_pytest.domain.planned import Aggregation
    from medgen_pytest.domain.result import ResultKey

Ending = Literal["answered", "invalid", "error", "missing"]


@dataclass(kw_only=True)
class RunBuilder:
    """A run that grows sample by sample; `build` evaluates it."""

    planned: list[PlannedSample] = field(default_factory=list)
    results: dict[ResultKey, SampleResult] = field(default_factory=dict)

    def add(  # noqa: PLR0913 - each is one fact of a sample, and most have a default
        self,
        ending: Ending = "answered",
        *,
        model: str = "my-vlm",
        task: Task = Task.QUESTION_ANSWERING,
        modality: Modality = Modality.CT,
        subtask: str | None = None,
        scores: Mapping[str, float | None] | None = None,
        reason: str | None = None,
        text: str | None = None,
        seconds: float | None = None,
        times: int = 1,
    ) -> RunBuilder:
        """Adds so many samples of one kind."""
        for _ in range(times):
            sample = PlannedSample(
                model=model,
                sample_id=f"{task.format.code}:{task.value}:{len(self.planned) + 1:06d}",
                task=task,
                modality=modality,
                subtask=subtask,
            )
            self.planned.append(sample)
            if ending != "missing":
                output = StoredOutput(text=text, seconds=seconds, usage=Usage(output_tokens=7))
                self.results[sample.key] = _result(sample, ending, scores or {}, reason=reason, output=output)
        return self

    def repeat_first(self, times: int) -> RunBuilder:
        """Makes the first samples repeats of the very first one."""
        first = self.planned[0]
        for number, sample in enumerate(self.planned[:times]):
            self.planned[number] = planned = replace(sample, sample_id=first.sample_id, repeat=number)
            result = self.results.pop(sample.key, None)
            if result is not None:
                self.results[planned.key] = replace(result, sample_id=planned.sample_id, repeat=planned.repeat)
        return self

    def build(
        self,
        *gates: str,
        max_error_rate: float = 0.0,
        min_samples: int = 1,
        aggregate: Aggregation = "mean",
        facts: Mapping[str, object] | None = None,
        judged: Collection[str] = (),
    ) -> RunResult:
        """The run result under the profile medgen-2026.08; `judged` are the metrics that a judge gives."""
        policy = GatePolicy(
            gates=tuple(parse_gate(text) for text in gates),
            max_error_rate=max_error_rate,
            min_samples=min_samples,
            aggregate=aggregate,
        )
        profile = load_profile("medgen-2026.08", root=Path())
        measured = {"ssim", "psnr", "bleu", "exact_match", "token_f1", *judged}
        return evaluate_run(
            self.planned, self.results, profile=profile, policy=policy, facts=facts or {}, measured=measured
        )


def _result(
    sample: PlannedSample,
    status: Status,
    scores: Mapping[str, float | None],
    *,
    reason: str | None,
    output: StoredOutput,
) -> SampleResult:
    return SampleResult(
        model=sample.model,
        sample_id=sample.sample_id,
        repeat=sample.repeat,
        task=sample.task,
        modality=sample.modality,
        subtask=sample.subtask,
        status=status,
        reason=reason,
        scores={name: _score(name, value) for name, value in scores.items()},
        output=output,
    )


def _score(name: str, value: float | None) -> Score:
    return Score(
        metric=name,
        value=value,
        direction=METRICS[name].direction if name in METRICS else "higher",
        convention=f"{name}/upstream@1",
        reason="it broke" if value is None else None,
        notes=("resized from 10x10",) if name == "ssim" else (),
    )


@pytest.fixture(scope="session")
def new_run() -> type[RunBuilder]:
    """Makes a run without samples."""
    return RunBuilder


@pytest.fixture
def one_model() -> RunBuilder:
    """A model on three tasks, with every outcome."""
    image = Task.NOISE_RECONSTRUCTION
    good = {"ssim": 0.9, "psnr": 30.0}
    return (
        RunBuilder()
        .add(scores={"bleu": 0.5, "token_f1": 0.75}, modality=Modality.CT, seconds=1.5, times=3)
        .add(scores={"bleu": 0.01, "token_f1": 0.25}, modality=Modality.MRI, text="no <idea> & none", times=2)
        .add("error", reason="endpoint is down", modality=Modality.MRI)
        .add(scores={"exact_match": 1.0, "token_f1": 1.0}, task=Task.MULTIPLE_CHOICE, subtask="organ")
        .add("invalid", reason="the answer is empty", task=Task.MULTIPLE_CHOICE, subtask="organ")
        .add(scores=good, task=image, modality=Modality.X_RAY, subtask="gaussian", times=8)
        .add(scores={"ssim": 0.61, "psnr": 30.0}, task=image, modality=Modality.X_RAY, seconds=2.0)
        .add(scores={"ssim": 1.0, "psnr": float("inf")}, task=image)
        .add(scores={"ssim": None, "psnr": 30.0}, task=image)
        .add("missing", task=image, times=2)
    )


@pytest.fixture
def two_models(one_model: RunBuilder) -> RunBuilder:
    """The same, with a second model that answers some of it and a task of the third format."""
    return (
        one_model.add(model="other", scores={"bleu": 0.5}, times=2)
        .add("error", model="other", scores={}, reason="timeout")
        .add(
            model="other",
            task=Task.DISEASE_PREDICTION,
            modality=Modality.PATHOLOGY,
            scores={"ssim": 0.8, "psnr": 29.0, "bleu": 0.2, "token_f1": 0.4},
        )
    )
