"""Image files that models return, each of a strange kind: the model's fault, or simply an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bad_input.strange_images import DAMAGED, ONE_PIXEL, SOUND, UNUSUAL, write_editing_dataset

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench

FROM_A_FOLDER = """
import pathlib
def answer(request):
    return (pathlib.Path("answers") / request.sample_id.rpartition(":")[2]).read_bytes()
"""


def _run(bench: Bench, answers: dict[str, bytes]) -> dict[str, dict[str, object]]:
    ids = write_editing_dataset(bench.path / "odd", dict.fromkeys(answers, (SOUND, SOUND)))
    (bench.path / "answers").mkdir()
    for name, data in answers.items():
        (bench.path / "answers" / ids[name].rpartition(":")[2]).write_bytes(data)
    bench.write("own.py", FROM_A_FOLDER)
    bench.pytest("benchmark_tests", "--medgen-dataset=odd", "--model=m=python:own:answer", "--medgen-run-dir=run")
    records = bench.results()
    return {name: records["m", sample_id] for name, sample_id in ids.items()}


def test_a_damaged_image_is_an_invalid_output_and_never_an_error(bench: Bench) -> None:
    records = _run(bench, {name: data for name, (data, _) in DAMAGED.items()})

    for name, (_, reason) in DAMAGED.items():
        assert records[name]["status"] == "invalid", name
        assert reason in str(records[name]["reason"])
    totals = bench.report()["totals"]
    assert (totals["invalid"], totals["error"], totals["accurate"]) == (len(DAMAGED), 0, 0)


def test_an_unusual_image_is_scored_like_any_other(bench: Bench) -> None:
    records = _run(bench, dict(UNUSUAL))

    assert {record["status"] for record in records.values()} == {"answered"}
    totals = bench.report()["totals"]
    assert (totals["judged"], totals["invalid"], totals["error"]) == (len(UNUSUAL), 0, 0)


def test_a_single_pixel_is_blank_and_therefore_invalid(bench: Bench) -> None:
    record = _run(bench, {"one": ONE_PIXEL})["one"]

    assert record["status"] == "invalid"
    assert "blank" in str(record["reason"])
