"""Visible text: characters that would hide, move or break text, written as escapes."""

from __future__ import annotations

import unicodedata

# Controls (with ANSI's ESC), formats (with bidi overrides), surrogates, unassigned, line and paragraph separators.
# What is left is legal in XML 1.0, encodes as UTF-8 and stays where a terminal puts it.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})


def visible(text: str, *, keep: str = "") -> str:
    r"""The text with every invisible character escaped, but for those in `keep`.

    >>> print(visible("my\nmodel\x1b[31m"))
    my\nmodel\x1b[31m
    """
    if text.isascii() and text.isprintable():
        return text
    unseen = {ord(char): _escape(char) for char in set(text).difference(keep) if not _is_seen(char)}
    return text.translate(unseen) if unseen else text


def _is_seen(char: str) -> bool:
    return unicodedata.category(char) not in _UNSEEN


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")
