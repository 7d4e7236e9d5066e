"""How long a finished run takes to become a report: `python benchmarks/report_speed.py [--models 25]`.

Makes up a run of the size of MedGEN-Bench (6,623 samples, each of its tasks with as many as the benchmark has, some of
them of one image) for each of so many models, writes it as a run directory, and reads it in a process of its own.
Printed are the seconds of that process for reading, aggregation (verdicts, slices, intervals, gates) and the JSON
report, and its largest memory. The goals are 10 s for aggregation and JSON of 25 models, and 1 GB. On a machine with
other load the time of the processors tells more.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.result import SampleResult, StoredOutput
from medgen_pytest.domain.sample import make_sample_id
from medgen_pytest.domain.score import Score
from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.evaluation.profile import load_profile
from medgen_pytest.store import RunDirectory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from medgen_pytest.evaluation.profile import Profile

SIZES = {
    Format.VQA: (300, 300, 200, 300),
    Format.IMAGE_EDITING: (900, 595, 595, 594, 594, 594),
    Format.MULTIMODAL_GENERATION: (276, 275, 275, 275, 275, 275),
}
"""The records of each task, as far as the benchmark says how they divide."""

SUBTASKS = 4
IMAGES = 5000
GOALS = {"aggregation and JSON, s": 10, "largest memory, MB": 1000}


def tasks() -> Iterator[tuple[Task, int]]:
    """Every task with the number of its records."""
    for form, sizes in SIZES.items():
        yield from zip((task for task in Task if task.format is form), sizes, strict=True)


def planned_samples(model: str) -> list[PlannedSample]:
    """The plan of a model."""
    modalities = tuple(Modality)
    return [
        PlannedSample(
            model=model,
            sample_id=make_sample_id(task, number),
            task=task,
            modality=modalities[number % len(modalities)],
            subtask=f"{task.value} {number % SUBTASKS}",
            nodeids=(f"benchmark_tests/test_{task.format.value}.py::test[{model}|{number}]",),
        )
        for task, size in tasks()
        for number in range(1, size + 1)
    ]


def results(planned: Sequence[PlannedSample], *, seed: int) -> Iterator[SampleResult]:
    """A result for each planned sample: most answered, a hundredth errors, with scores of all metrics of its task."""
    profile = load_profile("medgen-2026.08", root=Path())
    generator = np.random.default_rng(seed)
    images = np.random.default_rng(0).integers(0, IMAGES, len(planned))
    for sample, image in zip(planned, images, strict=True):
        names = [name for name in profile.thresholds if profile.metrics[name].applies_to(sample.task)]
        is_error = generator.random() < 0.01  # noqa: PLR2004 - a share
        values = generator.beta(4, 2, len(names)).tolist()
        yield SampleResult(
            model=sample.model,
            sample_id=sample.sample_id,
            task=sample.task,
            modality=sample.modality,
            subtask=sample.subtask,
            status="error" if is_error else "answered",
            reason="endpoint down" if is_error else None,
            scores={} if is_error else dict(scores(zip(names, values, strict=True), profile)),
            output=StoredOutput(text="No focal lesion. " * 8 if sample.format.wants_text else None, seconds=1.25),
            digests={"model": "a" * 64, "metrics": "b" * 64, "sample": f"{image:064x}"},
            first_input=f"{image:016x}",
            finished="2026-08-01T00:00:00.000+00:00",
            worker="main",
        )


def scores(values: Iterable[tuple[str, float]], profile: Profile) -> Iterator[tuple[str, Score]]:
    """Scores of metrics from numbers in 0..1; PSNR in dB, judges up to 10."""
    scales = {"psnr": 45.0, "judge_with_reference": 10.0, "judge_without_reference": 10.0}
    for name, value in values:
        direction = profile.metrics[name].direction
        value_in_units = value * scales.get(name, 1.0)
        yield name, Score(metric=name, value=value_in_units, direction=direction, convention=f"{name}/upstream@1")


def write_run(path: Path, *, models: int) -> int:
    """Writes a run of so many models; the number of its results."""
    store = RunDirectory(path)
    store.create({"run_id": "made-up", "started": "2026-08-01T00:00:00+00:00"})
    plans = [planned_samples(f"model-{number:02d}") for number in range(models)]
    store.plan([sample for plan in plans for sample in plan], session="made-up")
    for number, plan in enumerate(plans):
        for result in results(plan, seed=number):
            store.append(result, worker="main")
    store.close()
    return sum(len(plan) for plan in plans)


REPORT = """
import json, resource, sys, time
from pathlib import Path
from medgen_pytest.evaluation.gates import parse_gate
from medgen_pytest.evaluation.profile import load_profile
from medgen_pytest.evaluation.run_result import GatePolicy, evaluate_run
import medgen_pytest.evaluation.early_stop, medgen_pytest.evaluation.slices  # which the first evaluation would load
from medgen_pytest.reports.json_report import write_json_report
from medgen_pytest.runs.collecting import collection_paused
from medgen_pytest.store import RunDirectory

def clock():
    return time.perf_counter(), time.process_time()

def span(start, end):
    return [after - before for before, after in zip(start, end)]

store = RunDirectory(Path(sys.argv[1]))
policy = GatePolicy(gates=(parse_gate("all/accuracy >= 0.01"), parse_gate("image_editing/ssim >= 0.5")))
profile = load_profile("medgen-2026.08", root=Path())
started = clock()
with collection_paused():  # as `finish_run` does, and `write_reports`
    stored = store.load()
    read = clock()
    run = evaluate_run(stored.planned, stored.results, profile=profile, policy=policy, facts={})
    evaluated = clock()
    write_json_report(run, store.path / "report.json")
    written = clock()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
print(json.dumps({
    "slices": [len(run.slices), None],
    "reading, s": span(started, read),
    "aggregation, s": span(read, evaluated),
    "JSON, s": span(evaluated, written),
    "aggregation and JSON, s": span(read, written),
    "largest memory, MB": [peak, None],
}))
"""


def main() -> None:
    """Writes the run, reads it, prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, default=25)
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, numpy {metadata.version('numpy')}, scipy {metadata.version('scipy')}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        started = time.perf_counter()
        number = write_run(path, models=options.models)
        print(f"{number} results of {options.models} models, written in {time.perf_counter() - started:.1f} s")
        command = [sys.executable, "-c", REPORT, str(path)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        told["report.json, MB"] = ((path / "report.json").stat().st_size / 1e6, None)
    for name, (value, processor) in told.items():
        more = f"{processor:>10.2f} of the processors" if processor is not None else ""
        print(f"{name:<26}{value:>10.2f}{more}", f"(goal: {GOALS[name]})" if name in GOALS else "")


if __name__ == "__main__":
    main()
