"""`medgen compare`: two runs side by side, in the terminal and in files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.stored_runs import document
from tests.runs.small_run import carry_out, prepare, save_baseline
from tests.small_dataset import SAMPLES, preface_instructions, write_small_dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    """A run of copy-input, none of whose samples is accurate, and one of oracle, all of whose are."""
    for name, model in (("a", "copy-input"), ("b", "oracle")):
        carry_out(prepare(tmp_path, model), tmp_path / name)
    return tmp_path / "a", tmp_path / "b"


def test_it_prints_the_comparison_and_exits_0_whatever_comes_out(medgen: Medgen, runs: tuple[Path, Path]) -> None:
    better, worse = medgen("compare", *runs), medgen("compare", *reversed(runs))

    assert (better.code, better.err, worse.code) == (0, "", 0)
    assert better.out.startswith("B against A\n")
    assert f"flipped: 0 lost, {SAMPLES} won" in better.out
    assert f"flipped: {SAMPLES} lost, 0 won" in worse.out
    assert "accuracy rate, by slice; p by Holm's correction for " in better.out


def test_it_writes_json_and_markdown_and_says_where(medgen: Medgen, runs: tuple[Path, Path], tmp_path: Path) -> None:
    done = medgen("compare", *runs, "--json", tmp_path / "c.json", "--markdown", tmp_path / "c.md")

    assert done.out.endswith(f"comparison: {tmp_path / 'c.json'}\ncomparison: {tmp_path / 'c.md'}\n")
    assert document(tmp_path / "c.json")["comparisons"][0]["pairs"] == SAMPLES
    assert (tmp_path / "c.md").read_text(encoding="utf-8").startswith("## B against A\n")


def test_it_writes_a_page_and_says_where_and_how_large_it_is(
    medgen: Medgen, runs: tuple[Path, Path], tmp_path: Path
) -> None:
    done = medgen("compare", *runs, "--html", tmp_path / "c.html", "--images=none")

    assert (done.code, done.err) == (0, "")
    assert done.out.endswith(f"comparison: {tmp_path / 'c.html'} (0.1 MB)\n")
    text = (tmp_path / "c.html").read_text(encoding="utf-8")
    assert "B is better than A" in text
    assert "data:image" not in text


def test_its_files_are_written_though_nobody_reads_what_it_prints(
    medgen_unread: Callable[..., int], runs: tuple[Path, Path], tmp_path: Path
) -> None:
    files = [tmp_path / name for name in ("c.json", "c.md", "c.html")]
    options = [f"--{name}={path}" for name, path in zip(("json", "markdown", "html"), files, strict=True)]

    medgen_unread("compare", *runs, *options, "--images=none")

    assert all(path.is_file() for path in files)


def test_what_is_compared_is_never_written_over(medgen: Medgen, runs: tuple[Path, Path], tmp_path: Path) -> None:
    baseline = save_baseline(tmp_path)
    before = baseline.read_bytes()

    found = [medgen("compare", runs[0], baseline, f"--{name}", baseline) for name in ("json", "markdown", "html")]

    assert [done.code for done in found] == [4] * 3
    assert found[0].err == f"medgen: --json {baseline}: what is compared; name another file\n"
    assert baseline.read_bytes() == before


def test_options_choose_metrics_slices_level_and_flips(medgen: Medgen, runs: tuple[Path, Path], tmp_path: Path) -> None:
    done = medgen(
        *("compare", *runs, "--metric=ssim", "--by=modality", "--by=task,modality", "--level=0.9", "--flips=0"),
        *("--json", tmp_path / "c.json"),
    )

    (comparison,) = document(tmp_path / "c.json")["comparisons"]
    assert [(one["metric"], one["kind"]) for one in comparison["metrics"]] == [("ssim", "rate"), ("ssim", "mean")]
    assert {tuple(one["where"]) for one in comparison["metrics"][0]["slices"]} == {("modality",), ("task", "modality")}
    assert comparison["metrics"][0]["interval"]["level"] == 0.9
    assert "90% interval" in done.out
    assert "ssim mean, by slice" in done.out
    assert f"flipped: 0 lost, {SAMPLES} won\nand {SAMPLES} more" in done.out


def test_other_thresholds_hold_for_both_runs(medgen: Medgen, runs: tuple[Path, Path], tmp_path: Path) -> None:
    medgen("compare", *runs, "--threshold=ssim=-1", "--threshold=psnr=0", "--json", tmp_path / "c.json")

    (comparison,) = document(tmp_path / "c.json")["comparisons"]
    thresholds = {one["metric"]: one["threshold"] for one in comparison["metrics"] if one["kind"] == "rate"}
    assert (thresholds["ssim"], thresholds["psnr"]) == (-1, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--by=colour"], "--by: unknown dimension 'colour'; known: format, modality, subtask, task"),
        (["--by=model"], "--by: unknown dimension 'model'"),
        (["--by="], "--by names nothing"),
        (["--level=95"], "--level 95: a share between 0 and 1 is needed, like 0.95"),
        (["--level=nan"], "--level nan: a share between 0 and 1"),
        (["--flips=-1"], "--flips -1: a number of samples is needed, 0 for none"),
        (["--metric=ssin"], "unknown metric 'ssin'; did you mean 'ssim'?"),
        (["--threshold=ssim"], "--threshold ssim: write METRIC=VALUE"),
        (["--json=none/c.json/"], "report none/c.json: cannot be written"),
        (["--html=none/c.html"], "report none/c.html: cannot be written"),
        (["--html=a"], "--html a: a folder; name a file in it"),
        (["--images=none"], "--images is about the page of a comparison; name its file with --html FILE"),
        (["--dataset=data"], "--dataset is about the page of a comparison; name its file with --html FILE"),
        (["--html=c.html", "--dataset=other"], "dataset other is not the one that the run was made on"),
        (["--html=c.html", "--dataset=nowhere"], "nowhere"),
        (["--json=c.x", "--html=./c.x"], "--html c.x: the file of --json; name another file"),
    ],
)
def test_options_that_cannot_work_are_wrong_usage(
    medgen: Medgen, runs: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, options: list[str], message: str
) -> None:
    monkeypatch.chdir(runs[0].parent)
    (runs[0].parent / "none").touch()
    preface_instructions(write_small_dataset(runs[0].parent / "other"), "Please.")

    done = medgen("compare", *runs, *options)

    assert done.code == 4
    assert message in done.err
    assert done.err.count("\n") == 1


def test_runs_that_cannot_be_compared_are_wrong_usage(medgen: Medgen, runs: tuple[Path, Path], tmp_path: Path) -> None:
    carry_out(prepare(tmp_path, "oracle", convention="canonical"), tmp_path / "c")

    done = medgen("compare", runs[0], tmp_path / "c")

    assert (done.code, done.out) == (4, "")
    assert "cannot be compared: other profiles" in done.err
    assert "; other conventions of ssim" in done.err
