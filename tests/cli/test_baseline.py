"""`medgen baseline`: a run as a small file, and what is in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.runs.baselines import read_baseline
from tests.cli.stored_runs import document, files_of
from tests.runs.small_run import carry_out, prepare
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]


def test_it_is_saved_and_said_how_large_it_is(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    file = tmp_path / "baselines" / "main.json"

    done = medgen("baseline", "save", run, file)

    size = f"{file.stat().st_size:,} bytes"
    assert (done.code, done.err) == (0, "")
    assert done.out == f"baseline: {file} ({size}, {SAMPLES} samples of copy-input)\n"
    assert len(read_baseline(file).planned) == SAMPLES


def test_saving_twice_gives_the_same_bytes(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    medgen("baseline", "save", run, tmp_path / "a.json")
    medgen("baseline", "save", run, tmp_path / "b.json")

    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_it_leaves_the_run_as_it_was(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    before = files_of(run)

    medgen("baseline", "save", run, tmp_path / "main.json")

    assert files_of(run) == before


def test_it_may_be_saved_under_another_profile(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    medgen("baseline", "save", run, tmp_path / "main.json", "--profile=medgen-2025.11", "--threshold=ssim=0.25")

    profile = read_baseline(tmp_path / "main.json").profile
    assert (profile.name, profile.thresholds["ssim"]) == ("medgen-2025.11 (changed)", 0.25)


def test_what_cannot_be_compared_with_is_told(medgen: Medgen, tmp_path: Path) -> None:
    carry_out(prepare(tmp_path, "flaky"), tmp_path / "run", stop_after=5)

    done = medgen("baseline", "save", tmp_path / "run", tmp_path / "main.json")

    assert done.out.splitlines()[1] == "nothing can be compared with 1 error"


def test_showing_one_prints_what_it_is_of_and_its_rates(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    medgen("baseline", "save", run, tmp_path / "main.json")

    done = medgen("baseline", "show", tmp_path / "main.json")

    facts = dict(line.split(maxsplit=1) for line in done.out.splitlines()[:6])
    manifest = document(run / "run.json")
    assert done.code == 0
    assert (facts["run"], facts["models"]) == ("run", "copy-input")
    assert facts["dataset"] == manifest["dataset"]["fingerprint"]
    assert "image_editing" in done.out
    assert f"samples: {SAMPLES} planned" in done.out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file or directory; medgen baseline save RUN FILE makes one"),
        (b"\xff", "is no baseline: it is not UTF-8; medgen baseline save RUN FILE makes one"),
        (b"", "is damaged or no baseline: Expecting value: line 1 column 1 (char 0); medgen baseline save"),
        (b"[]", "is damaged or no baseline: not an object: []; medgen baseline save"),
        (b"[" * 100_000, "is damaged or no baseline: "),
        (b"{}", "its schema version is None; this version of medgen-pytest reads 1; medgen baseline save"),
        (b'{"medgen_baseline": 1}', "its digest does not fit what it holds: it was edited, merged or cut; medgen"),
    ],
)
def test_what_is_no_baseline_is_wrong_usage(
    medgen: Medgen, tmp_path: Path, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / "main.json").write_bytes(content)

    done = medgen("baseline", "show", tmp_path / "main.json")

    assert (done.code, done.out, done.err.count("\n")) == (4, "", 1)
    assert f"baseline {tmp_path / 'main.json'} " in done.err
    assert message in done.err


def test_a_model_that_the_run_does_not_hold_is_wrong_usage(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    done = medgen("baseline", "save", run, tmp_path / "main.json", "--model=copy-inputs")

    assert (done.code, done.err) == (4, "medgen: unknown model 'copy-inputs'; did you mean 'copy-input'?\n")
    assert not (tmp_path / "main.json").exists()


def test_a_shard_is_no_baseline(medgen: Medgen, tmp_path: Path) -> None:
    carry_out(prepare(tmp_path, shard="1/2"), tmp_path / "run")

    done = medgen("baseline", "save", tmp_path / "run", tmp_path / "main.json")

    assert (done.code, done.err) == (
        4,
        f"medgen: {tmp_path / 'run'} holds shard 1/2 of a run; merge its shards first\n",
    )


def test_a_place_that_cannot_be_written_is_told(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    done = medgen("baseline", "save", run, tmp_path / "file" / "main.json")

    assert done.code == 4
    assert "cannot be written" in done.err
