"""JSON Schemas in Gemini's words: the order kept, references put in place, what has no word left out."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.models.wire.gemini_schema import gemini_schema
from tests.models.wire.asking import CHOICE, ask, asked_of, model_at

if TYPE_CHECKING:
    from tests.models.wire.conftest import Serve

SCHEMA = MappingProxyType(
    {
        "type": "object",
        "properties": MappingProxyType(
            {
                "analysis": {"type": "string", "minLength": 1},
                "scores": {
                    "type": "object",
                    "properties": {"relevance": {"$ref": "#/$defs/score"}, "accuracy": {"$ref": "#/$defs/score"}},
                    "required": ("relevance", "accuracy"),
                    "additionalProperties": False,
                },
                "overall": {"$ref": "#/$defs/score"},
            }
        ),
        "required": ["analysis", "scores", "overall"],
        "additionalProperties": False,
        "$defs": {"score": {"type": "number", "minimum": 1, "maximum": 10}},
    }
)
SCORE = {"type": "NUMBER", "minimum": 1, "maximum": 10}
TRANSLATED = {
    "type": "OBJECT",
    "properties": {
        "analysis": {"type": "STRING", "minLength": 1},
        "scores": {
            "type": "OBJECT",
            "properties": {"relevance": SCORE, "accuracy": SCORE},
            "required": ["relevance", "accuracy"],
            "propertyOrdering": ["relevance", "accuracy"],
        },
        "overall": SCORE,
    },
    "required": ["analysis", "scores", "overall"],
    "propertyOrdering": ["analysis", "scores", "overall"],
}
JUDGED = replace(CHOICE, wants_json=True, json_schema=SCHEMA)


def test_a_schema_is_sent_in_its_words_and_answered_in_its_order(serve: Serve) -> None:
    server = serve()

    output = ask(model_at(server, "gemini", model="gemini-2.5-pro", images_out=False), JUDGED)

    (body,) = asked_of(server)
    config: Any = body["generationConfig"]
    assert config["responseMimeType"] == "application/json"
    assert config["responseSchema"] == TRANSLATED
    reply = json.loads(output.text or "")
    assert list(reply) == ["analysis", "scores", "overall"]
    assert 1 <= reply["scores"]["accuracy"] <= 10


@pytest.mark.parametrize("changes", [{"images_out": True}, {"images_out": False, "json_mode": False}])
def test_a_model_that_cannot_enforce_json_is_sent_no_schema(serve: Serve, changes: dict[str, object]) -> None:
    server = serve()

    ask(model_at(server, "gemini", **changes), JUDGED)

    (body,) = asked_of(server)
    config: Any = body["generationConfig"]
    assert not {"responseSchema", "responseMimeType"} & set(config)


def test_without_a_schema_json_is_asked_for_as_before(serve: Serve) -> None:
    server = serve()

    ask(model_at(server, "gemini", images_out=False), replace(CHOICE, wants_json=True))

    (body,) = asked_of(server)
    assert body["generationConfig"] == {"candidateCount": 1, "responseMimeType": "application/json"}


@pytest.mark.parametrize(
    ("schema", "translated"),
    [
        ({"type": ["number", "null"]}, {"type": "NUMBER", "nullable": True}),
        ({"type": ["number", "string"]}, {"anyOf": [{"type": "NUMBER"}, {"type": "STRING"}]}),
        (
            {"type": ["integer", "boolean", "null"]},
            {"anyOf": [{"type": "INTEGER"}, {"type": "BOOLEAN"}], "nullable": True},
        ),
        (
            {"description": "x", "oneOf": [{"type": "integer"}, {"type": "null"}]},
            {"type": "INTEGER", "description": "x", "nullable": True},
        ),
        ({"const": "a"}, {"type": "STRING", "format": "enum", "enum": ["a"]}),
        ({"enum": ["a", "b"]}, {"type": "STRING", "format": "enum", "enum": ["a", "b"]}),
        ({"type": "integer", "enum": [1, 2]}, {"type": "INTEGER"}),
        ({"type": "number", "exclusiveMinimum": 0}, {"type": "NUMBER"}),
        (
            {"type": "array", "items": {"type": "string"}, "maxItems": 3},
            {"type": "ARRAY", "maxItems": 3, "items": {"type": "STRING"}},
        ),
        ({"type": "object"}, None),
        ({"type": "array"}, None),
        ({"type": "null"}, None),
        ({"enum": [1, "a"]}, None),
        ({}, None),
        ({"$ref": "#/nowhere"}, None),
        ({"$ref": "#"}, None),
        ({"anyOf": []}, None),
        ({"properties": {"a": {}}}, None),
        (None, None),
    ],
)
def test_each_word_is_translated_or_left_out(
    schema: dict[str, object] | None, translated: dict[str, object] | None
) -> None:
    assert gemini_schema(schema) == translated


def test_a_schema_that_recurs_without_end_is_not_sent() -> None:
    tree = {"type": "object", "properties": {"child": {"$ref": "#"}}, "required": ["child"]}

    assert gemini_schema(tree) is None


WORDS = ("type", "properties", "required", "items", "anyOf", "enum", "const", "$ref", "$defs", "minimum")


@given(
    st.recursive(
        st.none() | st.integers() | st.sampled_from(["object", "array", "string", "null", "#", "#/$defs/a"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(WORDS), inner)
            | st.dictionaries(st.sampled_from("ab"), inner)
        ),
        max_leaves=12,
    ).filter(lambda value: isinstance(value, dict))
)
def test_any_mapping_is_translated_or_none(schema: dict[str, object]) -> None:
    translated = gemini_schema(schema)

    assert translated is None or json.loads(json.dumps(translated)) == translated
