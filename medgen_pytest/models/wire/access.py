"""Access: the header in which an endpoint wants its key, as the settings write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ACCESS = r"^[A-Za-z][A-Za-z0-9-]*: ?[^\r\n{}]*\{key\}[^\r\n{}]*$"
"""What a header is written like: `NAME: VALUE` with `{key}` where the key goes."""

BEARER = "Authorization: Bearer {key}"
GOOGLE = "x-goog-api-key: {key}"


def key_headers(access: str) -> Callable[[str], Mapping[str, str]]:
    """What makes the headers of a key, for a header that is written like `Authorization: Bearer {key}`."""
    name, _, value = access.partition(":")
    return lambda key: {name: value.strip().replace("{key}", key)}
