"""`medgen show`: a stored run in the terminal, and whether it is still what was stored."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.judgement import Judgement
from medgen_pytest.domain.output import Stage, Usage
from medgen_pytest.store import RunDirectory
from tests.cli.stored_runs import files_of
from tests.runs.small_run import carry_out, edited_facts, prepare
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from medgen_pytest.domain.result import SampleResult
    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]

EDIT = "edit:noise-reconstruction:000001"
HOSTILE = "first line\nsecond \x1b[31mline\u202e <script>"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of copy-input, none of whose samples is accurate, with a gate."""
    carry_out(prepare(tmp_path, gate=["all/accuracy >= 0"]), tmp_path / "run")
    return tmp_path / "run"


def change(path: Path, sample_id: str, **changes: object) -> SampleResult:
    """Adds a later record of a sample with something changed."""
    store = RunDirectory(path)
    known = next(result for key, result in store.load().results.items() if key.sample_id == sample_id)
    changed = replace(known, finished="2099-01-01T00:00:00.000+00:00", **changes)  # type: ignore[arg-type]  # fields by name
    store.append(changed, worker="later")
    store.close()
    return changed


def test_it_prints_what_the_run_printed_and_writes_nothing(medgen: Medgen, run: Path) -> None:
    before = files_of(run)

    done = medgen("show", run)

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("run run, started 2026-11-22T10:00:00+00:00\ndataset ")
    assert "model copy-input (" in done.out
    assert "by modality" in done.out
    assert done.out.endswith("medgen: holds (exit code 0): every gate holds for every model\n")
    assert files_of(run) == before


def test_a_breached_gate_is_shown_and_is_no_failure_of_showing(medgen: Medgen, tmp_path: Path) -> None:
    carry_out(prepare(tmp_path, gate=["all/accuracy >= 1"]), tmp_path / "run")

    done = medgen("show", tmp_path / "run")

    assert done.code == 0
    assert "medgen: breached (exit code 1)" in done.out


def test_a_slice_and_a_model_are_shown_by_themselves_without_the_gates_of_the_whole(medgen: Medgen, run: Path) -> None:
    done = medgen("show", run, "--slice", "vqa[modality=CT]", "--model", "copy-input")

    assert done.code == 0
    assert "samples: 2 planned" in done.out
    assert "image_editing" not in done.out
    assert "medgen:" not in done.out


def test_a_metric_is_shown_by_format_task_and_modality(medgen: Medgen, run: Path) -> None:
    done = medgen("show", run, "--metric", "ssim")

    lines = done.out.splitlines()
    assert "ssim >= 0.7" in lines
    assert ["format", "rate", "[95%]", "mean", "errors"] in [line.split() for line in lines]
    assert [line for line in lines if line.startswith("ssim by ")] == [
        "ssim by format",
        "ssim by task",
        "ssim by modality",
    ]


def test_models_stand_side_by_side_in_the_table_of_a_metric(medgen: Medgen, run: Path) -> None:
    carry_out(prepare(run.parent, "oracle"), run, session="s2")

    done = medgen("show", run, "--metric=token_f1")

    lines = done.out.splitlines()
    heading, row = lines[lines.index("token_f1") + 1 :][:2]
    assert heading.split() == ["copy-input", "mean", "errors", "oracle", "mean", "errors"]
    assert row.split()[0] == "all"


def test_failures_stand_worst_first_with_their_reason(medgen: Medgen, run: Path) -> None:
    change(run, EDIT, status="invalid", reason="the image is blank", scores={})

    done = medgen("show", run, "--failures", 2)

    (title, first, second, *more) = done.out.split("\n\n")[1].replace("\n    ", " ").splitlines()
    assert title == f"the worst 2 of {SAMPLES} that are not accurate"
    assert first == f"invalid     copy-input|{EDIT}  (CT, Gaussian noise)  the image is blank"
    assert second.startswith("inaccurate  copy-input|")
    assert more == []


