"""Images that a reply only points at, and which hosts may be asked for them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

_PORTS = {"http": 80, "https": 443}
_LONGEST_URL = 8192
_LONGEST_HOST = 253
_HIGHEST_PORT = 65535
# Parsers of URLs disagree about these, and what is read differently is checked in vain.
_AMBIGUOUS = re.compile(r"[\s\\\x00-\x20\x7f-\xa0\ufeff]")
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
# The last label of a name that some resolver would take for an address: 1, 0x7f, 017.
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")


@dataclass(frozen=True, slots=True)
class RemoteImage:
    """An image at a URL. The URL may be signed, so `repr` shows its host alone."""

    url: str = field(repr=False)
    host: str = field(init=False)

    def __post_init__(self) -> None:
        authority = re.split(r"[/?#\\]", self.url.partition("://")[2], maxsplit=1)[0]
        object.__setattr__(self, "host", authority.rpartition("@")[2][:_LONGEST_HOST])


def allowed(url: str, hosts: Iterable[str]) -> bool:
    """Whether a URL may be fetched: http or https, from one of the `hosts`.

    A host of the list is a name or an address, with a port where it is not that of the URL's scheme:
    `cdn.example.com`, `localhost:8000`, `[::1]:8000`. Host and port must be the same, without regard to
    case or to how an international name is written; nothing is said of subdomains. Never allowed are
    URLs with user or password, with a backslash, white space or control characters, of more than 8192
    characters, and addresses written in any but the usual way (`127.1`, `0x7f000001`, `2130706433`).

    Raises ConfigError for a host of the list that is none.
    """
    known = {_listed(host) for host in hosts}
    found = _origin(url)
    return found is not None and any((name, port or _PORTS[found[0]]) == found[1:] for name, port in known)


def check_hosts(hosts: Iterable[str]) -> None:
    """Raises ConfigError naming the first entry that is no host with an optional port."""
    for host in hosts:
        _listed(host)


def _listed(host: str) -> tuple[str, int | None]:
    found = None if _AMBIGUOUS.search(host) else _split(host)
    if found is None:
        raise ConfigError(f"{host!r} is no host; needed: a name or address, and a port if need be, like localhost:8000")
    return found


def _origin(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of a URL, in the one way to write them; None for what is never fetched."""
    if len(url) > _LONGEST_URL or _AMBIGUOUS.search(url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    found = _split(parts.netloc) if parts.scheme in _PORTS else None
    return None if found is None else (parts.scheme, found[0], found[1] or _PORTS[parts.scheme])


def _split(authority: str) -> tuple[str, int | None] | None:
    """The host in its one spelling and the port, if there is one; None for anything else."""
    host, colon, port = authority.rpartition(":")
    if not colon or authority.endswith("]"):
        host, port = authority, ""
    elif not _PORT.fullmatch(port) or int(port) > _HIGHEST_PORT:
        return None
    name = _plain_host(host)
    return None if name is None else (name, int(port) if port else None)


def _plain_host(host: str) -> str | None:
    if host.startswith("[") and host.endswith("]"):
        return _address(host[1:-1], ipaddress.IPv6Address)
    name = _ascii_name(host)
    if name is None or len(name) > _LONGEST_HOST or not _NAME.fullmatch(name):
        return None
    return _address(name, ipaddress.IPv4Address) if _NUMERIC.fullmatch(name) else name


def _address(text: str, kind: type[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> str | None:
    if "%" in text:  # a zone: which network card to use is not the reply's to say
        return None
    try:
        return str(kind(text))
    except ValueError:
        return None


def _ascii_name(host: str) -> str | None:
    """An international name in ASCII; None where encodings of different years do not agree."""
    lower = host.lower()
    if lower.isascii():
        return lower
    if len(lower) > _LONGEST_HOST:
        return None
    try:
        name = lower.encode("idna")
        return name.decode("ascii") if name.decode("idna") == lower else None
    except UnicodeError:
        return None
