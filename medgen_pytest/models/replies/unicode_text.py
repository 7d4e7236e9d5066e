"""Text that can be written down: JSON may escape halves of characters, which no file holds."""

from __future__ import annotations


def well_formed(text: str) -> str:
    """A text with its pairs of surrogates joined and each lone one replaced by U+FFFD; else unchanged."""
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
