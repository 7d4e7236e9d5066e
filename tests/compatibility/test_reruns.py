"""pytest-rerunfailures: a sample is asked for, and told of, once."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from tests.compatibility.benchmark import run_with
from tests.compatibility.packages import require

if TYPE_CHECKING:
    from pathlib import Path

# Right from the second time on: a rerun that asked again would hide what the first answer was.
BETTER_LATER = """\
from pathlib import Path

def answer(request):
    seen = Path("asked.txt")
    before = seen.read_text(encoding="utf-8").split("\\n") if seen.exists() else []
    with seen.open("a", encoding="utf-8") as file:
        file.write(request.sample_id + "\\n")
    right = {"1": "A. left", "2": "B. lung", "3": "A. axial", "4": "B. no"}[request.sample_id[-1]]
    return right if request.sample_id in before else "E. something else"
"""


@pytest.fixture(autouse=True)
def _needs_reruns() -> None:
    require("pytest-rerunfailures")


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_rerun_neither_asks_again_nor_hides_an_inaccurate_sample(folder: Path, workers: str) -> None:
    (folder / "own.py").write_text(BETTER_LATER, encoding="utf-8")

    seen = run_with(
        "--model=mixed", "--medgen-formats=vqa", "--reruns=2", workers, folder=folder, loads=("rerunfailures",)
    )

    assert seen.report is not None
    totals = seen.report["totals"]
    assert (totals["planned"], totals["inaccurate"], totals["accurate"]) == (4, 4, 0)
    assert list(seen.asked.values()) == [1] * 4
    assert "4 failed" in seen.output
    assert "8 rerun" in seen.output


def test_what_is_said_of_a_sample_stands_once_in_the_junit_file_of_pytest(folder: Path) -> None:
    run_with("--model=copy", "--reruns=2", "--junitxml=junit.xml", folder=folder, loads=("rerunfailures",))

    cases = ET.parse(folder / "junit.xml").iter("testcase")  # noqa: S314 - written by this test's own session
    names = [[entry.get("name") for entry in case.iter("property")] for case in cases]
    assert any(names)
    assert all(len(each) == len(set(each)) for each in names)
