"""Reasons: a foreign exception as one line of a message."""

from __future__ import annotations


def reason_of(error: BaseException) -> str:
    """Type and message of an exception in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split()).rstrip(" :")
