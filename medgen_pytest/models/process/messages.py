"""Messages: the JSON lines that go to a program and come from it."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PROTOCOL = 1
"""The version of the protocol; a program may state which one it speaks."""

READY = ""
"""The key of the line that says that a program is ready; no request has it as its id."""

_LONGEST_ID = 64
_LONGEST_NUMBER = 18
_BROKEN_REPLY = re.compile(r'\s*\{\s*"id"\s*:\s*"?(?P<id>[^"\\,}\s]{1,64})')


def write_message(message: Mapping[str, object]) -> bytes:
    """A message as one line of ASCII, so that no program can read it in a wrong encoding."""
    return json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode("ascii") + b"\n"


def read_message(line: bytes) -> dict[str, object] | None:
    """The JSON object of a line; None when the line is none.

    What stands before the last carriage return is a progress bar and is not looked at. NaN, infinities and
    numbers of more than 18 digits are read as infinite or NaN floats: what wants a number refuses them.
    """
    text = _last_part(line)
    if not text.startswith("{"):
        return None
    try:
        value: object = json.loads(text, parse_int=_whole)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def key_of(line: bytes, message: Mapping[str, object] | None) -> str | None:
    """What a line answers: the id of a request, READY, or None.

    `message` is what was read from it. A line that begins as a reply but cannot be read still names its request.
    """
    if message is None:
        match = _BROKEN_REPLY.match(_last_part(line)[:200])
        return match["id"] if match else None
    if message.get("ready") is True:
        return READY
    value = message.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST_ID else None


def problem_of_ready(message: Mapping[str, object], *, revision: str | None) -> str | None:
    """Why a program that says that it is ready cannot be asked; None if it can.

    It must speak this version of the protocol, and be of the revision of the settings, where both state one.
    """
    protocol = message.get("protocol", PROTOCOL)
    if protocol != PROTOCOL or isinstance(protocol, bool):
        return f"speaks protocol {_shown(protocol)}; this version speaks {PROTOCOL}"
    stated = message.get("revision")
    if revision is not None and stated is not None and str(stated) != revision:
        return f"says that its revision is {_shown(stated)}; the settings say {revision!r}"
    return None


def _last_part(line: bytes) -> str:
    return line.rstrip(b"\r\n").rpartition(b"\r")[2].decode("utf-8", "replace").strip("\ufeff \t")


def _whole(digits: str) -> int | float:
    # Python refuses to read integers of thousands of digits, and nothing here has use for them.
    return int(digits) if len(digits.lstrip("-")) <= _LONGEST_NUMBER else math.inf


def _shown(value: object) -> str:
    return repr(value)[:100]
