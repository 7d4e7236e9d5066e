"""LaTeX text: anybody's text as words of a LaTeX document, which every engine sets and none executes."""

from __future__ import annotations

import re
import unicodedata

from medgen_pytest.reports.visible_text import visible

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"{\ttfamily\char34}",
    "`": r"{\ttfamily\char96}",
    "'": r"{\ttfamily\char39}",
    # After \\ these two begin an argument and a star of it; in braces they begin nothing.
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
    "…": r"\ldots{}",
    "\u2013": r"\textendash{}",
    "\u2014": r"\textemdash{}",
    "ß": r"\ss{}",
    "æ": r"\ae{}",
    "Æ": r"\AE{}",
    "ø": r"\o{}",
    "Ø": r"\O{}",
    "ł": r"\l{}",
    "Ł": r"\L{}",
    "œ": r"\oe{}",
    "Œ": r"\OE{}",
}
_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0306": "u",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r",
    "\u030b": "H",
    "\u030c": "v",
    "\u0327": "c",
}
_LIGATURES = re.compile("-(?=-)|,(?=,)")
"""What is set as another character where it stands twice: -- as a dash, ,, as a quotation mark."""


def latex_text(text: str) -> str:
    r"""The text on one line in ASCII: special characters as commands, letters with accents as accents.

    What no font of every engine has (other scripts, symbols) stands as its code point.

    >>> print(latex_text("100% of a_b & é 数"))
    100\% of a\_b \& \'{e} \texttt{[U+6570]}
    """
    shown = unicodedata.normalize("NFC", visible(text))
    return _LIGATURES.sub(lambda match: f"{match[0]}{{}}", "".join(map(_char, shown)))


def _char(char: str) -> str:
    if char in _SPECIAL:
        return _SPECIAL[char]
    if char.isascii():
        return char
    parts = unicodedata.normalize("NFD", char)
    base, mark = parts[0], parts[1:]
    if mark in _ACCENTS and base.isascii() and base.isalpha():
        letter = {"i": r"\i", "j": r"\j"}.get(base, base)
        return f"\\{_ACCENTS[mark]}{{{letter}}}"
    return f"\\texttt{{[U+{ord(char):04X}]}}"
