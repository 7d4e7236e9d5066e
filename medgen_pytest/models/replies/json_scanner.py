"""A scanner for JSON objects as models write them: linear, bounded in depth, and it tells what it tolerated."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from medgen_pytest.errors import OutputError
from medgen_pytest.models.replies.json_string import BLANK, CLOSING, scan_string

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.models.replies.json_noise import Noise

MAX_DEPTH = 64
"""Objects and arrays nested deeper are refused."""

_LONGEST_NUMBER = 400
_NEVER_BLANK = frozenset("{}[]:,\"'0123456789")
_BARE_KEY = re.compile(r"[A-Za-z_$][\w$-]{0,199}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_OPEN_END = re.compile(r"[eE]?[-+]?\Z")
_WORD = re.compile(r"[-+]?[A-Za-z]{1,20}")
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None}
_PYTHON_WORDS: dict[str, object] = {
    "True": True,
    "False": False,
    "None": None,
    "NaN": float("nan"),
    "nan": float("nan"),
    "Infinity": float("inf"),
    "inf": float("inf"),
    "-Infinity": float("-inf"),
    "-inf": float("-inf"),
}


class BrokenError(Exception):
    """What is no object after all; `at` is where that showed."""

    def __init__(self, message: str, *, at: int) -> None:
        super().__init__(message)
        self.at = at


class CutOffError(Exception):
    """The text ended within the object."""


class ObjectScanner:
    """Reads the one object that starts at `start`, which must be a `{`.

    `members` fills while it is read, so it holds what was there when a text ends too early; `path` is
    then where that was. `noise` is what had to be tolerated.
    """

    def __init__(self, text: str, start: int) -> None:
        self.members: dict[str, object] = {}
        self.path: list[str] = []
        self.noise: set[Noise] = set()
        self.at = start
        self._text = text
        self._depth = 0

    def read(self) -> None:
        """Reads to the end of the object. Raises BrokenError, CutOffError, and OutputError if it is too deep."""
        self._object(self.members)

    def _object(self, members: dict[str, object]) -> None:
        self._enter()
        while self._peek() != "}":
            key = self._key()
            if key in members:
                self.noise.add("duplicate key")
            self.path.append(key)
            self._expect(":")
            self._value(partial(members.__setitem__, key))
            self.path.pop()
            self._separate("}")
        self._leave()

    def _array(self, items: list[object]) -> None:
        self._enter()
        while self._peek() != "]":
            self._value(items.append)
            self._separate("]")
        self._leave()

    def _enter(self) -> None:
        self.at += 1
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise OutputError(f"the JSON of the reply is nested deeper than {MAX_DEPTH} levels")

    def _leave(self) -> None:
        self.at += 1
        self._depth -= 1

    def _separate(self, closing: str) -> None:
        found = self._peek()
        if found == closing:
            return
        if found in CLOSING and closing == "}":
            self.noise.add("missing comma")
            return
        if found != ",":
            raise BrokenError(f"',' or '{closing}'", at=self.at)
        self.at += 1
        if self._peek() == closing:
            self.noise.add("trailing comma")

    def _expect(self, character: str) -> None:
        if self._peek() != character:
            raise BrokenError(f"'{character}'", at=self.at)
        self.at += 1

    def _peek(self) -> str:
        """The next character that is neither blank nor comment. Raises CutOffError where there is none."""
        text = self._text
        if text[self.at : self.at + 1] in _NEVER_BLANK:
            return text[self.at]
        while True:
            match = BLANK.match(text, self.at)
            self.at = match.end() if match else self.at
            if self.at >= len(text) or text.startswith("```", self.at):
                raise CutOffError
            if text[self.at] != "#" and not text.startswith(("//", "/*"), self.at):
                return text[self.at]
            self.noise.add("comment")
            mark, length = ("*/", 2) if text.startswith("/*", self.at) else ("\n", 1)
            end = text.find(mark, self.at)
            self.at = len(text) if end < 0 else end + length

    def _key(self) -> str:
        if self._text[self.at] in CLOSING:
            return self._quoted_key()
        match = _BARE_KEY.match(self._text, self.at)
        if match is None:
            raise BrokenError("a key", at=self.at)
        self.noise.add("bare key")
        self.at = match.end()
        return match[0]

    def _quoted_key(self) -> str:
        found = scan_string(self._text, self.at, key=True, noise=self.noise)
        self.at = found.end
        if found.cut and found.end >= len(self._text):
            raise CutOffError
        if found.cut:
            raise BrokenError("a key", at=self.at)
        return found.value

    def _value(self, put: Callable[[object], None]) -> None:
        first = self._peek()
        if first == "{":
            members: dict[str, object] = {}
            put(members)
            self._object(members)
        elif first == "[":
            items: list[object] = []
            put(items)
            self._array(items)
        elif first in CLOSING:
            found = scan_string(self._text, self.at, key=False, noise=self.noise)
            self.at = found.end
            put(found.value)
            if found.cut:
                raise CutOffError
        else:
            put(self._scalar())

    def _scalar(self) -> object:
        number = _NUMBER.match(self._text, self.at)
        match = number or _WORD.match(self._text, self.at)
        if _OPEN_END.match(self._text, match.end() if match else self.at):
            self.at = len(self._text)
            raise CutOffError  # the rest of a number or a word may be missing
        if match is None:
            raise BrokenError("a value", at=self.at)
        value = self._number(match[0]) if number else self._word(match[0])
        self.at = match.end()
        return value

    def _number(self, digits: str) -> object:
        if len(digits) > _LONGEST_NUMBER:
            raise BrokenError(f"a number of at most {_LONGEST_NUMBER} digits", at=self.at)
        if not _JSON_NUMBER.fullmatch(digits):
            self.noise.add("foreign number")
        return int(digits) if digits.lstrip("+-").isdigit() else float(digits)

    def _word(self, word: str) -> object:
        if word in _WORDS:
            return _WORDS[word]
        if word not in _PYTHON_WORDS:
            raise BrokenError("a value", at=self.at)
        self.noise.add("Python literal")
        return _PYTHON_WORDS[word]
