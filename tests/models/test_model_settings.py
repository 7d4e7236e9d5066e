"""Settings of adapters, and digests that hold no secret."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.errors import ConfigError
from medgen_pytest.models.digests import files_digest, value_digest, without_secrets
from medgen_pytest.models.python import PythonSettings
from medgen_pytest.models.replay import ReplaySettings
from medgen_pytest.models.settings import parse_settings


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pth": "x"}, "the key 'path' is missing; unknown key 'pth'; did you mean 'path'?"),
        ({"path": "x", "colour": 1}, "unknown key 'colour'; known: allow_outside_paths, on_missing, path"),
        ({"path": "x", "on_missing": "skip"}, "'on_missing': Input should be 'refuse' or 'error'"),
    ],
)
def test_wrong_settings_are_one_line_that_names_model_and_key(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings(ReplaySettings, settings, name="old", adapter="replay")

    assert str(caught.value) == f"model 'old' (adapter replay): {message}"


def test_a_value_that_may_be_a_secret_is_not_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings(PythonSettings, {"target": "a:b", "revision": ["hunter2"]}, name="m", adapter="python")

    assert "hunter2" not in str(caught.value)


def test_formats_are_taken_in_any_spelling() -> None:
    parsed = parse_settings(
        PythonSettings, {"target": "a:b", "formats": ["VQA", "ImageEdit"]}, name="m", adapter="python"
    )

    assert [form.value for form in parsed.formats] == ["vqa", "image_editing"]


def test_an_unknown_format_is_named_with_the_model() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_settings(PythonSettings, {"target": "a:b", "formats": ["vqaa"]}, name="m", adapter="python")

    assert str(caught.value) == "model 'm' (adapter python): 'formats': unknown format 'vqaa'; did you mean 'vqa'?"


def test_one_path_is_a_list_of_one() -> None:
    assert parse_settings(ReplaySettings, {"path": Path("a")}, name="m", adapter="replay").path == ("a",)


def test_secrets_do_not_enter_a_digest_but_other_values_do() -> None:
    base = {"api_key": "one", "max_tokens": 5, "nested": [{"authToken": "x"}], "header": "Bearer abc"}

    assert value_digest(base) == value_digest({**base, "api_key": "two", "header": "Bearer xyz"})
    assert value_digest(base) != value_digest({**base, "max_tokens": 6})
    assert without_secrets(base) == {
        "api_key": "<hidden>",
        "max_tokens": 5,
        "nested": [{"authToken": "<hidden>"}],
        "header": "<hidden>",
    }


def test_what_json_does_not_know_enters_a_digest_by_its_repr() -> None:
    assert without_secrets({"since": date(2026, 8, 1)}) == {"since": "datetime.date(2026, 8, 1)"}
    assert value_digest({"since": date(2026, 8, 1)}) != value_digest({"since": date(2026, 8, 2)})


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none()))
def test_the_order_of_keys_does_not_matter_to_a_digest(value: dict[str, object]) -> None:
    assert value_digest(value) == value_digest(dict(reversed(list(value.items()))))


def test_a_digest_over_files_depends_on_their_bytes_alone(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"abc")
    two.write_bytes(b"abc")

    assert files_digest([one]) == files_digest([two])
    assert files_digest([one]) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
