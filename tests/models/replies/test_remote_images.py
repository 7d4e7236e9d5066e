"""Only hosts that are named may be asked for an image, however a URL is written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.errors import ConfigError
from medgen_pytest.models.replies import RemoteImage, allowed, check_hosts

HOSTS = ["cdn.example.com", "localhost:8000", "127.0.0.1:9000", "[::1]:9000", "bücher.example", "10.0.0.7"]


@pytest.mark.parametrize(
    "url",
    [
        "https://cdn.example.com/a.png",
        "http://cdn.example.com/a.png",
        "https://cdn.example.com",
        "https://cdn.example.com:443/a.png?sig=1#x",
        "HTTPS://CDN.Example.COM/a.png",
        "http://localhost:8000/a",
        "http://127.0.0.1:9000/a",
        "http://[::1]:9000/a",
        "http://[0:0:0:0:0:0:0:1]:9000/a",
        "https://bücher.example/ä.png",
        "https://BÜCHER.example/a.png",
        "https://xn--bcher-kva.example/a.png",
        "http://10.0.0.7/a",
    ],
)
def test_the_hosts_of_the_list_are_allowed(url: str) -> None:
    assert allowed(url, HOSTS)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "cdn.example.com/a.png",
        "//cdn.example.com/a.png",
        "ftp://cdn.example.com/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "https:cdn.example.com",
        "https:///cdn.example.com",
        "https://",
        "https://cdn.example.com:8443/a.png",
        "https://cdn.example.com:80/a.png",
        "https://cdn.example.com:/a.png",
        "https://cdn.example.com:0443/a.png",
        "https://cdn.example.com:99999/a",
        "https://cdn.example.com:-1/a",
        "https://cdn.example.com:٤٤٣/a",
        "http://localhost/a",
        "http://localhost:8001/a",
        "https://a.cdn.example.com/a.png",
        "https://example.com/a.png",
        "https://cdn.example.com.evil.example/a.png",
        "https://cdn.example.com./a.png",
        "https://evilcdn.example.com/a.png",
        "https://user@cdn.example.com/a.png",
        "https://user:pw@cdn.example.com/a.png",
        "https://cdn.example.com@evil.example/a.png",
        "https://evil.example#@cdn.example.com/",
        "https://evil.example?@cdn.example.com/",
        "https://evil.example\\@cdn.example.com/",
        "https://cdn.example.com\\@evil.example/",
        "https://cdn.example.com\t.evil.example/",
        "https://cdn.exa\nmple.com/a.png",
        " https://cdn.example.com/a.png",
        "https://cdn.example.com/a b.png",
        "https://cdn%2eexample.com/a.png",
        "https://%63dn.example.com/a.png",
        "https://cdn。example。com/a.png",
        "https://\uff43dn.example.com/a.png",
        "https://cdn\u00ad.example.com/a.png",
        "https://cdn.example.com\u200b/a.png",
        "http://10.7/a",
        "http://10.0.7/a",
        "http://167772167/a",
        "http://0x0a000007/a",
        "http://0xa.0.0.7/a",
        "http://012.0.0.7/a",
        "http://10.0.0.07/a",
        "http://10.0.0.7./a",
        "http://\uff11\uff10.0.0.7/a",
        "http://[::ffff:10.0.0.7]/a",
        "http://[::1]/a",
        "http://[::1%25eth0]:9000/a",
        "http://::1:9000/a",
        "http://[::1/a",
        "http://2130706433:9000/a",
        "http://127.1:9000/a",
        "https://cdn.example.com/" + "a" * 8192,
    ],
)
def test_nothing_else_is(url: str) -> None:
    assert not allowed(url, HOSTS)


def test_a_name_that_encodings_of_different_years_read_differently_is_not_allowed() -> None:
    assert not allowed("https://faß.example/", ["fass.example", "xn--fa-hia.example"])


def test_nothing_is_allowed_without_a_list() -> None:
    assert not allowed("https://cdn.example.com/", [])


@pytest.mark.parametrize(
    "host",
    [
        "",
        "https://cdn.example.com",
        "cdn.example.com/a",
        "*.example.com",
        "a@b",
        "a b",
        "a:0",
        "a:x",
        "127.1",
        "::1",
        "a..b",
    ],
)
def test_an_entry_that_is_no_host_is_told_before_the_run(host: str) -> None:
    with pytest.raises(ConfigError, match="is no host; needed: a name or address"):
        check_hosts(["fine.example", host])


def test_good_entries_are_taken() -> None:
    check_hosts(HOSTS)


@settings(deadline=None)
@given(st.text(max_size=80), st.sampled_from(HOSTS))
def test_any_text_is_allowed_or_not_and_never_an_error(text: str, host: str) -> None:
    assert allowed(text, HOSTS) in {True, False}
    assert not allowed(f"https://{text}@{host}/", HOSTS) or text.startswith(tuple(HOSTS))


@settings(deadline=None)
@given(st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8}){0,3}", fullmatch=True), st.integers(1, 65535))
def test_a_host_allows_itself_and_no_other_port(host: str, port: int) -> None:
    assert allowed(f"http://{host.upper()}:{port}/x", [f"{host}:{port}"])
    assert not allowed(f"http://{host}:{port % 65535 + 1}/x", [f"{host}:{port}"])


def test_a_long_host_is_refused_at_once() -> None:
    assert not allowed("https://" + "ä." * 4000, HOSTS)


def test_a_signed_url_is_not_shown() -> None:
    image = RemoteImage("https://user:PASSWORD@cdn.example.com/a.png?X-Signature=SECRET")

    assert repr(image) == "RemoteImage(host='cdn.example.com')"
    assert image.url.endswith("SECRET")
