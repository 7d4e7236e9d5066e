"""Images of a dataset that are damaged or unusual: what `medgen validate` says, and what a run makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.cli import main
from tests.bad_input.strange_images import DAMAGED, ONE_PIXEL, SOUND, UNUSUAL, write_editing_dataset

if TYPE_CHECKING:
    import pytest

    from tests.plugin.conftest import Bench


def test_each_damaged_target_is_an_error_of_its_own_sample_and_a_line_of_validate(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = {name: (SOUND, data) for name, (data, _) in DAMAGED.items()}
    ids = write_editing_dataset(bench.path / "odd", {**pairs, "sound": (SOUND, SOUND)})

    result = bench.pytest("benchmark_tests", "--medgen-dataset=odd", "--model=copy-input", "--medgen-run-dir=run")
    code = main(["validate", str(bench.path / "odd")])

    records = bench.results()
    said = capsys.readouterr().out.replace("\\", "/")
    for number, (name, (_, reason)) in enumerate(DAMAGED.items(), start=1):
        record = records["copy-input", ids[name]]
        assert record["status"] == "error", name
        assert reason in record["reason"]
        assert f"data.jsonl:{number}: image ImageEditing/noise-reconstruction/{number}_target.png: " in said
        assert reason in said
    assert records["copy-input", ids["sound"]]["status"] == "answered"
    assert (code, f"{len(DAMAGED)} problems" in said) == (1, True)
    result.assert_outcomes(errors=len(DAMAGED), passed=1)
    totals = bench.report()["totals"]
    assert (totals["planned"], totals["error"], totals["judged"], totals["missing"]) == (6, 5, 1, 0)


def test_a_damaged_input_is_an_error_for_who_reads_it_and_nothing_to_who_does_not(bench: Bench) -> None:
    pairs = {name: (data, SOUND) for name, (data, _) in DAMAGED.items()}
    ids = write_editing_dataset(bench.path / "odd", pairs)

    bench.pytest(
        "benchmark_tests", "--medgen-dataset=odd", "--model=copy-input", "--model=oracle", "--medgen-run-dir=run"
    )

    records = bench.results()
    for name, (_, reason) in DAMAGED.items():
        assert records["copy-input", ids[name]]["status"] == "error"
        assert reason in records["copy-input", ids[name]]["reason"]
        assert records["oracle", ids[name]]["scores"]["ssim"]["value"] == 1


def test_unusual_images_are_read_and_scored_and_validate_has_nothing_against_them(
    bench: Bench, capsys: pytest.CaptureFixture[str]
) -> None:
    write_editing_dataset(bench.path / "odd", {name: (data, data) for name, data in UNUSUAL.items()})

    result = bench.pytest("benchmark_tests", "--medgen-dataset=odd", "--model=copy-input", "--medgen-run-dir=run")
    code = main(["validate", str(bench.path / "odd")])

    result.assert_outcomes(passed=len(UNUSUAL))
    assert {record["scores"]["ssim"]["value"] for record in bench.results().values()} == {1.0}
    assert (code, capsys.readouterr().out.endswith("\nno problems\n")) == (0, True)


def test_a_target_of_one_pixel_leaves_ssim_unscored_and_the_sample_unjudged(bench: Bench) -> None:
    ids = write_editing_dataset(bench.path / "odd", {"small": (SOUND, ONE_PIXEL)})

    result = bench.pytest("benchmark_tests", "--medgen-dataset=odd", "--model=copy-input", "--medgen-run-dir=run")

    result.assert_outcomes(errors=1)
    scores = bench.results()["copy-input", ids["small"]]["scores"]
    assert scores["ssim"]["value"] is None
    assert "1x1" in scores["ssim"]["reason"]
    assert isinstance(scores["psnr"]["value"], float)
    tally = bench.report()["by_metric"]["ssim"]["models"][0]["tally"]
    assert (tally["error"], tally["accurate"], tally["accuracy_rate"]) == (1, 0, 0)


def test_a_missing_image_is_said_before_the_run(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    write_editing_dataset(bench.path / "odd", {"a": (SOUND, SOUND), "b": (SOUND, SOUND)})
    (bench.path / "odd/ImageEditing/noise-reconstruction/2_target.png").unlink()

    result = bench.pytest("benchmark_tests", "--medgen-dataset=odd", "--model=copy-input", "--medgen-run-dir=run")
    code = main(["validate", str(bench.path / "odd")])

    assert (result.ret, code) == (4, 1)
    result.stderr.fnmatch_lines(["*data.jsonl:2: image file '2_target.png' does not exist*medgen validate*"])
    assert "data.jsonl:2: image file '2_target.png' does not exist" in capsys.readouterr().out
    assert not (bench.path / "run").exists()


def test_an_image_that_vanishes_after_the_start_is_an_error_of_its_sample(bench: Bench) -> None:
    ids = write_editing_dataset(bench.path / "odd", {"a": (SOUND, SOUND), "b": (SOUND, SOUND)})
    bench.write(
        "own.py",
        "import pathlib\n"
        "def answer(request):\n"
        "    pathlib.Path('odd/ImageEditing/noise-reconstruction/2_target.png').unlink(missing_ok=True)\n"
        "    return request.inputs[0].pil()\n",
    )

    result = bench.pytest(
        "benchmark_tests", "--medgen-dataset=odd", "--model=m=python:own:answer", "--medgen-run-dir=run"
    )

    result.assert_outcomes(passed=1, errors=1)
    assert "2_target.png" in bench.results()["m", ids["b"]]["reason"]
