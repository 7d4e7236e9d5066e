"""Forms: a text as the words and stops by which clinical terms are found."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

STOP, COLON, COMMA = ".", ":", ","
STOPS = frozenset({STOP, COLON, COMMA})
"""What stands for every kind of stop: the end of a clause, what an answer follows, and the comma of a list."""

# The dot of "2.5" is no stop. A dash between spaces and the border of a table's cell separate as a colon does.
_FORM = re.compile(r"\d+(?:\.\d+)+|[^\W_]+|[.;:!?,|\n]|(?<=\s)[-\u2013\u2014](?=\s)")
_STOPS = {**dict.fromkeys(".;!\n", STOP), **dict.fromkeys(":?|-\u2013\u2014", COLON), ",": COMMA}
_NOT = re.compile(r"n['\u2019]t\b")
_INVISIBLE = frozenset({"Cf", "Cs"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """Which spelling of a part of a word is compared: `oedema` as `edema`."""

    same: Mapping[str, str]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, same: Mapping[str, str]) -> Spelling:
        """The spelling that writes each key as its value."""
        longest_first = sorted(same, key=lambda part: (-len(part), part))
        return cls(same=dict(same), pattern=re.compile("|".join(map(re.escape, longest_first)) or "(?!)"))

    def forms(self, text: str) -> list[str]:
        """The words of a text and `.`, `:` or `,` for its stops, in order.

        Case, accents of compatibility, invisible characters and hyphens make no difference; "isn't" is
        "is not" and "cannot" is "can not".
        """
        if not text.isascii():
            normal = unicodedata.normalize("NFKC", text)
            text = "".join(char for char in normal if unicodedata.category(char) not in _INVISIBLE)
        plain = _NOT.sub(" not", text.casefold()).replace("cannot", "can not")
        same = self.pattern.sub(lambda match: self.same[match[0]], plain)
        return [_STOPS.get(form, form) for form in _FORM.findall(same)]
