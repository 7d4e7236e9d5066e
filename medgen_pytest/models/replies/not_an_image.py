"""What came where an image is due: text, JSON, a page or a drawing, told apart by content."""

from __future__ import annotations

import re

from medgen_pytest.models.replies.excerpt import excerpt

_LOOKED_AT = 1024
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SVG = re.compile(r"<(?:[a-z]{1,20}:)?svg[\s>/]")
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body)\b")


def as_text(data: bytes) -> str | None:
    """The bytes as text when their start is nothing but text in UTF-8, or UTF-16 with a mark; else None."""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    # The end of the part looked at may lie within a character.
    head = data[:_LOOKED_AT]
    for spare in range(4):
        try:
            start = head[: len(head) - spare].decode(encoding)
        except UnicodeDecodeError:
            if len(data) <= _LOOKED_AT:
                return None
        else:
            return None if _CONTROL.search(start) else data.decode(encoding, "replace")
    return None


def describe(text: str) -> str:
    """One line for a text that came where an image is due, saying of what kind it is."""
    start = text[:_LOOKED_AT].lstrip("\ufeff \t\r\n")
    lower = start.lower()
    if not text.strip("\ufeff \t\r\n"):
        return "the image is empty"
    if lower.startswith("<") and _SVG.search(lower):
        return "an SVG drawing; an image of pixels is due"
    if lower.startswith("<") and _HTML.search(lower):
        return f"an HTML page where an image is due: {excerpt(start)}"
    if lower.startswith(("{", "[")):
        return f"JSON where an image is due: {excerpt(start)}"
    return f"text where an image is due: {excerpt(start)}"
