"""Every JSON object of a text is found with its place, its state and what is wrong with it."""

from __future__ import annotations

from medgen_pytest.models.replies import json_objects, noise_around


def test_whole_broken_and_cut_objects_come_in_their_order() -> None:
    text = 'A {"a": 1} B {"b": two} C {"c": {"d": "thr'

    found = list(json_objects(text))

    assert [one.state for one in found] == ["whole", "broken", "cut off"]
    assert [one.members for one in found] == [{"a": 1}, {}, {"c": {"d": "thr"}}]
    assert [one.path for one in found] == [(), ("b",), ("c", "d")]
    assert found[0].problem is None
    assert (
        found[1].problem
        == 'the JSON of the reply is broken at character 20: a value is due, not \'two} C {"c": {"d": "\''
    )
    assert found[2].problem == f"the JSON of the reply is cut off in 'c.d' after {len(text)} characters"


def test_objects_know_where_they_stand() -> None:
    text = 'A {"a": {"b": 1}} B'

    (found,) = json_objects(text)

    assert text[found.start : found.end] == '{"a": {"b": 1}}'
    assert noise_around(text, found) == {"text before", "text after"}


def test_braces_of_prose_are_no_objects() -> None:
    assert list(json_objects("of {x} and {1, 2}, \\frac{a}{b}")) == []
