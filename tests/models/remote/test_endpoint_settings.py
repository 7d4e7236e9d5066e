"""Settings of endpoints: addresses, hosts, formats and limits."""

from __future__ import annotations

import pytest

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ConfigError
from medgen_pytest.models.remote.endpoint import Endpoint, bearer
from medgen_pytest.models.remote.settings import EndpointSettings
from medgen_pytest.models.settings import parse_settings
from tests.models.samples import context_of, every_task

URL = "https://api.example.com/v1"


def parsed(**settings: object) -> EndpointSettings:
    return parse_settings(EndpointSettings, {"base_url": URL, **settings}, name="m", adapter="a")


def endpoint(**settings: object) -> Endpoint[EndpointSettings]:
    return Endpoint(parsed(**settings), name="m", context=context_of(every_task()), key_headers=bearer)


def test_an_address_loses_its_last_slash_and_gives_its_host() -> None:
    settings = parsed(base_url="http://Localhost:8000/v1/", image_hosts=["cdn.example.com"])

    assert settings.base_url == "http://Localhost:8000/v1"
    assert settings.host == "Localhost:8000"
    assert settings.hosts == ("Localhost:8000", "cdn.example.com")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "api.example.com/v1",
        "ftp://api.example.com",
        "https://me:pw@api.example.com",
        "https://api.example.com/v1?key=abc",
        "https://api.example.com/v1#a",
        "https://api.example.com:0/v1",
        "http://127.1/v1",
        "https://",
        "https://[::1",
    ],
)
def test_what_is_no_plain_address_is_refused_without_showing_it(address: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(base_url=address)

    assert "'base_url': an address like https://HOST/v1 is needed" in str(caught.value)
    assert "abc" not in str(caught.value)
    assert "pw@" not in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image_hosts": ["https://cdn.example.com"]}, "'image_hosts': 'https://cdn.example.com' is no host"),
        ({"formats": ["drawing"]}, "'formats': "),
        ({"concurrency": 0}, "'concurrency': "),
        ({"retries": -1}, "'retries': "),
        ({"request_timeout": 0}, "'request_timeout': "),
        ({"api_key_env": "sk-abc"}, "'api_key_env': "),
        ({"price": {"per_picture": 1}}, "price.per_picture"),
        ({"image_format": "gif"}, "'image_format': "),
        ({"max_side": 3}, "'max_side': "),
    ],
)
def test_wrong_values_are_named(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parsed(**settings)

    assert message in str(caught.value)
    assert "sk-abc" not in str(caught.value)


def test_formats_may_be_written_in_any_spelling() -> None:
    assert parsed(formats=["VQA", "ImageEditing"]).formats == (Format.VQA, Format.IMAGE_EDITING)


@pytest.mark.parametrize("key", ["", "  ", None])
def test_a_key_that_is_not_set_is_named_before_the_run(monkeypatch: pytest.MonkeyPatch, key: str | None) -> None:
    monkeypatch.delenv("MY_KEY", raising=False)
    if key is not None:
        monkeypatch.setenv("MY_KEY", key)

    with pytest.raises(ConfigError, match=r"model 'm': the environment variable MY_KEY \(api_key_env\) is not set"):
        endpoint(api_key_env="MY_KEY")


def test_a_key_that_no_header_can_carry_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-\u00fcber")

    with pytest.raises(ConfigError, match="characters that no header can carry") as caught:
        endpoint(api_key_env="MY_KEY")

    assert "ber" not in str(caught.value).partition("header")[0].replace("number", "")


def test_secrets_are_the_key_and_the_values_of_headers_whose_names_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-abcdef\n")

    headers = {"X-Gateway-Token": "gateway-secret", "X-Department": "radiology"}

    made = endpoint(api_key_env="MY_KEY", headers=headers)

    assert made.secrets == ("sk-abcdef", "gateway-secret")
    assert made.headers == {**headers, "Authorization": "Bearer sk-abcdef"}
    assert "abcdef" not in repr(made)


def test_settings_are_shown_without_what_may_be_secret_in_them() -> None:
    shown = repr(parsed(headers={"X-Gateway-Token": "gateway-secret"}, proxy="http://me:proxy-secret@proxy:8080"))

    assert URL in shown
    assert "secret" not in shown


def test_identity_has_neither_limits_nor_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-abcdef")

    made = endpoint(api_key_env="MY_KEY", headers={"X-Gateway": "secret"}, concurrency=3, revision="r1", max_side=512)

    assert made.identity("a") == {
        "adapter": "a",
        "base_url": URL,
        "revision": "r1",
        "image_format": "png",
        "jpeg_quality": 95,
        "max_side": 512,
    }
