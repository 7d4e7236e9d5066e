"""Size and speed of a baseline of the whole benchmark: `python benchmarks/baseline_size.py [--models N]`.

6,623 samples for each model, spread over all tasks, with every score that a run computes without networks, at random;
each third sample shares its image with the two before. Prints the bytes of the file, plain and as a version control
system would pack it, and the seconds for making, writing and reading it and for deciding gates against it.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.result import SampleResult
from medgen_pytest.domain.sample import make_sample_id
from medgen_pytest.domain.score import Score
from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.baseline import baseline_of
from medgen_pytest.evaluation.gates import decide_gates, parse_gate
from medgen_pytest.evaluation.profile import load_profile
from medgen_pytest.evaluation.run_result import GatePolicy, RunResult, evaluate_run
from medgen_pytest.metrics.registry import GROUPS, METRICS
from medgen_pytest.reports.baseline import write_baseline
from medgen_pytest.runs.baselines import read_baseline

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLES = 6_623
GATES = (
    "all/accuracy drop <= 2% against main.json",
    "image_editing/ssim drop <= 2% against main.json",
    "vqa/bleu mean drop <= 0.02 against main.json",
    "all/accuracy lower bound >= 0.4",
)
_T = TypeVar("_T")


def main() -> None:
    """Makes one, measures and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--models", type=int, default=1)
    run = make_run(parser.parse_args().models)
    baseline, making = timed(lambda: baseline_of(run))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "main.json"
        _, writing = timed(lambda: write_baseline(baseline, path))
        read, reading = timed(lambda: read_baseline(path))
        data = path.read_bytes()
    policy = GatePolicy(gates=tuple(parse_gate(text) for text in GATES), baselines={"main.json": read})
    _, deciding = timed(lambda: decide_gates(policy, run.cases))
    print(f"{len(baseline.planned):,} samples, {len(baseline.conditions.conventions)} metrics")
    print(f"{len(data):,} bytes, {len(zlib.compress(data)):,} packed")
    print(f"made in {making:.2f} s, written in {writing:.2f} s, read in {reading:.2f} s")
    print(f"{len(GATES)} gates decided in {deciding:.2f} s")


def make_run(models: int) -> RunResult:
    """A run with random scores."""
    chance = random.Random(0)  # noqa: S311 - no secret
    names = [name for name in METRICS if name in GROUPS["default"]]
    planned = [plan(number, f"model-{model}") for model in range(models) for number in range(SAMPLES)]
    results = {sample.key: answer(sample, names, chance) for sample in planned}
    facts = {"run_id": "run", "metrics": {name: f"{name}/upstream@1" for name in names}}
    profile = load_profile("medgen-2026.08", root=Path())
    return evaluate_run(
        planned, results, profile=profile, policy=GatePolicy(), facts=facts, measured=frozenset(facts["metrics"])
    )


def plan(number: int, model: str) -> PlannedSample:
    """A sample of some task and modality."""
    task = list(Task)[number % len(Task)]
    return PlannedSample(
        model=model,
        sample_id=make_sample_id(task, number + 1),
        task=task,
        modality=list(Modality)[number % len(Modality)],
        subtask="Gaussian noise" if task is Task.NOISE_RECONSTRUCTION else None,
        cluster=f"{number // 3:016x}",
    )


def answer(sample: PlannedSample, names: list[str], chance: random.Random) -> SampleResult:
    """A result with a random score of each metric that applies."""
    scores = {
        name: Score(
            metric=name,
            value=chance.random() * (40 if name == "psnr" else 1),
            direction=METRICS[name].direction,
            convention=f"{name}/upstream@1",
        )
        for name in names
        if METRICS[name].applies_to(sample.task)
    }
    return SampleResult(
        model=sample.model,
        sample_id=sample.sample_id,
        task=sample.task,
        modality=sample.modality,
        subtask=sample.subtask,
        status="answered",
        scores=scores,
    )


def timed(act: Callable[[], _T]) -> tuple[_T, float]:
    """What comes of it, and the seconds it took."""
    started = time.perf_counter()
    found = act()
    return found, time.perf_counter() - started


if __name__ == "__main__":
    main()
