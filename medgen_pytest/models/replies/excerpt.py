"""Excerpts: the start of a reply as a message may show it."""

from __future__ import annotations

import re

_URL = re.compile(r"(https?://)(?:[^\s/@\"'<>]*@)?([^\s/?#\"'<>]*)[^\s\"'<>]*", re.IGNORECASE)


def excerpt(text: str, *, length: int = 80) -> str:
    """At most `length` characters of a text, in quotes and on one line.

    Of a URL only the host is shown: what follows may be a signature.
    """
    # Shortening of URLs needs them whole, or cut behind the host, so more is looked at than shown.
    start = _URL.sub(r"\1\2/...", " ".join(text[: 10 * length].split()))
    shown = start if len(start) <= length and len(text) <= 10 * length else f"{start[:length]}..."
    return repr(shown)
