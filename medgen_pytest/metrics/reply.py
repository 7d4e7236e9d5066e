"""Replies: what a model wrote, freed of its wrapping, and the conclusions stated in it."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

LONGEST = 20_000
"""Of longer replies the last characters are read: a conclusion stands at the end."""

# Single quotes, double quotes, dashes and the minus sign, by number: they look alike in print.
_STRAIGHT = str.maketrans(
    {
        **dict.fromkeys((0x2018, 0x2019, 0x201A), "'"),
        **dict.fromkeys((0x201C, 0x201D, 0x201E, 0xAB, 0xBB), '"'),
        **dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2212), "-"),
    }
)
# Text of these characters alone has nothing that could be wrapping: most replies and choices, read ten times faster.
_BARE = re.compile(r"[A-Za-z0-9 ,.;:!?()%/]*")
_NOT = re.compile(r"n't\b", re.IGNORECASE)

_ANSWER_KEY = r"(?:(?:correct|final|selected|predicted|best)[ _-]?)?(?:answer|option|choice|letter|prediction)"
_FIELD = re.compile(
    rf"""["']{_ANSWER_KEY}(?:[ _-]?(?:letter|option|choice))?["']\s*:\s*"""
    r"""(?:"(?P<double>(?:[^"\\\n]|\\.)*)"|'(?P<single>[^'\n]*)'|\[(?P<list>[^\]]{0,2000})\]|(?P<bare>[\w.+-]+))""",
    re.IGNORECASE,
)
_MACRO = re.compile(r"\\(?:text|textbf|textit|mathrm|mathbf|mathsf|mbox)\s*\{([^{}]*)\}")
_BOXED = re.compile(r"\\boxed\s*\{([^{}]*)\}")
_TAGGED = re.compile(r"<(?:final_)?answer>([^<]{0,2000})</(?:final_)?answer>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][\w-]{0,30}\s*/?>")
_LINE_MARK = re.compile(r"^[ \t]*(?:(?:>(?![ \t]*\d)|#)+[ \t]*|[-*+•][ \t]+|```\w*)+", re.MULTILINE)
_MARK = re.compile(r"[*`~$]|\\[()\[\]]|(?<![^\W_])_+|_+(?![^\W_])")
_ESCAPED_SPACE = re.compile(r"\\[nrt]")
_SPACE = re.compile(r"[^\S\n]+")

_LINK = (
    r"(?:[^\S\n]*\([^()\n]{0,40}\))?(?:[^\S\n]+(?:to|for|in|here)\b[^.:\n]{0,60}?)?(?:[^\S\n]*,[^,\n]{1,30},)?"
    r"(?:[^\S\n]*(?::|->|=>|→|=|-(?=\s)|\n"
    r"|\b(?:is|was|would\s+be|should\s+be|must\s+be|has\s+to\s+be|(?:is|be)?\s*filled(?:\s+in)?\s+(?:with|as|by)|reads)\b))+"
)
_CONCLUSION = re.compile(
    rf"\b(?P<final>final\s+(?:answer|choice|decision|verdict)){_LINK}\s*"
    rf"|\b(?:answer|(?:correct|best|right|chosen|selected|appropriate|likely|my)\s+(?:option|choice|response)"
    rf"|(?:the|each|first)\s+blank|missing\s+word|filler){_LINK}\s*"
    rf"|^(?:option|choice|fill|blank)[^\S\n]*:\s*"
    r"|\b(?:I|we)(?:'d|'ll|\s+would|\s+will|\s+must|\s+therefore)?\s+(?:\w+ly\s+)?"
    r"(?:choose|select|pick|opt\s+for|go\s+with|conclude(?:\s+that)?|vote\s+for)\s+",
    re.IGNORECASE | re.MULTILINE,
)


class Conclusion(NamedTuple):
    """What follows a phrase like "the answer is", to the end of its line; `final` ones outweigh the others."""

    tail: str
    final: bool


def plain(reply: str) -> str:
    """A reply without its wrapping; conclusions in JSON, LaTeX or tags become lines "final answer: ...".

    Removed: reasoning up to `</think>`, Markdown, invisible characters; Unicode is normalised (NFKC),
    quotes and dashes become plain ones, "isn't" becomes "is not".
    """
    if len(reply) <= LONGEST and _BARE.fullmatch(reply):
        return _SPACE.sub(" ", reply).strip()
    # Normalising makes some characters many, so the length is bounded before and after.
    text = unicodedata.normalize("NFKC", reply[-LONGEST:])[-LONGEST:].translate(_STRAIGHT)
    text = "".join(char for char in text if unicodedata.category(char) not in {"Cf", "Cs"})
    text = _answer_part(text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _NOT.sub(" not", text.replace("<=", "≤").replace(">=", "≥"))
    text = _FIELD.sub(_as_conclusion, _MACRO.sub(r"\1", text))
    text = _TAGGED.sub(_as_conclusion, _BOXED.sub(_as_conclusion, text))
    text = _MARK.sub("", _LINE_MARK.sub("", _TAG.sub(" ", text)))
    return _SPACE.sub(" ", text).strip()


def conclusions(text: str) -> list[Conclusion]:
    """The conclusions of a plain reply, the weightiest first: final ones before others, later before earlier."""
    found = [
        Conclusion(tail=text[match.end() :].partition("\n")[0].strip(), final=match["final"] is not None)
        for match in _CONCLUSION.finditer(text)
    ]
    found.reverse()
    return sorted(found, key=lambda conclusion: not conclusion.final)


def _answer_part(text: str) -> str:
    """What stands after the reasoning; nothing when the reasoning never ended."""
    after = text.rpartition("</think>")[2]
    return after.partition("<think>")[0]


def _as_conclusion(match: re.Match[str]) -> str:
    value = next((group for group in match.groups() if group is not None), "")
    return f"\nfinal answer: {' '.join(_ESCAPED_SPACE.sub(' ', value).split())}\n"
