"""How much a run costs beside bare pytest: time, workers and memory, in one go.

    python benchmarks/run_speed.py [--samples 6623] [--repeats 3]

Writes a dataset whose records share a few small pictures, and evaluates a model on it that does nothing
(declared `immediate`; a row of its own shows what the time limit of a sample costs).
The rival is a bare test, parametrised over as many numbers, in the same pytest. Everything that a user
gets is on: records, run directory, reports. Runs take turns, medians are printed; the machine's other
load shows in all of them alike. Where it changes meanwhile, the seconds of the processors, workers and all, tell
more; ratios are of these.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

MODALITIES = ("CT", "MRI", "Ultrasound", "X-Ray", "Pathology", "Clinical Photography")
MODEL = "def answer(request):\n    return 'A'\n"
IMMEDIATE = MODEL + "answer.immediate = True\n"
BARE = "import pytest\n\n@pytest.mark.parametrize('number', range({count}))\ndef test_bare(number):\n    pass\n"
OURS = "def test_sample(medgen_assert):\n    medgen_assert()\n"


def write_dataset(root: Path, *, samples: int, side: int) -> None:
    """An organised tree of multiple-choice records that share twelve pictures of `side` pixels."""
    folder = root / "VQA" / "multiple-choice"
    (folder / "images").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(12):
        pixels = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"{number}.png", compress_level=1)
    with (folder / "data.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        for number in range(samples):
            record = {
                "instruction": f"Which finding does image {number} show? Choose one option: A. nodule B. effusion",
                "input_image": [f"images/{number % 12}.png"],
                "ground_truth_image": [],
                "modality": MODALITIES[number % 6],
                "category": "VQA",
                "paper_format": "VQA",
                "paper_task": "multiple-choice",
                "paper_subtask": None,
                "answer": "A. nodule",
                "choice": ["A. nodule", "B. effusion"],
            }
            file.write(json.dumps(record) + "\n")


class Took(NamedTuple):
    """What a run took: seconds, those of the processors with all its workers, and the peak of its largest process."""

    seconds: float
    processors: float
    memory: float


def of_processors() -> float:
    """The seconds of the processors that all ended children of this process took."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def run(folder: Path, *arguments: str) -> tuple[float, float]:
    """Seconds of a pytest run, and those of the processors; ends the benchmark if a test fails."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no", *arguments]
    started, used = time.perf_counter(), of_processors()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    output, _ = process.communicate()
    seconds = time.perf_counter() - started
    if process.returncode:
        raise SystemExit(f"the run failed ({process.returncode}):\n{output[-2000:]}")
    return seconds, of_processors() - used


CONFTEST = """
import os, resource, sys
def pytest_unconfigure(config):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    with open(os.path.join(os.path.dirname(__file__), "peak"), "a") as file:
        file.write(f"{peak}\\n")
"""


def measure(folder: Path, repeats: int, cases: dict[str, list[str]]) -> dict[str, Took]:
    """Median times and the highest memory of any process for each case; cases take turns."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
    memory: dict[str, float] = dict.fromkeys(cases, 0.0)
    for _ in range(repeats):
        for name, arguments in cases.items():
            peak = folder / "peak"
            peak.unlink(missing_ok=True)
            times[name].append(run(folder, *arguments))
            memory[name] = max([memory[name], *(float(line) for line in peak.read_text().split())])
    return {
        name: Took(
            seconds=statistics.median(seconds for seconds, _ in times[name]),
            processors=statistics.median(used for _, used in times[name]),
            memory=memory[name],
        )
        for name in cases
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=6623)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, samples=options.samples)
        results = measure(folder, options.repeats, cases(options.samples))
    show(results, samples=options.samples, repeats=options.repeats)


def prepare(folder: Path, *, samples: int) -> None:
    """The datasets, the models and the tests."""
    write_dataset(folder / "data", samples=samples, side=64)
    write_dataset(folder / "large", samples=samples // 10, side=2048)
    write_dataset(folder / "small", samples=samples // 10, side=64)
    for number in range(3):
        (folder / f"noop{number}.py").write_text(IMMEDIATE, encoding="utf-8")
        (folder / f"limited{number}.py").write_text(MODEL, encoding="utf-8")
    (folder / "test_ours.py").write_text(OURS, encoding="utf-8")
    (folder / "test_bare_1.py").write_text(BARE.format(count=samples), encoding="utf-8")
    (folder / "test_bare_3.py").write_text(BARE.format(count=3 * samples), encoding="utf-8")
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")


def cases(samples: int) -> dict[str, list[str]]:
    """The runs that are compared, by name."""

    def ours(models: int, *more: str, data: str = "data", noop: str = "noop") -> list[str]:
        return [
            "test_ours.py",
            f"--medgen-dataset={data}",
            *(f"--model=python:{noop}{n}:answer" for n in range(models)),
            *more,
        ]

    return {
        "bare, collection": ["test_bare_1.py", "--collect-only", "-qq"],
        "ours, collection": ours(1, "--collect-only", "-qq"),
        "bare x1": ["test_bare_1.py"],
        "ours x1": ours(1),
        "ours x1, with a time limit": ours(1, noop="limited"),
        "bare x1 -n2": ["test_bare_1.py", "-n2"],
        "ours x1 -n2": ours(1, "-n2"),
        "bare x3": ["test_bare_3.py"],
        "ours x3": ours(3),
        f"ours, {samples // 10} images of 64 px": ours(1, data="small"),
        f"ours, {samples // 10} images of 2048 px": ours(1, data="large"),
    }


def show(results: dict[str, Took], *, samples: int, repeats: int) -> None:
    """Prints the table and the ratios."""
    packages = ", ".join(f"{name} {metadata.version(name)}" for name in ("medgen-pytest", "pytest", "pytest-xdist"))
    print(f"Python {platform.python_version()}, {packages}, {os.cpu_count()} cores")
    print(f"{samples} samples a model; median of {repeats} runs, in turns")
    for name, took in results.items():
        print(f"{name:<34}{took.seconds:>8.2f} s {took.processors:>8.2f} s of processors {took.memory:>8.0f} MB")
    for ours, bare in (
        ("ours, collection", "bare, collection"),
        ("ours x1", "bare x1"),
        ("ours x1, with a time limit", "bare x1"),
        ("ours x3", "bare x3"),
        ("ours x1 -n2", "bare x1 -n2"),
        ("ours x1 -n2", "ours x1"),
    ):
        print(f"{ours} / {bare}: {results[ours].processors / results[bare].processors:.2f}")


if __name__ == "__main__":
    main()
