"""Runs with local models, from the command line: the benchmark's own tests over real and embedded datasets."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.learned.local.tiny_local_models import save_pipeline, save_vision_language_model
from tests.learned.packages import require
from tests.sessions import FRESH

require("torch")
require("transformers")
require("diffusers")

BENCHMARK_TESTS = Path(__file__).resolve().parents[3] / "benchmark_tests"
SETTINGS = """
metrics: {use: [token_f1, psnr]}
models:
  tiny-vlm: {adapter: transformers, path: tiny-vlm, device: cpu, max_new_tokens: 8, batch_size: 3}
  tiny-editor: {adapter: diffusers, path: tiny-editor, device: cpu, steps: 2, batch_size: 2, max_side: 64}
  one-by-one: {adapter: transformers, path: tiny-vlm, device: cpu, max_new_tokens: 8, batch_size: 1}
"""


@dataclass(frozen=True)
class Bench:
    """A user's folder with two models and the benchmark's tests."""

    pytester: pytest.Pytester

    def evaluate(self, run: str, dataset: str, *arguments: str) -> pytest.RunResult:
        """A run of pytest."""
        return self.pytester.runpytest_subprocess(
            *(*FRESH, "-q", "--tb=short", "benchmark_tests"),
            *(f"--medgen-run-dir={run}", f"--medgen-dataset={dataset}", *arguments),
            timeout=400,
        )

    def records(self, run: str) -> dict[tuple[str, str], dict[str, Any]]:
        """What was stored of each model and sample."""
        lines = [
            line
            for path in sorted((self.pytester.path / run).glob("results-*.jsonl"))
            for line in path.read_text(encoding="utf-8").splitlines()
        ]
        found = [json.loads(line) for line in lines]
        return {(record["model"], record["sample_id"]): record for record in found}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both models. pytester forgets after each test what was imported in it, so they are made before."""
    folder = tmp_path_factory.mktemp("weights")
    save_vision_language_model(folder / "tiny-vlm")
    save_pipeline(folder / "tiny-editor")
    return folder


@pytest.fixture
def bench(weights: Path, pytester: pytest.Pytester) -> Bench:
    """The folder, with both models in it."""
    shutil.copytree(weights, pytester.path, dirs_exist_ok=True)
    (pytester.path / "medgen.yaml").write_text(SETTINGS, encoding="utf-8")
    shutil.copytree(BENCHMARK_TESTS, pytester.path / "benchmark_tests", ignore=shutil.ignore_patterns("__pycache__"))
    return Bench(pytester)


def answered(records: dict[tuple[str, str], dict[str, Any]]) -> dict[tuple[str, str], object]:
    return {key: (record["status"], record["scores"]) for key, record in records.items()}


@pytest.mark.slow
def test_both_models_answer_the_demo_dataset_alike_with_and_without_workers(bench: Bench) -> None:
    models = ("--model=tiny-vlm", "--model=tiny-editor", "--model=one-by-one", "--medgen-limit=6")

    alone = bench.evaluate("alone", "demo", *models)
    together = bench.evaluate("together", "demo", *models, "-n", "2")

    assert (alone.ret, together.ret) == (1, 1), alone.stdout.str()  # noise is not accurate
    first, second = bench.records("alone"), bench.records("together")
    assert {record["status"] for record in first.values()} == {"answered"}, alone.stdout.str()
    assert {model for model, _ in first} == {"tiny-vlm", "tiny-editor", "one-by-one"}
    texts = {key: value for key, value in answered(first).items() if key[0] != "tiny-editor"}
    assert texts == {key: value for key, value in answered(second).items() if key[0] != "tiny-editor"}
    assert {sample: value for (model, sample), value in texts.items() if model == "tiny-vlm"} == {
        sample: value for (model, sample), value in texts.items() if model == "one-by-one"
    }
    for key, record in first.items():  # which images share a batch is not fixed, and moves last bits
        if key[0] == "tiny-editor":
            psnr, other = record["scores"]["psnr"]["value"], second[key]["scores"]["psnr"]["value"]
            assert psnr == pytest.approx(other, abs=0.05)


@pytest.mark.slow
def test_both_models_answer_real_images(bench: Bench, shared: Path) -> None:
    data = str(shared / "data" / "medgen-mini")

    done = bench.evaluate("real", data, "--model=tiny-vlm", "--model=tiny-editor", "--medgen-limit=10")

    assert done.ret == 1, done.stdout.str()
    records = bench.records("real")
    assert {model for model, _ in records} == {"tiny-vlm", "tiny-editor"}
    assert {record["status"] for record in records.values()} == {"answered"}, done.stdout.str()
    output = next(record["output"] for (model, _), record in records.items() if model == "tiny-vlm")
    assert output["usage"]["output_tokens"] > 0
    assert output["finish_reason"] in {"stop", "length"}


def test_a_model_that_is_not_there_ends_the_run_before_the_first_sample(bench: Bench) -> None:
    shutil.rmtree(bench.pytester.path / "tiny-vlm")

    done = bench.evaluate("run", "demo", "--model=tiny-vlm")

    assert done.ret == 4
    assert "model 'tiny-vlm': there is neither a folder" in done.stderr.str() + done.stdout.str()
    assert not (bench.pytester.path / "run").exists()
