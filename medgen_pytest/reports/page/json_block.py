"""JSON within HTML: data that a script reads, which can never end its element or become markup."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

# `<`, `>` and `&` mean nothing to JSON but within texts; U+2028 and U+2029 end lines of JavaScript.
_ESCAPED = "<>&\u2028\u2029"
_DOUBLED = '"\\\n\t'


def json_text(value: object) -> str:
    """Plain values as strict JSON that can stand within an element. Raises ValueError for infinities and NaN."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for char in _ESCAPED:
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def data_block(name: str, value: object) -> str:
    """An element that holds data under an id, which must be a word."""
    return f'<script type="application/json" id="{name}">{json_text(value)}</script>\n'


def room_of(text: str) -> int:
    """About how many bytes a visible text takes in JSON within HTML."""
    size = len(text) if text.isascii() else len(text.encode("utf-8", errors="surrogatepass"))
    return size + 5 * sum(map(text.count, _ESCAPED)) + sum(map(text.count, _DOUBLED))


def longest_within(sizes: Iterable[int], room: int) -> int:
    """The size to which each of so many texts must be cut so that all find room; that of the largest if none must.

    >>> longest_within([10, 20, 300, 400], 130)
    50
    """
    ordered = sorted(sizes)
    for place, size in enumerate(ordered):
        others = len(ordered) - place
        if size * others > room:
            return max(0, room // others)
        room -= size
    return ordered[-1] if ordered else 0


def shown_text(text: str, *, longest: int) -> str:
    """A text with hidden characters visible, cut where it would take more than so many bytes, which it then says."""
    seen = visible(text[: longest + 1], keep="\n\t")
    if len(text) <= longest and room_of(seen) <= longest:
        return seen
    kept = text[:longest]
    while room_of(seen := visible(kept, keep="\n\t")) > longest:
        kept = kept[: min(len(kept) - 1, len(kept) * longest // room_of(seen))]
    return f"{seen}\n[... {len(text) - len(kept)} more characters]"
