"""Runs that were edited by hand: no command takes what was changed for what was measured, and each says so."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.cli.stored_runs import make_run, report, settings
from tests.runs.small_run import carry_out, prepare, without_seals
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]

TOLD = "1 record was edited since it was written and does not count: results-main.jsonl:3 (copy-input|"
COMMANDS = {
    "show": ["show", "run"],
    "rescore": ["rescore", "run"],
    "summary": ["summary", "run"],
    "compare": ["compare", "run", "other"],
    "merge": ["merge", "run", "other", "-o", "merged"],
    "baseline": ["baseline", "save", "run", "main.json"],
    "export": ["export", "run", "--format=jsonl"],
    "table": ["table", "run"],
    "report": ["report", "run"],
    "score": ["score", "run", "--metrics=token_f1"],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two runs of copy-input, whose gate holds."""
    for name in ("run", "other"):
        carry_out(prepare(tmp_path, gate=["all/accuracy >= 0"]), tmp_path / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edit_score(run: Path, *, number: int = 3) -> None:
    """Gives a metric of the record in a line another score."""
    [path] = run.glob("results-*.jsonl")
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    edited = re.sub(r'"value":[-0-9.e]+', '"value":0.987', lines[number - 1], count=1)
    assert edited != lines[number - 1]
    path.write_text("".join([*lines[: number - 1], edited, *lines[number:]]), encoding="utf-8")


def plainly(text: str) -> str:
    """Output without the line breaks of the terminal and the escapes of Markdown."""
    return re.sub(r"&#8203;|\\(?=[|\\])", "", " ".join(text.split()))


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in {"table", "report"}])
def test_an_edited_score_is_told_by_every_command_that_prints_what_a_run_said(
    medgen: Medgen, folder: Path, command: str
) -> None:
    edit_score(folder / "run")

    done = medgen(*COMMANDS[command])

    assert TOLD in plainly(done.out)
    assert "or remove the line and ask again with --medgen-resume" in plainly(done.out)


@pytest.mark.parametrize(
    "command", [["rejudge"], ["judge", "controls", "--samples=2", "--controls=instruction"], ["judge", "export"]]
)
def test_an_edited_score_is_told_by_every_command_that_goes_on_from_outputs(
    medgen: Medgen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(tmp_path, config=settings("Blind"))
    (tmp_path / "medgen.yaml").write_text(settings("Blind"), encoding="utf-8")
    sound = medgen(*command, run)
    edit_score(run, number=1)

    edited = medgen(*command, run)

    assert "warning" not in sound.err
    assert "warning: 1 record was edited since it was written and does not count: " in plainly(edited.err)


def test_a_table_counts_an_edited_score_as_none(medgen: Medgen, folder: Path) -> None:
    edit_score(folder / "run")

    assert "Samples without a verdict, counted as not accurate: copy-input (" in medgen("table", "run").out


def test_the_page_tells_an_edited_score(medgen: Medgen, folder: Path) -> None:
    edit_score(folder / "run")

    medgen("report", "run")

    assert TOLD in (folder / "run" / "report.html").read_text(encoding="utf-8")


def test_a_comparison_tells_an_edited_score_in_each_of_its_files(medgen: Medgen, folder: Path) -> None:
    edit_score(folder / "run")

    medgen("compare", "other", "run", "--html=c.html", "--markdown=c.md", "--json=c.json")

    assert f"B: {TOLD}" in (folder / "c.html").read_text(encoding="utf-8")
    assert f"B: {TOLD}" in plainly((folder / "c.md").read_text(encoding="utf-8"))
    (comparison,) = json.loads((folder / "c.json").read_text(encoding="utf-8"))["comparisons"]
    assert comparison["first"]["edited_records"] == []
    assert [record["line"] for record in comparison["second"]["edited_records"]] == [3]


def test_a_run_with_an_edited_score_is_incomplete_and_its_report_says_why(medgen: Medgen, folder: Path) -> None:
    sound = medgen("rescore", "run")
    edit_score(folder / "run")

    edited = medgen("rescore", "run")

    assert (sound.code, edited.code) == (0, 11)
    assert "1 planned sample never finished" in edited.out
    found = report(folder / "run" / "rescored")
    assert (found["totals"]["planned"], found["totals"]["missing"]) == (SAMPLES, 1)
    [record] = found["environment"]["edited_records"]
    assert (record["file"], record["line"], record["model"]) == ("results-main.jsonl", 3, "copy-input")


def test_verifying_tells_whether_the_records_are_what_was_written(medgen: Medgen, folder: Path) -> None:
    sound = medgen("show", "run", "--verify")
    edit_score(folder / "run")

    edited = medgen("show", "run", "--verify")

    assert sound.code == 0
    assert "records, plans and run.json: each is as it was written\n" in sound.out
    assert edited.code == 1
    assert TOLD in plainly(edited.out)
    assert "the records are not all what was written\n" in edited.out


def test_a_record_without_its_seal_is_taken_as_it_is_and_told(medgen: Medgen, folder: Path) -> None:
    edit_score(folder / "run")
    path = folder / "run" / "results-main.jsonl"
    path.write_text(without_seals(path.read_text(encoding="utf-8")), encoding="utf-8")

    done = medgen("show", "run", "--verify")
    rescored = medgen("rescore", "run")

    told = "warning: results-main.jsonl has no seal, or not on every line: an edit there would not be seen"
    assert (done.code, rescored.code) == (0, 0)
    assert told in plainly(done.out)
    assert told in plainly(rescored.out)
    assert "as it was written" not in done.out


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("run.json", "copy-input", "copy-output"), ("plan-*.jsonl", '"modality":"CT"', '"modality":"MRI"')],
    ids=["manifest", "plan"],
)
def test_an_edited_manifest_or_plan_is_refused_by_every_command(
    medgen: Medgen, folder: Path, command: str, name: str, before: str, after: str
) -> None:
    [path] = (folder / "run").glob(name)
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")

    done = medgen(*COMMANDS[command])

    assert (done.code, done.out) == (4, "")
    assert re.fullmatch(
        rf"medgen: run/{path.name} was edited after it was written[:,] .*put it back as it was.*\n",
        done.err.replace("\\", "/"),
    )


def test_a_merged_run_is_sealed_anew_without_what_was_edited(medgen: Medgen, folder: Path) -> None:
    edit_score(folder / "run")

    medgen("merge", "run", "-o", "merged")
    done = medgen("show", "merged", "--verify")

    assert done.code == 0
    assert "each is as it was written" in done.out
    assert "missing" in done.out
