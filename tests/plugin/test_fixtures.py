"""Tests of one's own on the fixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench


def test_three_lines_are_enough(bench: Bench) -> None:
    bench.write(
        "test_own.py",
        "import pytest\n@pytest.mark.medgen(format='image_editing')\ndef test_own(medgen_assert): medgen_assert()\n",
    )

    result = bench.run("--model=oracle", tests="test_own.py")

    result.assert_outcomes(passed=2)


def test_the_fixtures_show_sample_model_output_and_scores(bench: Bench) -> None:
    bench.write(
        "test_own.py",
        """
import numpy as np
import pytest

@pytest.mark.medgen(format="image_editing", modality="CT")
def test_own(medgen_sample, medgen_model, medgen_output, medgen_result, medgen_case):
    assert medgen_case.sample_id == medgen_sample.sample_id == "edit:noise-reconstruction:000001"
    assert medgen_case.model == "oracle"
    assert medgen_sample.modality == "CT" and medgen_sample.task.value == "noise-reconstruction"
    assert medgen_sample.inputs[0].array().shape == (32, 32, 3)
    assert np.array_equal(medgen_output.image, medgen_sample.target.image.array())
    assert medgen_result.outcome == "accurate"
    assert medgen_result.scores["ssim"] == 1.0
    assert medgen_result.reason is None
    assert medgen_model.answer(medgen_sample.request()).image is not None
""",
    )

    result = bench.run("--model=oracle", tests="test_own.py")

    result.assert_outcomes(passed=1)


def test_the_assertion_takes_thresholds_of_the_tests_own(bench: Bench) -> None:
    bench.write(
        "test_own.py",
        """
import pytest

pytestmark = pytest.mark.medgen(format="image_editing", modality="CT")

def test_lenient(medgen_assert): medgen_assert(ssim=0.1, psnr=5)
def test_strict(medgen_assert): medgen_assert(ssim=0.99)
def test_unknown(medgen_assert): medgen_assert(ssin=0.99)
""",
    )

    result = bench.run("--model=copy-input", tests="test_own.py")

    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*unknown metric 'ssin'; did you mean 'ssim'?*"])


COUNTING = """
def answer(request):
    with open("calls", "a") as file:
        file.write("x")
    return "A"
"""


def test_several_tests_on_one_sample_ask_the_model_once(bench: Bench) -> None:
    bench.write("counting.py", COUNTING)
    bench.write("test_own.py", "def test_a(medgen_output): pass\ndef test_b(medgen_result): pass\n")

    result = bench.run("--model=python:counting:answer", "--medgen-formats=vqa", tests="test_own.py")

    result.assert_outcomes(passed=8)
    assert len((bench.path / "calls").read_text()) == 4
    assert bench.report()["totals"]["planned"] == 4


def test_the_fixtures_join_other_parameters(bench: Bench) -> None:
    bench.write(
        "test_own.py",
        "import pytest\n@pytest.mark.parametrize('n', [1, 2])\ndef test_own(n, medgen_assert): medgen_assert()\n",
    )

    result = bench.run("--model=oracle", "--medgen-formats=vqa", tests="test_own.py")

    result.assert_outcomes(passed=8)
    assert bench.report()["totals"]["planned"] == 4


def test_a_test_that_only_looks_at_samples_plans_nothing(bench: Bench) -> None:
    bench.write("test_own.py", "def test_own(medgen_sample): assert medgen_sample.instruction\n")

    result = bench.run("--model=oracle", tests="test_own.py")

    result.assert_outcomes(passed=8)
    assert not (bench.path / "run").exists()


def test_an_adapter_of_a_conftest_is_a_model_like_any_other(bench: Bench) -> None:
    bench.write(
        "conftest.py",
        """
from medgen_pytest import ModelOutput

class Constant:
    identity = {"adapter": "constant"}
    def __init__(self, text): self.text = text
    def answer(self, request): return ModelOutput(text=self.text)

def pytest_medgen_models(config):
    return {"constant": lambda name, settings, context: Constant(settings.get("text", "A"))}
""",
    )

    result = bench.run("--model=constant", "--medgen-formats=vqa")

    result.assert_outcomes(passed=2, failed=2)


@pytest.mark.parametrize("answer", ["async def answer(request):\n    return 'A. left'\n"])
def test_an_asynchronous_function_is_a_model(bench: Bench, answer: str) -> None:
    bench.write("own.py", answer)

    result = bench.run("--model=python:own:answer", "--medgen-formats=vqa", "-k", "000001")

    result.assert_outcomes(passed=1, deselected=3)


def test_the_fixtures_are_listed_with_what_they_give(bench: Bench) -> None:
    result = bench.pytest("--fixtures", "-q", "benchmark_tests")

    for name in ("medgen_sample", "medgen_model", "medgen_output", "medgen_result", "medgen_assert", "medgen_case"):
        result.stdout.fnmatch_lines([f"{name}*"])
