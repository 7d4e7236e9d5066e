"""A small benchmark in a folder, run beside other plugins, and what is seen of such a session."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.runs.small_run import comparable
from tests.small_dataset import SAMPLES, write_small_dataset

if TYPE_CHECKING:
    from pathlib import Path

    from tests.compatibility.cases import Case

PLANNED = 2 * SAMPLES
OURS = ("medgen_pytest.plugin", "xdist")
# Answers come late, so that requests are on their way; one cannot be had, one is empty, some are right.
MODEL = """\
import asyncio

async def answer(request):
    await asyncio.sleep(0.01)
    with open("asked.txt", "a", encoding="utf-8") as file:
        file.write(request.sample_id + "\\n")
    if request.sample_id.endswith("000003"):
        raise RuntimeError("the endpoint is down")
    return "" if request.sample_id.endswith("000002") else "A. left"
"""
# The gate holds though samples fail: an exit code that another plugin sets shows.
SETTINGS = """\
dataset: data
models: {mixed: {adapter: python, target: "own:answer"}, copy: {adapter: copy-input}}
gates: ["all/accuracy >= 0"]
max_error_rate: 0.2
run_dir: run
report: {html: false}
"""
TESTS = """\
def test_sample(medgen_assert):
    medgen_assert()
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A session from outside. `asked` counts how often the model was asked for each sample; no report is None."""

    exit_code: int
    output: str
    asked: dict[str, int]
    report: dict[str, Any] | None

    def facts(self) -> tuple[int, dict[str, int], object]:
        """What must not depend on other plugins."""
        return self.exit_code, self.asked, comparable(self.report)


def write_benchmark(folder: Path) -> Path:
    """Writes a dataset, a model, tests and settings; the folder."""
    write_small_dataset(folder / "data")
    for name, text in (("own.py", MODEL), ("medgen.yaml", SETTINGS), ("test_samples.py", TESTS)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def run_beside(case: Case, folder: Path) -> Seen:
    """Runs the benchmark of a folder as a case says."""
    return run_with(*case.options, folder=folder, loads=case.loads)


def run_with(*arguments: str, folder: Path, loads: tuple[str, ...] | None = ()) -> Seen:
    """Runs the benchmark of a folder beside the plugins `loads` alone; with None, beside all that are installed."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    # Of the session that runs the tests nothing may show: some plugins look whether they are in a worker.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}  # noqa: TID251 - handed on
    environment.update(COLUMNS="200", DEEPEVAL_TELEMETRY_OPT_OUT="YES")
    if loads is not None:
        command += [word for name in (*OURS, *loads) for word in ("-p", name)]
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    done = subprocess.run(
        [*command, *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        timeout=240,
    )
    asked, report = folder / "asked.txt", folder / "run" / "report.json"
    return Seen(
        exit_code=done.returncode,
        output=done.stdout,
        asked=Counter(asked.read_text(encoding="utf-8").splitlines()) if asked.exists() else {},
        report=json.loads(report.read_text(encoding="utf-8")) if report.exists() else None,
    )
