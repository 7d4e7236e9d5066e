"""How near the look-ahead comes to the ideal: the very same waits, gathered by asyncio under the same window.

    python benchmarks/lookahead_speed.py [--samples 2000] [--window 64]

The model is `async def` and sleeps. The ideal is measured in the same run, right before: an asyncio gather of
as many sleeps behind a semaphore as wide as the window. What is compared is the time from the start of the
first test to the end of the last, so without the start of pytest and of its workers. The requests are counted
by the model. A row without look-ahead (`--medgen-window 1`) stands for calling the model from plain tests, and
is computed from a short run. Peak memory is that of the largest process.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from run_speed import run, write_dataset  # type: ignore[import-not-found]  # the script beside this one

MODEL = """
import asyncio, os

async def answer(request):
    with open("calls", "a") as file:
        file.write(request.sample_id + "\\n")
    await asyncio.sleep(float(os.environ["LATENCY"]))
    return "A"
"""
TEST = "def test_sample(medgen_result):\n    pass\n"
CONFTEST = """
import resource, sys, time

class Span:
    first = last = None
    def pytest_runtest_logstart(self):
        self.first = self.first or time.time()
    def pytest_runtest_logfinish(self, nodeid):
        if "medgen-gates" not in nodeid:
            self.last = time.time()

def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        config.span = Span()
        config.pluginmanager.register(config.span)

def pytest_unconfigure(config):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    with open("peak", "a") as file:
        file.write(f"{peak}\\n")
    if hasattr(config, "span"):
        with open("span", "w") as file:
            file.write(str(config.span.last - config.span.first))
"""
DEFAULT = 16
"""The window where none is set."""
ONE_BY_ONE = 20
"""Samples of the row without look-ahead."""


@dataclass(frozen=True)
class Measured:
    """Seconds between the first and the last test, requests and the memory of the largest process in MB."""

    seconds: float
    requests: int
    peak: float


async def ideal(samples: int, *, latency: float, window: int) -> float:
    """Seconds that as many sleeps take, so many at once."""
    free = asyncio.Semaphore(window)

    async def one() -> None:
        async with free:
            await asyncio.sleep(latency)

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(samples)))
    return time.perf_counter() - started


def measure(folder: Path, *arguments: str, latency: float) -> Measured:
    """A run of pytest on the dataset of a folder."""
    for name in ("calls", "peak", "span"):
        (folder / name).unlink(missing_ok=True)
    os.environ["LATENCY"] = str(latency)  # noqa: TID251 - for the process that is measured
    run(folder, "test_ours.py", "--model=python:own:answer", *arguments)
    asked = (folder / "calls").read_text(encoding="utf-8").split()
    if len(asked) != len(set(asked)):
        raise SystemExit(f"{len(asked) - len(set(asked))} requests were made twice")
    peak = max(float(line) for line in (folder / "peak").read_text(encoding="utf-8").split())
    return Measured(float((folder / "span").read_text(encoding="utf-8")), len(asked), peak)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--window", type=int, default=64)
    parser.add_argument("--memory-samples", type=int, nargs=2, default=(1000, 10000), metavar="N")
    options = parser.parse_args()
    packages = ", ".join(f"{name} {metadata.version(name)}" for name in ("pytest", "pytest-xdist"))
    print(f"Python {platform.python_version()} on {sys.platform}, {packages}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in (("own.py", MODEL), ("test_ours.py", TEST), ("conftest.py", CONFTEST)):
            (folder / file).write_text(text, encoding="utf-8")
        show_speed(folder, samples=options.samples, window=options.window)
        show_memory(folder, samples=options.memory_samples, window=options.window)


def show_speed(folder: Path, *, samples: int, window: int) -> None:
    """Prints the share of the ideal for each case."""
    write_dataset(folder / "data", samples=samples, side=64)
    print(f"{samples} samples")
    for latency, width in ((0.5, window), (0.05, window), (0.05, DEFAULT)):
        single = measure(
            folder, "--medgen-dataset=data", "--medgen-window=1", f"--medgen-limit={ONE_BY_ONE}", latency=latency
        )
        print(f"{1000 * latency:>5.0f} ms, one by one, computed:{single.seconds / single.requests * samples:>10.2f} s")
        for workers in (0, 2):
            best = asyncio.run(ideal(samples, latency=latency, window=width))
            ours = measure(folder, "--medgen-dataset=data", f"--medgen-window={width}", f"-n{workers}", latency=latency)
            print(
                f"{1000 * latency:>5.0f} ms, window {width}, -n {workers}: ideal {best:>7.2f} s, ours"
                f" {ours.seconds:>7.2f} s, {best / ours.seconds:>5.0%} of the ideal, {ours.requests} requests,"
                f" {ours.peak:.0f} MB"
            )


def show_memory(folder: Path, *, samples: tuple[int, int], window: int) -> None:
    """Prints the peak memory for few and for many samples."""
    for count in samples:
        data = f"data-{count}"
        write_dataset(folder / data, samples=count, side=64)
        ours = measure(folder, f"--medgen-dataset={data}", f"--medgen-window={window}", latency=0.01)
        print(f"{count:>6} samples: {ours.peak:.0f} MB in the largest process")


if __name__ == "__main__":
    main()
