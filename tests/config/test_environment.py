"""The environment: names in `${}` become values, and nothing else does."""

from __future__ import annotations

import pytest

from medgen_pytest.config.environment import expand
from medgen_pytest.errors import ConfigError


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST", "gpu-7")
    monkeypatch.setenv("PORT_2", "8000")
    monkeypatch.setenv("EMPTY", "")
    monkeypatch.setenv("NESTED", "${HOST}")
    monkeypatch.delenv("NOT_SET", raising=False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("${HOST}", "gpu-7"),
        ("http://${HOST}:${PORT_2}/v1", "http://gpu-7:8000/v1"),
        ("${EMPTY}", ""),
        ("${NESTED}", "${HOST}"),
        ("$HOST", "$HOST"),
        ("${}", "${}"),
        ("${2}", "${2}"),
        ("${ HOST }", "${ HOST }"),
        ("${HOST", "${HOST"),
        ("100 %", "100 %"),
    ],
)
def test_only_names_in_braces_are_replaced_and_only_once(text: str, expected: str) -> None:
    assert expand(text) == expected


def test_a_variable_that_is_not_set_is_an_error_that_names_it() -> None:
    with pytest.raises(ConfigError, match="the environment variable NOT_SET is not set"):
        expand("a ${NOT_SET} b")
