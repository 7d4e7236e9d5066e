"""Recorded answers to several repeats of a sample."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ModelError
from medgen_pytest.models.replay import Replay, build
from tests.models.conftest import record_of, write_records
from tests.models.samples import TinyDataset, context_of, make_sample

if TYPE_CHECKING:
    from pathlib import Path

QUESTION = make_sample(Task.QUESTION_ANSWERING)
DATASET = TinyDataset([QUESTION])


def replay_of(path: Path, *, repeats: int, on_missing: str = "refuse") -> Replay:
    context = replace(context_of(DATASET, root=path.parent), repeats=repeats)
    return build("old", {"path": str(path), "on_missing": on_missing}, context)


def write(path: Path, *repeats: object) -> Path:
    lines = [{**record_of(QUESTION), "response": f"answer {repeat}", "repeat": repeat} for repeat in repeats]
    return write_records(path, lines)


def test_each_repeat_has_its_own_answer(tmp_path: Path) -> None:
    model = replay_of(write(tmp_path / "a.jsonl", 1, 0), repeats=2)

    assert model.check() == []
    assert [model.answer(QUESTION.request(repeat=repeat)).text for repeat in (0, 1)] == ["answer 0", "answer 1"]


def test_a_line_without_repeat_answers_the_first(tmp_path: Path) -> None:
    path = write_records(tmp_path / "a.jsonl", [record_of(QUESTION), {**record_of(QUESTION), "repeat": 1}])

    assert replay_of(path, repeats=2).check() == []


def test_more_answers_than_repeats_are_left_alone(tmp_path: Path) -> None:
    model = replay_of(write(tmp_path / "a.jsonl", 0, 1, 2), repeats=1)

    assert model.check() == []
    assert model.answer(QUESTION.request()).text == "answer 0"


def test_a_file_with_one_answer_a_sample_is_refused_for_repeats_in_one_line(tmp_path: Path) -> None:
    path = write_records(tmp_path / "a.jsonl", [record_of(QUESTION)])

    (problem,) = replay_of(path, repeats=3).check()

    assert problem == (
        "the files hold one answer to each sample, but the run asks for 3 repeats; give each line a field 'repeat'"
        " from 0 to 2 and each sample as many lines"
    )


def test_a_repeat_that_lacks_an_answer_is_a_problem_before_the_run_or_an_error_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", 0, 1)

    (problem,) = replay_of(path, repeats=3).check()

    assert problem.startswith(f"1 samples have no usable recorded answer to each of 3 repeats: {QUESTION.sample_id}; ")
    lenient = replay_of(path, repeats=3, on_missing="error")
    assert lenient.check() == []
    with pytest.raises(ModelError, match=r"no recorded answer to '.*' \(repeat 2\)"):
        lenient.answer(QUESTION.request(repeat=2))


def test_a_second_answer_to_a_repeat_is_a_problem(tmp_path: Path) -> None:
    problems = replay_of(write(tmp_path / "a.jsonl", 0, 1, 1), repeats=2).check()

    assert problems == [f"a.jsonl:3: a second answer to '{QUESTION.sample_id}' (repeat 1); the first is at a.jsonl:2"]


@pytest.mark.parametrize("repeat", [-1, 1.0, "1", True, None])
def test_a_repeat_that_is_no_whole_number_is_a_problem(tmp_path: Path, repeat: object) -> None:
    problems = replay_of(write(tmp_path / "a.jsonl", 0, repeat), repeats=1).check()

    assert problems == [f"a.jsonl:2: the field 'repeat' is {repeat!r}, not a whole number from 0"]
