"""Hidden characters: what a text may hold that nobody sees, but that a judge reads."""

from __future__ import annotations

import re
from typing import NamedTuple

from medgen_pytest.models.replies import well_formed


class Visible(NamedTuple):
    """A text without hidden characters, and the kinds of those that were taken out."""

    text: str
    kinds: tuple[str, ...]


# Line breaks of other systems, of Unicode and of terminals are one thing.
_LINE_BREAK = re.compile("\r\n?|[\u0085\u2028\u2029\v\f]")
# Taken out without a word: a byte order mark, hyphenation, and how an emoji is drawn.
_HARMLESS = re.compile("[\ufeff\u00ad\ufe0e\ufe0f]")
_KINDS = {
    "control_characters": re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]"),
    "bidirectional_characters": re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"),
    "invisible_characters": re.compile(
        "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u2800\u3164"
        "\ufe00-\ufe0d\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
    ),
}


def without_hidden(text: str) -> Visible:
    r"""The text as a person sees it, in well-formed Unicode.

    Control characters (but for tab and line break), characters that turn the direction of writing, and
    those without any width or ink are taken out and told in `kinds`; line breaks become `\n`.
    """
    seen = _HARMLESS.sub("", _LINE_BREAK.sub("\n", well_formed(text)))
    kinds = []
    for kind, pattern in _KINDS.items():
        seen, count = pattern.subn("", seen)
        kinds += [kind] if count else []
    return Visible(seen, tuple(sorted(kinds)))
