"""The fixtures: a sample, a model, its output, the scores and the assertion."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.plugin.state import STATE

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.result import ResultKey
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.engine.evaluator import Evaluation
    from medgen_pytest.plugin.judged import JudgedResult


@pytest.fixture
def medgen_case(request: pytest.FixtureRequest) -> ResultKey:
    """Which model and which sample this test is about: `medgen_case.model`, `medgen_case.sample_id`."""
    key: ResultKey = request.param
    return key


@pytest.fixture
def medgen_sample(request: pytest.FixtureRequest, medgen_case: ResultKey) -> Sample:
    """The sample: instruction, input images (read when asked for), target, task, modality."""
    return request.config.stash[STATE].sample(medgen_case.sample_id)


@pytest.fixture
def medgen_model(request: pytest.FixtureRequest, medgen_case: ResultKey) -> Model:
    """The model: its `identity`, and `answer(request)` for questions of one's own, which are not recorded."""
    return request.config.stash[STATE].prepared.models[medgen_case.model]


@pytest.fixture
def medgen_evaluation(request: pytest.FixtureRequest, medgen_case: ResultKey) -> Evaluation:
    """The recorded evaluation that the fixtures `medgen_output` and `medgen_result` show parts of."""
    from medgen_pytest.plugin.evaluating import evaluate

    return evaluate(request.node, request.config.stash[STATE], medgen_case)


@pytest.fixture
def medgen_output(medgen_evaluation: Evaluation) -> ModelOutput:
    """The model's answer: `text`, `image` (uint8, height x width x 3) and how it was made.

    A model that cannot answer makes the test an ERROR; an unusable answer has its reason in `problem`.
    """
    return medgen_evaluation.output


@pytest.fixture
def medgen_result(
    request: pytest.FixtureRequest, medgen_evaluation: Evaluation, medgen_output: ModelOutput
) -> JudgedResult:
    """The scores by metric and the outcome under the thresholds of the run."""
    from medgen_pytest.plugin.evaluating import judge

    return judge(request.config.stash[STATE], medgen_evaluation, medgen_output)


@pytest.fixture
def medgen_assert(medgen_result: JudgedResult) -> Callable[..., None]:
    """Fails the test unless the sample is accurate; `medgen_assert(ssim=0.9)` asks for more than the profile."""
    from medgen_pytest.plugin.evaluating import fail_unless_accurate

    def check(**thresholds: float) -> None:
        __tracebackhide__ = True
        fail_unless_accurate(medgen_result, thresholds)

    return check
