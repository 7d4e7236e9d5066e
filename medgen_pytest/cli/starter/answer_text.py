"""Texts of answers: what any of them must be, whatever file it is written into."""

from __future__ import annotations

from medgen_pytest.errors import ConfigError


def printable(text: str, *, what: str) -> str:
    """A text without spaces around it. Raises ConfigError if it is empty or has characters that cannot be printed."""
    stripped = text.strip()
    if not stripped:
        raise ConfigError(f"{what}: a text is needed, not an empty one")
    if not stripped.isprintable():
        raise ConfigError(f"{what}: {stripped!r} holds characters that cannot be printed")
    return stripped
