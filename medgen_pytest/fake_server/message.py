"""HTTP messages as values: a request that has arrived, a reply to be sent, and how it is sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Delivery = Literal["whole", "torn", "reset", "drop"]
"""How a reply is sent: whole, with a part missing, with a reset in its middle, or not at all."""

JSON_TYPE = "application/json"
HUGE = "@@huge-image@@"
"""Stands in a JSON text for the base64 of an image that is streamed."""


class RequestError(Exception):
    """A request that a provider would not take: status, message and the fields that its error names."""

    def __init__(self, status: int, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.code = code
        self.headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """A request as it arrived; names of headers are lower case."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @cached_property
    def path(self) -> str:
        """The path, with its escapes resolved."""
        return unquote(urlsplit(self.target).path)

    @cached_property
    def query(self) -> Mapping[str, str]:
        """The parameters of the query."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    def header(self, name: str) -> str | None:
        """The first header of a name in lower case."""
        return next((value for key, value in self.headers if key == name), None)

    @cached_property
    def parsed(self) -> object:
        """The JSON of the body, read once. Raises ValueError or RecursionError."""
        return json.loads(self.body)

    @property
    def media_type(self) -> str:
        """The media type of the body, without its parameters."""
        return (self.header("content-type") or "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedBody:
    """A body of repeated pieces that is never held as a whole: `(piece, times)` in order."""

    parts: tuple[tuple[bytes, int], ...]

    def __len__(self) -> int:
        return sum(len(piece) * times for piece, times in self.parts)

    def __iter__(self) -> Iterator[bytes]:
        for piece, times in self.parts:
            for _ in range(times):
                yield piece

    def surrounded(self, *, before: bytes, after: bytes) -> StreamedBody:
        """The same body with something before and behind it."""
        return StreamedBody(parts=((before, 1), *self.parts, (after, 1)))


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReply:
    """A reply to be sent."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | StreamedBody = b""
    delivery: Delivery = "whole"

    def with_headers(self, *headers: tuple[str, str]) -> HttpReply:
        """The reply with further headers."""
        return replace(self, headers=(*self.headers, *headers))


def json_reply(value: object, *, status: int = 200, huge: StreamedBody | None = None) -> HttpReply:
    """A reply of JSON; `huge` is what stands where the value names HUGE."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", errors="backslashreplace")
    body: bytes | StreamedBody = text
    if huge is not None and HUGE.encode() in text:
        before, _, after = text.partition(HUGE.encode())
        body = huge.surrounded(before=before, after=after.replace(HUGE.encode(), b""))
    return HttpReply(status=status, headers=(("content-type", JSON_TYPE),), body=body)
