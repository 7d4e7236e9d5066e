"""Requests: what is due, and the seed of each repeat."""

from __future__ import annotations

from dataclasses import replace

import pytest

from medgen_pytest.domain.sample import Request
from medgen_pytest.domain.taxonomy import Modality, Task

REQUEST = Request(sample_id="s", task=Task.QUESTION_ANSWERING, modality=Modality.CT, instruction="?", inputs=())


@pytest.mark.parametrize(
    ("task", "text", "image"),
    [
        (Task.QUESTION_ANSWERING, True, False),
        (Task.NOISE_RECONSTRUCTION, False, True),
        (Task.DISEASE_PREDICTION, True, True),
    ],
)
def test_what_the_format_wants_is_due_unless_the_request_says_otherwise(task: Task, text: bool, image: bool) -> None:  # noqa: FBT001 - a parameter
    whole = replace(REQUEST, task=task)

    assert (whole.wants_text, whole.wants_image) == (text, image)
    assert [replace(whole, due=due).wants_text for due in ("text", "image")] == [True, False]
    assert [replace(whole, due=due).wants_image for due in ("text", "image")] == [False, True]


def test_each_repeat_has_the_next_seed_where_there_is_one() -> None:
    again = replace(REQUEST, repeat=2)

    assert (REQUEST.seed_from(5), again.seed_from(5), again.seed_from(None)) == (5, 7, None)
