"""Raw replies: what an endpoint answered, as a record keeps it: bounded, without pixels and signatures."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from urllib.parse import unquote

from medgen_pytest.images import identify
from medgen_pytest.models.replies import well_formed

MOST_CHARACTERS = 20_000
"""Longer replies are cut."""

_LONGEST_TEXT = 800
"""Base64 of more characters is no word, whatever it holds."""

_HEAD = 64
_DIGIT = r"[A-Za-z0-9+/_-]"
_WHOLE = re.compile(r"(?P<data>[A-Za-z0-9+/_\s-]{16,})(?:=[=\s]*)?")
_LONG = re.compile(rf"(?<!{_DIGIT}){_DIGIT}{{{_LONGEST_TEXT},}}={{0,2}}")
# Base64 may be broken into lines; a short one belongs to it only at the end of several.
_LINES = rf"(?:(?:\r?\n{_DIGIT}{{40,}})+(?:\r?\n{_DIGIT}{{1,39}}(?=[=\s)\"'>]|$))?)?"
_DATA_URL = re.compile(
    rf"data:[^,\s\"'<>]{{0,100}},(?P<data>(?:{_DIGIT}|%[0-9A-F]{{2}}){{16,}}{_LINES}={{0,2}})",
    re.IGNORECASE,
)
_URL = re.compile(r"(?P<scheme>https?://)(?P<rest>[^\s\"'<>()\[\]]*)", re.IGNORECASE)


def raw_reply(body: bytes) -> str:
    """The text of a reply: JSON in one line, each image in it as `<PNG, 2048 bytes, sha256 0123456789abcdef>`.

    Images are data URLs, texts that are the base64 of an image as a whole, and long runs of base64. Of
    URLs the user, the query and the fragment are left out: they may be signatures. What is no JSON is
    treated as text. At most 20,000 characters are kept; behind a cut stands how many there were.
    """
    try:
        text = json.dumps(_plain(json.loads(body)), ensure_ascii=False)
    except (ValueError, RecursionError):
        text = _shortened(body.decode("utf-8", errors="replace"))
    text = well_formed(text)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}... ({len(text)} characters)"


def _plain(value: object) -> object:
    if isinstance(value, str):
        return _shortened(value)
    if isinstance(value, Mapping):
        return {_shortened(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value


def _shortened(text: str) -> str:
    whole = _WHOLE.fullmatch(text)
    if whole is not None and identify(_decoded(whole["data"].lstrip()[:_HEAD])) is not None:
        return _placeholder(whole["data"])
    text = _DATA_URL.sub(lambda match: _placeholder(match["data"]), text)
    text = _LONG.sub(lambda match: _placeholder(match[0]), text)
    return _URL.sub(_without_signature, text)


def _placeholder(data: str) -> str:
    content = _decoded(data)
    return f"<{identify(content) or 'data'}, {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()[:16]}>"


def _decoded(data: str) -> bytes:
    """The bytes of base64 in either alphabet, as far as there are whole ones."""
    plain = re.sub(r"[^A-Za-z0-9+/]", "", unquote(data).replace("-", "+").replace("_", "/"))
    whole = plain if len(plain) % 4 != 1 else plain[:-1]
    return base64.b64decode(whole + "=" * (-len(whole) % 4))


def _without_signature(match: re.Match[str]) -> str:
    address, *signed = re.split(r"[?#]", match["rest"], maxsplit=1)
    authority, slash, path = address.partition("/")
    return f"{match['scheme']}{authority.rpartition('@')[2]}{slash}{path}{'?...' if signed else ''}"
