"""Markdown text: anybody's text as words of a Markdown page, where it marks up, links and calls nothing."""

from __future__ import annotations

import re

from medgen_pytest.reports.visible_text import visible

_BREAK = "\N{ZERO WIDTH SPACE}"
"""Parts what GitHub and GitLab would else take for a mention, a link or an emoji; `visible` leaves none in a text."""
_MARKS = re.compile(r"[\\`*_\[\]|~$]")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_CALLS = re.compile(
    r"""(?<=[@\#!%])(?=\w)        # @somebody, #123, !12, %3
    | (?<=\bGH-)(?=\d)
    | (?<=:)(?=//)               # https://
    | (?<=\bwww)(?=\.)
    | (?<=\bmailto:)(?=\S)
    | (?<=:)(?=[\w+-]+:)         # :emoji:""",
    re.VERBOSE | re.IGNORECASE,
)
_BLOCK = re.compile(r"\A(?:[#+=-]|\d{1,9}(?=[.)](?:\s|\Z)))")
"""What begins a heading, a list or a rule where it begins a line."""


def markdown_text(text: str) -> str:
    r"""The text on one line, as nothing but text; invisible characters are escapes.

    >>> print(markdown_text("a|b <b>@you</b>"))
    a\|b &lt;b&gt;@&#8203;you&lt;/b&gt;
    """
    shown = _CALLS.sub(_BREAK, visible(text)).translate(_ENTITIES)
    shown = _MARKS.sub(lambda match: f"\\{match[0]}", shown)
    return _BLOCK.sub(_blunt, shown).replace(_BREAK, "&#8203;")


def markdown_code(text: str) -> str:
    r"""The text on one line as code, which is shown as it stands; it may lie in a cell of a table.

    >>> print(markdown_code("vqa/bleu >= 0.6"), markdown_code("a`|b"))
    `vqa/bleu >= 0.6` ``a`\|b``
    """
    shown = visible(text).replace("|", "\\|")
    if not shown.strip():
        return "(empty)"
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def markdown_row(*cells: str) -> str:
    """Cells, each Markdown of one line, as a row of a table.

    >>> markdown_row("---", "---:")
    '| --- | ---: |'
    """
    return f"| {' | '.join(cells)} |"


def _blunt(match: re.Match[str]) -> str:
    return f"{match[0]}\\" if match[0].isdigit() else f"\\{match[0]}"
