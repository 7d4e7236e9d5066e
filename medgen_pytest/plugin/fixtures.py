"""The fixtures: a sample, a model, its output, the scores and the assertion.

Each depends on the case alone, not on one another and not on pytest's `request`: pytest's own cost of
a fixture is most of what a sample costs here, and the evaluation is made once and kept on the test.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.plugin.case import MedgenCase
    from medgen_pytest.plugin.judged import JudgedResult


@pytest.fixture
def medgen_case() -> MedgenCase:
    """Which model and which sample this test is about: `medgen_case.model`, `.sample_id` and `.repeat`."""
    # Every test that names this fixture is parametrised, and a parameter takes the place of its fixture.
    raise pytest.UsageError("medgen: this test was collected without the plugin's hooks, so it has no sample")


@pytest.fixture
def medgen_sample(medgen_case: MedgenCase) -> Sample:
    """The sample: instruction, input images (read when asked for), target, task, modality."""
    return medgen_case.state.sample(medgen_case.sample_id)


@pytest.fixture
def medgen_model(medgen_case: MedgenCase) -> Model:
    """The model: its `identity`, and `answer(request)` for questions of one's own, which are not recorded."""
    return medgen_case.state.prepared.models[medgen_case.model]


@pytest.fixture
def medgen_output(medgen_case: MedgenCase) -> ModelOutput:
    """The model's answer: `text`, `image` (uint8, height x width x 3) and how it was made.

    A model that cannot answer makes the test an ERROR; an unusable answer has its reason in `problem`.
    """
    return medgen_case.judged().output


@pytest.fixture
def medgen_result(medgen_case: MedgenCase) -> JudgedResult:
    """The scores by metric and the outcome under the thresholds of the run."""
    return medgen_case.judged()


@pytest.fixture
def medgen_assert(medgen_case: MedgenCase) -> Callable[..., None]:
    """Fails the test unless the sample is accurate; `medgen_assert(ssim=0.9)` asks for more than the profile."""
    return medgen_case.judged().check
