"""`medgen merge`: shards become one run, with tables, reports and the exit code of the gates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.stored_runs import make_run, report, settings
from tests.runs.small_run import carry_out, edited_facts, prepare
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]


def shards(folder: Path, *, model: str = "copy-input", gate: str | None = None) -> list[Path]:
    """The two shards of a run."""
    typed: dict[str, object] = {"gate": [gate]} if gate else {}
    for index in (1, 2):
        prepared = prepare(folder, model, shard=f"{index}/2", **typed)  # type: ignore[arg-type]  # options by name
        carry_out(prepared, folder / f"shard-{index}")
    return [folder / "shard-1", folder / "shard-2"]


def test_it_says_what_was_joined_and_prints_and_writes_what_a_run_does(medgen: Medgen, tmp_path: Path) -> None:
    paths = shards(tmp_path, gate="all/accuracy >= 0")

    done = medgen("merge", *paths, "--output", tmp_path / "merged")

    assert (done.code, done.err) == (0, "")
    first, second, *_ = done.out.splitlines()
    assert first.startswith(f"2 runs joined: {SAMPLES} of {SAMPLES} planned samples, ")
    assert second == "all 2 shards are here"
    assert "medgen: holds (exit code 0): every gate holds for every model" in done.out
    assert f"report: {tmp_path / 'merged' / 'junit.xml'}\n" in done.out
    assert report(tmp_path / "merged")["verdict"] == {"status": "holds", "exit_code": 0}


def test_its_reports_are_written_though_nobody_reads_what_it_prints(
    medgen_unread: Callable[..., int], tmp_path: Path
) -> None:
    medgen_unread("merge", *shards(tmp_path), "--output", tmp_path / "merged")

    assert report(tmp_path / "merged")["totals"]["planned"] == SAMPLES
    assert (tmp_path / "merged" / "junit.xml").is_file()


@pytest.mark.parametrize(
    ("model", "gate", "more", "code"),
    [
        ("copy-input", "all/accuracy >= 0", [], 0),
        ("copy-input", "all/accuracy >= 1", [], 1),
        ("flaky", "all/accuracy >= 0", [], 10),
        ("flaky", "all/accuracy >= 0", ["--max-error-rate=0.5"], 0),
        ("copy-input", "all/accuracy >= 0", ["--gate=all/accuracy >= 1"], 1),
        ("oracle", None, [], 0),
        ("copy-input", None, [], 1),
    ],
)
def test_the_exit_code_is_that_of_the_merged_run(
    medgen: Medgen, tmp_path: Path, model: str, gate: str | None, more: list[str], code: int
) -> None:
    paths = shards(tmp_path, model=model, gate=gate)

    assert medgen("merge", *paths, "-o", tmp_path / "merged", *more).code == code


@pytest.mark.parametrize("gate", ["all/accuracy >= 0", None])
def test_a_missing_shard_is_told_and_makes_the_run_incomplete(medgen: Medgen, tmp_path: Path, gate: str | None) -> None:
    paths = shards(tmp_path, model="oracle", gate=gate)

    done = medgen("merge", paths[1], "-o", tmp_path / "merged")

    assert done.code == 11
    assert "1 of 2 shards are here; missing: 1" in done.out
    assert report(tmp_path / "merged")["totals"]["planned"] == SAMPLES


def test_a_merged_run_is_rescored_like_any_other(medgen: Medgen, tmp_path: Path) -> None:
    medgen("merge", *shards(tmp_path, gate="all/accuracy >= 0"), "-o", tmp_path / "merged")

    done = medgen("rescore", tmp_path / "merged", "--gate", "all/accuracy >= 1")

    assert done.code == 1
    assert report(tmp_path / "merged" / "rescored")["samples"] == report(tmp_path / "merged")["samples"]


def test_judged_runs_are_merged_with_their_judgements_and_judged_again(
    medgen: Medgen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(tmp_path, config=settings("Blind"))

    merged = medgen("merge", run, "--output", "merged")
    again = medgen("rejudge", "merged", "--rubric=medgen-clinical")

    assert (merged.code, again.code) == (0, 0)
    assert report(tmp_path / "merged")["judging"] == report(run)["judging"]
    (judging,) = (tmp_path / "merged" / "judgings").iterdir()
    assert judging.name.startswith("medgen-clinical-")


def test_runs_that_were_judged_otherwise_are_refused(
    medgen: Medgen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = make_run(tmp_path, config=settings("Blind")).rename(tmp_path / "first")
    second = make_run(tmp_path, config=settings("strict"))

    done = medgen("merge", first, second, "--output", "merged")

    assert done.code == 4
    assert "are no parts of one run: judge: judge_with_reference (" in done.err


def test_what_decided_between_several_records_and_what_the_runs_were_made_with_is_told(
    medgen: Medgen, tmp_path: Path
) -> None:
    (first, second) = shards(tmp_path, model="oracle")
    with edited_facts(second) as facts:
        facts["versions"]["numpy"] = "1.0"
    carry_out(prepare(tmp_path, "oracle"), tmp_path / "whole")

    done = medgen("merge", first, second, tmp_path / "whole", "-o", tmp_path / "merged")

    assert f"{SAMPLES} times: the newest of several answers counts" in done.out
    assert "the runs were made with different numpy: 1.0, " in done.out


def test_runs_that_do_not_belong_together_are_wrong_usage(medgen: Medgen, tmp_path: Path) -> None:
    carry_out(prepare(tmp_path), tmp_path / "a")
    carry_out(prepare(tmp_path, convention="canonical"), tmp_path / "b")

    done = medgen("merge", tmp_path / "a", tmp_path / "b", "-o", tmp_path / "merged")

    assert (done.code, done.out) == (4, "")
    assert "are no parts of one run: convention of " in done.err
    assert done.err.count("\n") == 1
    assert not (tmp_path / "merged").exists()


def test_a_shard_alone_is_rescored_without_its_gates(medgen: Medgen, tmp_path: Path) -> None:
    (path, _) = shards(tmp_path, gate="all/accuracy >= 1")

    done = medgen("rescore", path)

    assert done.code == 0
    assert "medgen: shard 1/2 (exit code 0): every sample finished; medgen merge decides the gates" in done.out
