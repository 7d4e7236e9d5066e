"""The fixtures: a sample, a model, its output, the scores and the assertion.

Each depends on the case alone and not on one another: pytest's own cost of a fixture is most of what
a sample costs here, and the evaluation is made once and kept on the test.
"""

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
def medgen_output(request: pytest.FixtureRequest, medgen_case: ResultKey) -> ModelOutput:
    """The model's answer: `text`, `image` (uint8, height x width x 3) and how it was made.

    A model that cannot answer makes the test an ERROR; an unusable answer has its reason in `problem`.
    """
    return _judged(request, medgen_case).output


@pytest.fixture
def medgen_result(request: pytest.FixtureRequest, medgen_case: ResultKey) -> JudgedResult:
    """The scores by metric and the outcome under the thresholds of the run."""
    return _judged(request, medgen_case)


@pytest.fixture
def medgen_assert(request: pytest.FixtureRequest, medgen_case: ResultKey) -> Callable[..., None]:
    """Fails the test unless the sample is accurate; `medgen_assert(ssim=0.9)` asks for more than the profile."""
    return _judged(request, medgen_case).check


def _judged(request: pytest.FixtureRequest, case: ResultKey) -> JudgedResult:
    from medgen_pytest.plugin.evaluating import evaluate

    return evaluate(request.node, request.config.stash[STATE], case)
