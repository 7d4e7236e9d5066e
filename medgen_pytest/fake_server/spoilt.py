"""Spoilt answers: what faults make of an answer or of its reply."""

from __future__ import annotations

import random
import struct
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

from medgen_pytest.fake_server.message import HttpReply, StreamedBody
from medgen_pytest.fake_server.question import Picture

if TYPE_CHECKING:
    from medgen_pytest.fake_server.message import Delivery
    from medgen_pytest.fake_server.question import Answer, Finish

_FINISHES: dict[str, Finish] = {"empty": "empty", "null": "null", "refusal": "refusal", "filtered": "filtered"}
_DELIVERIES: dict[str, Delivery] = {"drop": "drop", "reset": "reset", "torn": "torn"}
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BOMB_SIDE = 60_000
_SMALL_SIDE = 64
_SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="64" height="64">'
    b'<rect width="64" height="64" fill="grey"/></svg>'
)
_SPOKEN = "The picture shows the region after the change that was asked for; it is described here and not drawn."
_PAGE = (
    "<!DOCTYPE html><html><head><title>Service</title></head><body><h1>Please sign in</h1>"
    "<p>Your session has ended.</p></body></html>"
)


def spoil_answer(answer: Answer, kind: str, *, huge_bytes: int) -> Answer:
    """The answer under a fault that is seen in it; unchanged under any other."""
    if kind in _FINISHES:
        return replace(answer, finish=_FINISHES[kind])
    if kind == "truncated":
        text = answer.text or ""
        return replace(answer, text=text[: len(text) // 2], finish="length")
    if kind == "image-text":
        return replace(answer, text=answer.text or _SPOKEN, pictures=())
    if kind.startswith("image-"):
        pictures = tuple(spoilt_picture(picture, kind, huge_bytes=huge_bytes) for picture in answer.pictures)
        # One image of 200 MB in a reply is enough.
        return replace(answer, pictures=pictures[:1] if kind == "image-huge" else pictures)
    return answer


def spoilt_picture(picture: Picture, kind: str, *, huge_bytes: int) -> Picture:
    """The picture under a fault of images."""
    if kind == "image-huge":
        return Picture(data=huge_image(huge_bytes))
    if kind == "image-broken" and isinstance(picture.data, bytes):
        return replace(picture, data=picture.data[: len(picture.data) // 2])
    changed = {
        "image-empty": replace(picture, data=b""),
        "image-bomb": Picture(data=bomb_image()),
        "image-svg": Picture(data=_SVG, format="svg"),
    }
    return changed.get(kind, picture)


def spoil_reply(reply: HttpReply, kind: str, *, redirect_to: str) -> HttpReply:
    """The reply under a fault that is seen on the wire alone; unchanged under any other."""
    if kind in _DELIVERIES:
        return replace(reply, delivery=_DELIVERIES[kind])
    if kind == "html":
        return HttpReply(status=200, headers=(("content-type", "text/html; charset=utf-8"),), body=_PAGE.encode())
    if kind == "redirect":
        return HttpReply(status=307, headers=(("location", redirect_to), ("content-type", "text/plain")), body=b"moved")
    return reply


def bomb_image() -> bytes:
    """A small PNG whose header claims 60,000 x 60,000 pixels in colour: 10.8 GB once decoded."""
    rows = zlib.compress(bytes(1_000_000), 9)
    return _SIGNATURE + _header(_BOMB_SIDE, colour=2) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def huge_image(size: int) -> StreamedBody:
    """A valid grey PNG of 64x64 pixels and at least `size` bytes: what is not pixels is private data."""
    payload = random.Random(0).randbytes(999_999 - 12)  # noqa: S311 - filling, no secret
    filling = _chunk(b"meDg", payload)
    rows = zlib.compress(b"".join(b"\0" + bytes([row * 4]) * _SMALL_SIDE for row in range(_SMALL_SIDE)))
    return StreamedBody(
        parts=(
            (_SIGNATURE + _header(_SMALL_SIDE, colour=0), 1),
            (filling, -(-size // len(filling))),
            (_chunk(b"IDAT", rows) + _chunk(b"IEND", b""), 1),
        )
    )


def _header(side: int, *, colour: int) -> bytes:
    return _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, colour, 0, 0, 0))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