def test_failures_of_a_metric_stand_in_the_order_of_its_scores(medgen: Medgen, run: Path) -> None:
    done = medgen("show", run, "--failures=9", "--metric=psnr")

    values = [float(line.rsplit(" ", 1)[1]) for line in done.out.splitlines() if " psnr " in line and "|" in line]
    assert "all 4 that are not accurate under psnr" in done.out
    assert values == sorted(values)
    assert len(values) == 4


def test_a_run_without_failures_says_so(medgen: Medgen, tmp_path: Path) -> None:
    carry_out(prepare(tmp_path, "oracle"), tmp_path / "run")

    assert "every sample is accurate\n" in medgen("show", tmp_path / "run", "--failures=5").out


def test_a_sample_is_shown_whole(medgen: Medgen, run: Path) -> None:
    known = next(result for key, result in RunDirectory(run).load().results.items() if key.sample_id == EDIT)
    output = replace(
        known.output,
        text=HOSTILE,
        raw="the raw reply",
        reasoning="it thinks",
        finish_reason="stop",
        usage=Usage(input_tokens=7, output_tokens=5, images=1, cost=0.25),
        stages=(Stage(name="text", prompt="the prompt", text="the stage"),),
        seconds=1.5,
    )
    said = Judgement(
        judge="j",
        tier="with_reference",
        overall=7.0,
        dimensions={"anatomy": 6.0},
        analysis="well done",
        steering=("asks",),
    )
    change(
        run, EDIT, output=output, judgements=(said, Judgement(judge="j", tier="without_reference", reason="no reply"))
    )

    done = medgen("show", run, "--sample", EDIT)

    for text in (
        f"sample {EDIT}: image_editing, noise-reconstruction, Gaussian noise, CT\n",
        "question: Remove the noise of this CT image.\n",
        "reference image: ",
        "outcome: inaccurate: ssim ",
        "text:\n    first line\n    second \\x1b[31mline\\u202e <script>\n",
        "raw reply: the raw reply\n",
        "reasoning: it thinks\n",
        f"image: {RunDirectory(run).image_path(str(output.image))}, 32x32\n",
        "stage text, prompt: the prompt\n",
        "judgement of j (with reference, replicate 0): 7; anatomy 6\n",
        "the output may steer the judge: asks\n",
        "analysis: well done\n",
        "judgement of j (without reference, replicate 0): none; no reply\n",
        "ended because: stop\n",
        "took: 7 input tokens, 5 output tokens, 1 images, cost 0.25\n",
        "seconds: 1.5\n",
        "finished: 2099-01-01T00:00:00.000+00:00 by main\n",
    ):
        assert text in done.out
    score = next(line for line in done.out.splitlines() if line.startswith("ssim"))
    assert score.split()[2:] == [">=", "0.7", "inaccurate", "ssim/upstream@1"]


def test_a_sample_is_shown_without_its_question_where_the_dataset_is_gone(medgen: Medgen, run: Path) -> None:
    (run.parent / "data").rename(run.parent / "gone")

    done = medgen("show", run, "--sample", EDIT)

    assert done.code == 0
    assert "question: not shown:" in done.out
    assert "outcome: inaccurate" in done.out


def test_a_dataset_that_lies_elsewhere_now_can_be_named(medgen: Medgen, run: Path) -> None:
    moved = (run.parent / "data").rename(run.parent / "moved")

    done = medgen("show", run, "--sample", EDIT, "--dataset", moved)

    assert done.code == 0
    assert "question: not shown" not in done.out
    assert "input image: " in done.out


def test_a_sample_that_nobody_finished_is_shown_as_missing(medgen: Medgen, tmp_path: Path) -> None:
    carry_out(prepare(tmp_path), tmp_path / "run", stop_after=0)

    done = medgen("show", tmp_path / "run", "--sample", EDIT)

    assert "outcome: missing: planned, but never finished" in done.out
    assert "question: not shown: no model has answered it" in done.out


