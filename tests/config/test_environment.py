"""The environment: names in `${}` become values, and caches lie where their libraries look."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from medgen_pytest.config.environment import expand, hub_cache, torch_home
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


CACHES = ("TORCH_HOME", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The home folder of a user who has set none of the variables of caches."""
    for name in CACHES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # what Windows goes by
    return tmp_path


def test_weights_lie_in_the_cache_folder_of_the_home(home: Path) -> None:
    assert torch_home() == home / ".cache" / "torch"
    assert hub_cache() == home / ".cache" / "huggingface" / "hub"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"XDG_CACHE_HOME": "caches"}, "caches/torch"),
        ({"XDG_CACHE_HOME": "~/caches"}, "HOME/caches/torch"),
        ({"TORCH_HOME": "weights"}, "weights"),
        ({"TORCH_HOME": "~/weights"}, "HOME/weights"),
        ({"TORCH_HOME": "$HOST/weights"}, "$HOST/weights"),
        ({"TORCH_HOME": "weights", "XDG_CACHE_HOME": "caches"}, "weights"),
        ({"TORCH_HOME": ""}, "."),
    ],
)
def test_torch_home_is_decided_as_torch_does(
    home: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], expected: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    assert torch_home() == Path(expected.replace("HOME", str(home)))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"XDG_CACHE_HOME": "caches"}, "caches/huggingface/hub"),
        ({"HF_HOME": "hf"}, "hf/hub"),
        ({"HF_HOME": "~/hf", "XDG_CACHE_HOME": "caches"}, "HOME/hf/hub"),
        ({"HF_HOME": "$HOST/hf"}, "gpu-7/hf/hub"),
        ({"HUGGINGFACE_HUB_CACHE": "old", "HF_HOME": "hf"}, "old"),
        ({"HF_HUB_CACHE": "~/new", "HUGGINGFACE_HUB_CACHE": "old", "HF_HOME": "hf"}, "HOME/new"),
        ({"HF_HUB_CACHE": "${HOST}/new"}, "gpu-7/new"),
    ],
)
def test_the_hub_cache_is_decided_as_the_hub_does(
    home: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], expected: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    assert hub_cache() == Path(expected.replace("HOME", str(home)))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no users without a home of that kind")
def test_the_home_of_a_user_nobody_knows_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", "~nobody-of-this-name/weights")

    assert torch_home() == Path("~nobody-of-this-name/weights")
