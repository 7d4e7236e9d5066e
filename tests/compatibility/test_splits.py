"""pytest-split: a part of a run says that it is one, and the parts can be joined."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.cli import main
from tests.compatibility.benchmark import run_with
from tests.compatibility.packages import require
from tests.runs.small_run import comparable

if TYPE_CHECKING:
    from pathlib import Path

    from tests.compatibility.benchmark import Seen

SPLIT = ("pytest-split",)


@pytest.fixture(autouse=True)
def _needs_split() -> None:
    require("pytest-split")


def test_a_part_is_incomplete_and_says_how_to_make_it_whole(folder: Path) -> None:
    seen = run_with("--splits=2", "--group=1", folder=folder, loads=SPLIT)

    (line,) = [line for line in seen.output.splitlines() if line.startswith("part ")]
    assert line.startswith("part 1/2 of pytest-split: the samples of other parts are missing here; `medgen merge`")
    assert "--medgen-shard=1/2" in line
    assert seen.exit_code == 11


def test_the_parts_joined_are_the_whole_run(folder: Path, alone: Seen) -> None:
    for part in (1, 2):
        run_with("--splits=2", f"--group={part}", f"--medgen-run-dir=part{part}", folder=folder, loads=SPLIT)

    code = main(["merge", str(folder / "part1"), str(folder / "part2"), "--output", str(folder / "whole")])

    whole = json.loads((folder / "whole" / "report.json").read_text(encoding="utf-8"))
    assert code == 0
    assert comparable(whole) == comparable(alone.report)


def test_a_part_without_any_sample_leaves_them_all_missing(folder: Path) -> None:
    (folder / "test_before.py").write_text("".join(f"def test_{n}(): pass\n" for n in range(30)), encoding="utf-8")

    seen = run_with("test_before.py", "test_samples.py", "--splits=2", "--group=1", folder=folder, loads=SPLIT)

    assert seen.exit_code == 11
    assert seen.report is not None
    assert seen.report["totals"]["missing"] == seen.report["totals"]["planned"] == 16


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("--medgen-shard=1/2", "--splits of pytest-split and --medgen-shard=1/2 both cut the samples"),
        ("--medgen-early-stop=0.05", "early_stop: pytest-split leaves a part that is no random one"),
    ],
)
def test_what_a_part_cannot_be_besides_is_refused_in_one_line(folder: Path, option: str, reason: str) -> None:
    seen = run_with("--splits=2", "--group=1", option, "--medgen-gate=all/accuracy >= 0.5", folder=folder, loads=SPLIT)

    assert seen.exit_code == 4
    assert [line.startswith("ERROR: medgen: ") for line in seen.output.splitlines() if reason in line] == [True]


def test_a_whole_run_is_no_part(folder: Path, alone: Seen) -> None:
    seen = run_with("--splits=1", "--group=1", folder=folder, loads=SPLIT)

    assert seen.facts() == alone.facts()
    assert "part 1" not in seen.output
