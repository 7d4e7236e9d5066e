"""The model behind the protocols: its answer depends on the question and the seed, and on nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medgen_pytest.errors import ImageError
from medgen_pytest.fake_server.chance import pick, unit
from medgen_pytest.fake_server.input_image import read_bytes
from medgen_pytest.fake_server.model import answer, count_tokens
from medgen_pytest.fake_server.question import InputImage, Question
from medgen_pytest.fake_server.schema_reply import SchemaReply
from medgen_pytest.images import decode
from tests.fake_server.asking import png

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXTS = st.text(max_size=300)
PLAIN_TYPES = st.sampled_from(
    [
        {"type": "string"},
        {"type": "string", "minLength": 3, "maxLength": 5},
        {"type": "boolean"},
        {"type": "null"},
        {"type": ["null", "integer"], "minimum": -3, "maximum": -1},
        {"type": "integer", "exclusiveMinimum": 4, "exclusiveMaximum": 6},
        {"type": "integer", "maximum": -100},
        {"type": "number", "maximum": -100},
        {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        {"enum": ["a", 2, None]},
        {"const": {"x": 1}},
    ]
)
SCHEMAS = st.recursive(
    PLAIN_TYPES,
    lambda inner: st.one_of(
        st.builds(lambda item: {"type": "array", "items": item, "minItems": 1, "maxItems": 3}, inner),
        st.builds(lambda parts: {"anyOf": parts}, st.lists(inner, min_size=1, max_size=2)),
        st.builds(
            lambda parts: {"type": "object", "properties": parts, "required": sorted(parts)},
            st.dictionaries(st.sampled_from(["text", "image_prompt", "score", "note"]), inner, max_size=3),
        ),
    ),
    max_leaves=6,
)


@given(TEXTS, TEXTS)
def test_the_same_question_and_seed_have_the_same_answer(text: str, seed: str) -> None:
    question = Question(model="m", text=text, wants_json=len(text) % 2 == 0)

    assert answer(question, seed=seed) == answer(question, seed=seed)


@given(TEXTS, st.integers(1, 20))
def test_a_limit_of_tokens_holds_and_is_told(text: str, limit: int) -> None:
    whole = answer(Question(model="m", text=text), seed="s")
    cut = answer(Question(model="m", text=text, max_tokens=limit), seed="s")

    assert count_tokens(cut.text or "") == min(limit, count_tokens(whole.text or ""))
    assert (whole.text or "").startswith(cut.text or "")
    assert (cut.finish == "length") == (count_tokens(whole.text or "") > limit)


@given(st.lists(st.sampled_from(["left", "right", "both", "none"]), min_size=2, max_size=4, unique=True), TEXTS)
def test_one_of_the_options_is_chosen(options: list[str], seed: str) -> None:
    listed = [f"{letter}. {option}" for letter, option in zip("ABCD", options, strict=False)]

    chosen = answer(Question(model="m", text="Which side? Choose one option: " + " ".join(listed)), seed=seed)

    assert chosen.text in listed


def test_every_option_is_chosen_at_times() -> None:
    question = Question(model="m", text="Which side? Choose one option: A. left B. right")

    assert {answer(question, seed=str(seed)).text for seed in range(30)} == {"A. left", "B. right"}


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(SCHEMAS, TEXTS)
def test_json_fits_its_schema(schema: Mapping[str, object], seed: str) -> None:
    question = Question(model="m", text="Judge.", wants_json=True, schema=schema)

    jsonschema.validate(json.loads(answer(question, seed=seed).text or ""), schema)


def test_a_schema_that_recurs_without_end_is_cut_off() -> None:
    schema = {"type": "object", "properties": {"next": {"$ref": "#"}}}

    assert SchemaReply(seed="s", texts={}, default="x").fill(schema)


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_images_are_the_same_for_the_same_seed_and_differ_for_another(kind: str) -> None:
    question = Question(model="m", text="", wants_text=False, wants_image=True, count=2, format=kind)

    first, again, other = (answer(question, seed=seed) for seed in ("a", "a", "b"))

    assert first == again
    assert {picture.data for picture in first.pictures}.isdisjoint({picture.data for picture in other.pictures})
    assert len({picture.data for picture in first.pictures}) == 2


@given(st.integers(1, 40), st.integers(1, 40), st.one_of(st.none(), st.tuples(st.integers(1, 90), st.integers(1, 90))))
@settings(max_examples=40)
def test_images_have_the_size_asked_for_or_that_of_the_input(
    width: int, height: int, size: tuple[int, int] | None
) -> None:
    image = read_bytes(png(width, height), param="image")
    question = Question(model="m", text="", images=(image,), wants_image=True, size=size)

    (picture,) = answer(question, seed="s", max_side=1024).pictures

    assert isinstance(picture.data, bytes)
    assert decode(picture.data, name="it").shape[:2] == (size or (width, height))[::-1]


def test_an_echo_is_the_file_of_the_input() -> None:
    image = read_bytes(png(), param="image")

    question = Question(model="m", text="", images=(image,), wants_image=True)

    assert answer(question, seed="s", image_answer="echo").pictures[0].data == png()


def test_an_input_that_cannot_be_decoded_is_told_where_it_has_to_be() -> None:
    broken = InputImage(data=png()[:60], format="PNG", width=48, height=32)
    question = Question(model="m", text="", images=(broken,), wants_image=True)

    with pytest.raises(ImageError, match="cannot be decoded"):
        answer(question, seed="s")


@given(st.lists(st.one_of(st.integers(), st.text()), max_size=4))
def test_chance_lies_from_0_up_to_1_and_repeats(parts: list[object]) -> None:
    assert 0 <= unit(*parts) < 1
    assert unit(*parts) == unit(*parts)
    assert pick("abc", *parts) in "abc"