def test_repeats_of_a_sample_are_told_apart(medgen: Medgen, tmp_path: Path) -> None:
    carry_out(prepare(tmp_path, repeats=2, formats=["vqa"]), tmp_path / "run")

    sample = medgen("show", tmp_path / "run", "--sample", "vqa:multiple-choice:000001")
    failures = medgen("show", tmp_path / "run", "--failures=1")

    assert "copy-input, repeat 0\n" in sample.out
    assert "copy-input, repeat 1\n" in sample.out
    assert "copy-input|vqa:multiple-choice:000001|0" in failures.out


def test_edited_lines_and_images_that_are_gone_are_told_at_once(medgen: Medgen, run: Path) -> None:
    with (run / "results-main.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"edited": \n')
    next((run / "outputs").iterdir()).unlink()

    done = medgen("show", run)

    assert done.code == 0
    assert "warning: 1 line of the records cannot be read: torn by a kill, or edited" in done.out
    assert "warning: 1 output image are gone" not in done.out
    assert "warning: 1 output image is gone; --verify looks at what the others hold" in done.out


def test_results_of_another_revision_are_told(medgen: Medgen, run: Path) -> None:
    change(run, EDIT, digests={"model": "another"})

    told = medgen("show", run).out.replace("\n    ", " ")
    assert "warning: 1 result of another revision or convention than the latest session's counts as missing" in told


def test_verifying_finds_images_that_are_not_what_was_stored(medgen: Medgen, run: Path) -> None:
    first, second, *_ = sorted((run / "outputs").iterdir())
    sound = medgen("show", run, "--verify", "--failures=1")
    shutil.copyfile(second, first)

    edited = medgen("show", run, "--verify", "--failures=1")

    assert sound.code == 0
    assert "4 output images: each holds what was stored" in sound.out
    assert edited.code == 1
    assert "1 of 4 output images are not what was stored" in edited.out
    assert f"output image {first.name} holds other pixels than were stored" in edited.out.replace("\n    ", " ")


def test_verifying_finds_edited_lines(medgen: Medgen, run: Path) -> None:
    with (run / "results-main.jsonl").open("a", encoding="utf-8") as file:
        file.write("{}\n")

    assert medgen("show", run, "--verify").code == 1


def test_failures_and_samples_say_what_is_wrong_with_their_images(medgen: Medgen, run: Path) -> None:
    for path in (run / "outputs").iterdir():
        path.unlink()

    failures = medgen("show", run, "--failures=9", "--metric=ssim")
    sample = medgen("show", run, "--sample", EDIT)

    assert "; output image is gone" in failures.out.replace("\n    ", " ")
    assert ".png: is gone" in sample.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--slice=video"], "slice 'video': unknown slice 'video'"),
        (["--slice=style-transfer"], "no sample of this run lies in the slice 'style-transfer'"),
        (["--model=copy-inptu"], "unknown model 'copy-inptu'; did you mean 'copy-input'?"),
        (["--metric=ssin"], "nothing of that name is measured here: unknown metric 'ssin'; did you mean 'ssim'?"),
        (["--failures=0"], "--failures 0: a number of samples is needed"),
        (["--sample=edit:noise-reconstruction:1"], "did you mean 'edit:noise-reconstruction:000001'?"),
    ],
)
def test_options_that_cannot_work_are_wrong_usage(medgen: Medgen, run: Path, options: list[str], message: str) -> None:
    done = medgen("show", run, *options)

    assert (done.code, done.out) == (4, "")
    assert message in done.err
    assert done.err.count("\n") == 1


def test_a_run_of_another_schema_version_is_refused(medgen: Medgen, run: Path) -> None:
    with edited_facts(run) as facts:
        facts["schema_version"] = 2

    done = medgen("show", run)

    assert done.code == 4
    assert "was written with schema version 2; this version of medgen-pytest reads 1" in done.err
