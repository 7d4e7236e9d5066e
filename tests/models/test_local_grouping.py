"""Groups of a batch: what can be computed at once is, each answer goes to its request, and what fails fails alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ImageError, ModelError
from medgen_pytest.models.local.grouping import answer_in_groups
from tests.models.samples import make_sample

if TYPE_CHECKING:
    from medgen_pytest.domain.sample import Request

BROKEN = "broken"


def ask(words: list[str]) -> tuple[list[str], list[list[str]]]:
    """What comes of requests with these instructions, grouped by their length; and the groups."""
    groups: list[list[str]] = []

    def prepare(request: Request) -> str:
        if request.instruction == BROKEN:
            raise ImageError("no image", name="x.png")
        return request.instruction

    def answer(group: list[str]) -> list[ModelOutput]:
        groups.append(group)
        return [ModelOutput(text=word.upper()) for word in group]

    requests = [make_sample(Task.QUESTION_ANSWERING, instruction=word).request() for word in words]
    found = answer_in_groups(requests, prepare=prepare, key=len, answer=answer)
    return [one.text or "" if isinstance(one, ModelOutput) else str(one) for one in found], groups


def test_requests_of_one_key_are_answered_together() -> None:
    found, groups = ask(["a", "bb", BROKEN, "c"])

    assert found == ["A", "BB", "x.png: no image", "C"]
    assert groups == [["a", "c"], ["bb"]]


@given(st.lists(st.sampled_from(["a", "b", "cc", BROKEN]), max_size=8))
def test_each_answer_goes_to_its_request(words: list[str]) -> None:
    found, _ = ask(words)

    assert found == ["x.png: no image" if word == BROKEN else word.upper() for word in words]


def test_another_number_of_answers_than_requests_is_a_fault() -> None:
    request = make_sample(Task.QUESTION_ANSWERING).request()

    with pytest.raises(ValueError, match="zip"):
        answer_in_groups([request], prepare=lambda one: one, key=lambda _one: 0, answer=lambda _group: [])


def test_a_network_that_fails_is_not_hidden() -> None:
    request = make_sample(Task.QUESTION_ANSWERING).request()

    def fail(_group: list[Request]) -> list[ModelOutput]:
        raise ModelError("stopped")

    with pytest.raises(ModelError, match="stopped"):
        answer_in_groups([request], prepare=lambda one: one, key=lambda _one: 0, answer=fail)
