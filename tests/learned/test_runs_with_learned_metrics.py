"""Runs with learned metrics: the recorded outputs score as independent tools scored them, however they are run."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.learned.bertscore.encoders import minilm
from tests.learned.packages import require
from tests.sessions import FRESH

if TYPE_CHECKING:
    from collections.abc import Mapping

require("torch")
require("transformers")

BENCHMARK_TESTS = Path(__file__).resolve().parents[2] / "benchmark_tests"
MEDGEN = "import sys; from medgen_pytest.cli import main; sys.exit(main())"
CODES = {"vqa": "VQA", "edit": "ImageEditing", "gen": "MultimodalGeneration"}
# With all that the paper's table has but the judge; what needs other weights is left out.
SETTINGS = """
metrics:
  use: [paper, token_f1, rouge_l, entity_f1, bertscore_recall]
  torch_home: {torch_home}
  device: cpu
  bertscore: {{model: "{encoder}", layer: 6}}
"""


@dataclass(frozen=True)
class Bench:
    """A user's folder whose settings name the real weights."""

    pytester: pytest.Pytester
    data: Path

    def evaluate(self, run: str, *arguments: str) -> pytest.RunResult:
        """A run of pytest over the recorded outputs."""
        return self.pytester.runpytest_subprocess(
            *(*FRESH, "-q", "--tb=no", "benchmark_tests", f"--medgen-run-dir={run}"),
            *(f"--medgen-dataset={self.data / 'medgen-mini'}", f"--model=replay:{self.data / 'outputs-classical'}"),
            *arguments,
            timeout=500,
        )

    def score(self, run: str, *arguments: str) -> pytest.RunResult:
        """`medgen score` over the recorded outputs."""
        return self.pytester.run(
            *(sys.executable, "-c", MEDGEN, "score", str(self.data / "outputs-classical"), f"--run-dir={run}"),
            f"--dataset={self.data / 'medgen-mini'}",
            *arguments,
            timeout=500,
        )

    def scores(self, run: str) -> dict[str, dict[str, Any]]:
        """The scores of a run by sample."""
        document = json.loads((self.pytester.path / run / "report.json").read_text(encoding="utf-8"))
        return {sample["sample_id"]: sample["scores"] for sample in document["samples"]}


@pytest.fixture
def bench(pytester: pytest.Pytester, shared: Path) -> Bench:
    """A folder with the benchmark's tests and settings that name weights."""
    text = SETTINGS.format(torch_home=(shared / "weights" / "torch").as_posix(), encoder=Path(minilm()).as_posix())
    (pytester.path / "medgen.yaml").write_text(text, encoding="utf-8")
    shutil.copytree(BENCHMARK_TESTS, pytester.path / "benchmark_tests", ignore=shutil.ignore_patterns("__pycache__"))
    return Bench(pytester, shared / "data")


def expected(shared: Path) -> Mapping[str, Mapping[str, float | None]]:
    text = (shared / "data" / "outputs-classical" / "expected_scores.json").read_text(encoding="utf-8")
    samples: dict[str, dict[str, float | None]] = json.loads(text)["samples"]
    return samples


def compared(
    found: Mapping[str, Mapping[str, Any]], wanted: Mapping[str, Mapping[str, float | None]], metric: str, key: str
) -> list[tuple[float, float]]:
    """What was found beside what independent tools say, where they say something."""
    pairs = []
    for sample_id, scores in found.items():
        code, _, rest = sample_id.partition(":")
        value = wanted[f"{CODES[code]}:{rest}"].get(key)
        if value is not None:
            pairs.append((scores[metric]["value"], value))
    return pairs


@pytest.mark.slow
def test_runs_with_and_without_workers_and_the_scoring_command_agree_with_independent_tools(
    bench: Bench, shared: Path
) -> None:
    wanted = expected(shared)

    alone = bench.evaluate("alone", "--medgen-convention=canonical")
    bench.evaluate("together", "--medgen-convention=canonical", "-n", "2")
    bench.score("scored", "--convention=canonical")

    assert alone.ret == 1, alone.stdout.str()  # some samples are not accurate, none is an error
    found = bench.scores("alone")
    assert found == bench.scores("together")
    for metric, key, count in (("lpips", "lpips", 72), ("bertscore", "bertscore_minilm", 50)):
        pairs = compared(found, wanted, metric, key)
        assert len(pairs) == count
        assert [value for value, _ in pairs] == pytest.approx([value for _, value in pairs], abs=1e-4)
        batched = compared(bench.scores("scored"), wanted, metric, key)
        assert [value for value, _ in batched] == pytest.approx([value for value, _ in pairs], abs=1e-6)


@pytest.mark.slow
def test_the_upstream_convention_feeds_lpips_the_unit_range(bench: Bench, shared: Path) -> None:
    bench.score("scored", "--metrics=lpips", "--convention=upstream")

    pairs = compared(bench.scores("scored"), expected(shared), "lpips", "lpips_unit_range")
    assert len(pairs) == 72
    assert [value for value, _ in pairs] == pytest.approx([value for _, value in pairs], abs=1e-4)


def test_a_foreign_checkpoint_ends_the_run_before_the_first_sample(bench: Bench, tmp_path: Path) -> None:
    torch = require("torch")
    folder = tmp_path / "weights" / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    torch.save({"layer.weight": torch.zeros(3)}, folder / "alexnet-owt-7be5be79.pth")
    text = f"metrics: {{use: [lpips], torch_home: '{(tmp_path / 'weights').as_posix()}'}}\n"
    (bench.pytester.path / "medgen.yaml").write_text(text, encoding="utf-8")

    done = bench.evaluate("run", "--medgen-limit=4")

    assert done.ret == 4
    assert "alexnet-owt-7be5be79.pth: the layer 'features.0.weight'" in done.stderr.str() + done.stdout.str()
    assert not (bench.pytester.path / "run").exists()
