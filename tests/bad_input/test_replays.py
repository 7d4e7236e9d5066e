"""Recorded answers that do not fit the dataset: said before the run, by the file and line they stand at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench


def _answers(*numbers: int, task: str = "multiple-choice") -> list[dict[str, str]]:
    return [{"sample_id": f"tableiv:VQA:{task}:{number:06d}", "response": "A"} for number in numbers]


FAULTS = {
    "lacks a sample": (_answers(1, 2, 3), "*1 samples have no usable recorded answer: vqa:multiple-choice:000004*"),
    "has one too many": (_answers(1, 2, 3, 4, 9), "*saved_vqa.jsonl:5: the sample *000009' is not in the dataset*"),
    "answers twice": (_answers(1, 2, 3, 4, 1), "*saved_vqa.jsonl:5: a second answer to *the first is at *jsonl:1*"),
    "is another dataset's": (
        _answers(1, 2, task="report-generation"),
        "*saved_vqa.jsonl:1: the sample *report-generation:000001' is not in the dataset (and *",
    ),
    "is empty": ([], "*hold no answer to any sample of the dataset*"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_file_that_does_not_fit_is_a_usage_error(bench: Bench, fault: str) -> None:
    records, message = FAULTS[fault]
    bench.write("saved_vqa.jsonl", "".join(json.dumps(record) + "\n" for record in records))

    result = bench.run("--model=replay:saved_vqa.jsonl", "--medgen-formats=vqa")

    assert result.ret == 4
    result.stderr.fnmatch_lines([message])
    assert not (bench.path / "run").exists()


def test_a_file_of_one_format_is_asked_that_format_alone(bench: Bench) -> None:
    records = _answers(1, 2, 3, 4)
    bench.write("saved_vqa.jsonl", "".join(json.dumps(record) + "\n" for record in records))

    result = bench.run("--model=replay:saved_vqa.jsonl", "--model=oracle")

    result.assert_outcomes(passed=10, failed=2)
    by_model = {entry["model"]: entry["tally"]["planned"] for entry in bench.report()["by_model"]}
    assert by_model == {"oracle": 8, "replay:saved_vqa": 4}
