"""How long `medgen compare` takes for two full runs: reading, evaluating, statistics, flips and all three outputs.

    python benchmarks/compare_speed.py [--samples 6623] [--repeats 1] [--cluster 3]

Writes two runs of one model over as many synthetic samples as the benchmark has, in its proportions of tasks and
modalities, with the scores that each format has; the second differs a little. Every --cluster samples share an input
image. Then it compares them, in a process of its own, and prints seconds and peak memory. The goal is 10 s.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.result import SampleResult, StoredOutput
from medgen_pytest.domain.sample import make_sample_id
from medgen_pytest.domain.score import Score
from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.evaluation.profile import load_profile
from medgen_pytest.metrics.registry import METRICS
from medgen_pytest.store import RunDirectory

if TYPE_CHECKING:
    from collections.abc import Sequence

MODEL = "my-model"
GOAL = 10.0
ERRORS = 0.01
_IMAGE = ("ssim", "psnr", "lpips", "ms_ssim")
_TEXT = ("bleu", "token_f1", "bertscore", "rouge_l", "exact_match")


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=6623)
    parser.add_argument("--repeats", type=int, default=1, help="repeats of each sample")
    parser.add_argument("--cluster", type=int, default=3, help="samples of one input image")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for run, shift in (("a", 0.0), ("b", 0.01)):
            planned = plan(options.samples, repeats=options.repeats, cluster=options.cluster)
            write_run(folder / run, planned, shift=shift)
        seconds, lines = compare(folder)
        document = json.loads((folder / "c.json").read_text(encoding="utf-8"))
    (comparison,) = document["comparisons"]
    slices = sum(len(metric["slices"]) for metric in comparison["metrics"])
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = used.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {os.cpu_count()} cores")
    counts = f"{len(comparison['metrics'])} metrics, {slices} slices, {len(comparison['flips'])} flips, {lines} lines"
    print(f"{comparison['pairs']} pairs of {options.repeats} repeats, {counts}")
    print(f"{seconds:.2f} s, of them {used.ru_utime:.2f} s of the processor, {peak:.0f} MB (goal: {GOAL:g} s)")


def compare(folder: Path) -> tuple[float, int]:
    """Seconds of the command, interpreter included, and how many lines it printed."""
    program = "import sys; from medgen_pytest.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "compare", "a", "b", "--json", "c.json", "--markdown", "c.md"]
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(f"the comparison failed ({done.returncode}): {done.stderr}")
    return seconds, done.stdout.count("\n")


def write_run(path: Path, planned: Sequence[PlannedSample], *, shift: float) -> None:
    """A run directory as a session leaves it, without images."""
    generator = np.random.default_rng(round(1000 * shift))
    profile = load_profile("medgen-2026.08", root=path)
    kept = {name: value for name, value in profile.thresholds.items() if name in {*_IMAGE, *_TEXT}}
    facts = {**profile.to_dict(), "thresholds": kept}
    metrics = {name: f"{name}/upstream@1" for name in (*_IMAGE, *_TEXT) if name in METRICS}
    store = RunDirectory(path)
    store.create(
        {
            "run_id": path.name,
            "started": "2026-11-22T10:00:00+00:00",
            "dataset": {"fingerprint": "f"},
            "models": {MODEL: {"digest": "m"}},
            "metrics": metrics,
            "scoring": "c:resize",
            "profile": facts,
            "settings": {},
        }
    )
    store.plan(planned, session="s")
    for sample in planned:
        store.append(result_of(sample, metrics, generator, shift), worker="main")
    store.close()


def plan(samples: int, *, repeats: int, cluster: int) -> list[PlannedSample]:
    """As many samples, tasks and modalities in turns, each so often."""
    kinds = cycle((task, modality) for task in Task for modality in Modality)
    return [
        PlannedSample(
            model=MODEL,
            sample_id=make_sample_id(task, number),
            repeat=repeat,
            task=task,
            modality=modality,
            cluster=f"{number // cluster:016x}",
        )
        for number, (task, modality) in zip(range(1, samples + 1), kinds, strict=False)
        for repeat in range(repeats)
    ]


def result_of(
    planned: PlannedSample, metrics: dict[str, str], generator: np.random.Generator, shift: float
) -> SampleResult:
    """A result with a score of every metric of its format; one in a hundred is an error."""
    form = planned.format
    names = (*(_IMAGE if form is not Format.VQA else ()), *(_TEXT if form is not Format.IMAGE_EDITING else ()))
    is_error = generator.random() < ERRORS
    scores = {
        name: Score(
            metric=name,
            value=round(float(_value(name, generator.random()) + shift), 6),
            direction=METRICS[name].direction,
            convention=metrics[name],
        )
        for name in names
        if name in metrics
    }
    return SampleResult(
        model=MODEL,
        sample_id=planned.sample_id,
        repeat=planned.repeat,
        task=planned.task,
        modality=planned.modality,
        status="error" if is_error else "answered",
        reason="the endpoint is down" if is_error else None,
        scores={} if is_error else scores,
        output=StoredOutput(text="There is no focal consolidation, pleural effusion or pneumothorax."),
        digests={"model": "m", "metrics": "c:resize"},
        finished="2026-11-22T10:00:00.000+00:00",
        worker="main",
    )


def _value(name: str, chance: float) -> float:
    if name == "psnr":
        return 20 + 15 * chance
    return float(round(chance)) if name == "exact_match" else chance


if __name__ == "__main__":
    main()
