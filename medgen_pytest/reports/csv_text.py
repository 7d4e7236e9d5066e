"""CSV text: anybody's text as a cell that no spreadsheet program takes for a formula."""

from __future__ import annotations

# What spreadsheet programs take for the beginning of a formula, full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_LONGEST_CELL = 32_000
"""Excel cuts cells at 32,767 characters."""


def plain_cell(text: str) -> str:
    """The text as a cell that no spreadsheet program takes for a formula, by an apostrophe before it.

    >>> plain_cell("=HYPERLINK(A1)"), plain_cell("plain")
    ("'=HYPERLINK(A1)", 'plain')
    """
    text = text[:_LONGEST_CELL]
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_FORMULA) else text
