"""`medgen report`: the page of a stored run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.reports.page.parsed import ParsedPage
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]


def test_it_writes_the_page_into_the_run_and_says_where(medgen: Medgen, run: Path) -> None:
    done = medgen("report", run)

    page = run / "report.html"
    assert (done.code, done.out, done.err) == (0, f"report: {page} (0.1 MB)\n", "")
    assert len(ParsedPage(page.read_text(encoding="utf-8")).items("results")) == SAMPLES


def test_file_and_images_can_be_chosen(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    done = medgen("report", run, "--output", tmp_path / "new" / "page.html", "--images", "full")

    assert done.code == 0
    assert len(list((tmp_path / "new" / "page-files").iterdir())) == 14
    assert not (run / "report.html").exists()


def test_a_dataset_that_has_moved_can_be_named(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    (tmp_path / "data").rename(tmp_path / "moved")

    medgen("report", run)
    without = (run / "report.html").read_text(encoding="utf-8")
    done = medgen("report", run, "--dataset", tmp_path / "moved")

    assert "only outputs are shown" in without
    assert "only outputs are shown" not in (run / "report.html").read_text(encoding="utf-8")
    assert done.code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "is no run directory"),
        (["run", "--output", "."], "--output .: a folder; name a file in it"),
        (["run", "--dataset", "nowhere"], "nowhere"),
    ],
)
def test_what_cannot_work_is_said_in_one_line(
    medgen: Medgen, run: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(run.parent)

    done = medgen("report", *arguments)

    assert done.code == 4
    assert message in done.err
    assert done.err.count("\n") == 1
    assert not (run / "report.html").exists()
