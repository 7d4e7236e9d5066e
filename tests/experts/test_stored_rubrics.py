"""Stored rubrics: what a key or a manifest holds comes back as it was, and what is no rubric is refused."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.reports.experts.sheet import Question, Rubric
from medgen_pytest.runs.experts.stored_rubric import dump_rubric, load_rubric

NAMES = st.from_regex(r"q[a-z0-9_]{0,8}", fullmatch=True)
TEXTS = st.text(max_size=20)


@st.composite
def rubrics(draw: st.DrawFn) -> Rubric:
    low = draw(st.floats(-10, 10))
    return Rubric(
        name=draw(TEXTS),
        version=draw(TEXTS),
        digest=draw(TEXTS),
        low=low,
        high=low + draw(st.floats(0.5, 10)),
        questions=tuple(
            Question(
                name=name,
                title=draw(TEXTS),
                question=draw(TEXTS),
                formats=draw(st.frozensets(st.sampled_from(Format), min_size=1)),
            )
            for name in draw(st.lists(NAMES, unique=True, max_size=4))
        ),
    )


STORED: dict[str, Any] = {
    "name": "mine",
    "version": 2,
    "low": 1,
    "high": 5,
    "dimensions": [{"name": "truth", "title": "Truth", "question": "Is it true?", "formats": ["vqa"]}],
}


@given(rubrics())
def test_a_rubric_comes_back_equal_from_strict_json(rubric: Rubric) -> None:
    assert load_rubric(json.loads(json.dumps(dump_rubric(rubric), allow_nan=False))) == rubric


def test_the_form_of_a_rubric_file_is_read_as_the_same_rubric() -> None:
    (dimension,) = STORED["dimensions"]
    facts = {name: value for name, value in dimension.items() if name != "name"}
    file = {"name": "mine", "version": 2, "scale": {"low": 1, "high": 5}, "dimensions": {"truth": facts}}

    assert load_rubric(file) == load_rubric(STORED)


def test_a_dimension_without_formats_is_asked_of_all() -> None:
    stored = copy.deepcopy(STORED)
    del stored["dimensions"][0]["formats"]

    (question,) = load_rubric(stored).questions

    assert question.formats == frozenset(Format)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"low": 5}, "the scale runs from 5 to 5"),
        ({"high": float("nan")}, "the scale runs from 1 to nan"),
        ({"low": None}, "a number is missing"),
        ({"name": 5}, "not a text: 5"),
        ({"dimensions": [{"title": "Truth", "question": "?"}]}, "name"),
        ({"dimensions": 2 * STORED["dimensions"]}, "cannot be called 'truth', or there are two of it"),
        ({"dimensions": [{**STORED["dimensions"][0], "name": "overall"}]}, "cannot be called 'overall'"),
        ({"dimensions": [{**STORED["dimensions"][0], "formats": ["video"]}]}, "'video' is not a valid Format"),
        ({"dimensions": "truth"}, "not a list: 'truth'"),
    ],
)
def test_what_is_no_rubric_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises((KeyError, TypeError, ValueError), match=message):
        load_rubric({**STORED, **change})
