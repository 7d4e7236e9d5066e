"""Secret values: which parts of settings are secret by their names."""

from __future__ import annotations

from medgen_pytest.config.secrets import secret_values


def test_values_are_secret_by_the_name_of_their_key() -> None:
    headers = {"Authorization": "Bearer abc", "x-api-key": "k-1", "X-Department": "radiology", "Author": "me"}

    assert secret_values(headers) == ("Bearer abc", "k-1")


def test_everything_under_a_secret_name_is_secret() -> None:
    assert secret_values({"credentials": {"user": "me", "more": ["a", 7]}, "model": "vlm"}) == ("me", "a", "7")


def test_names_of_variables_and_counts_of_tokens_are_no_secrets() -> None:
    assert secret_values({"api_key_env": "MY_KEY", "max_tokens": 512}) == ()
