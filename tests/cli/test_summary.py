"""`medgen summary`: a stored run on half a page of Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.stored_runs import make_run
from tests.runs.small_run import carry_out, prepare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]


def test_it_prints_what_the_run_left_with_the_reports_as_they_are_reached(medgen: Medgen, tmp_path: Path) -> None:
    run = make_run(tmp_path)

    done = medgen("summary", run)

    beside = (run / "summary.md").read_text(encoding="utf-8")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("## medgen: no gates\n")
    assert done.out.rpartition("Reports: ")[0] == beside.rpartition("Reports: ")[0]
    names = ("report.json", "junit.xml", "report.html")
    assert beside.endswith(f"Reports: {', '.join(f'[{name}]({name})' for name in names)}\n")
    assert sorted(done.out.rpartition("Reports: ")[2].strip().split(", ")) == sorted(
        f"`{run / name}`" for name in names
    )


def test_it_can_be_written_to_a_file(medgen: Medgen, tmp_path: Path) -> None:
    carry_out(prepare(tmp_path, gate=["all/accuracy >= 1"]), tmp_path / "run")

    done = medgen("summary", tmp_path / "run", "--output", tmp_path / "new" / "s.md")

    assert (done.code, done.out) == (0, "")
    assert (tmp_path / "new" / "s.md").read_text(encoding="utf-8").startswith("## medgen: breached\n")


@pytest.mark.parametrize("name", ["", "gone"])
def test_what_is_no_run_is_told(medgen: Medgen, tmp_path: Path, name: str) -> None:
    done = medgen("summary", tmp_path / name)

    assert done.code == 4
    assert "is no run directory" in done.err
