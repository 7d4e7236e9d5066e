"""Digests: what a model's identity holds instead of files and settings."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_CHUNK = 1 << 20
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_SECRET_WORDS = frozenset(
    {
        "apikey",
        "auth",
        "authorization",
        "bearer",
        "credential",
        "credentials",
        "key",
        "passwd",
        "password",
        "secret",
        "token",
    }
)
_SECRET_VALUE = re.compile(r"^(sk-|hf_|ghp_|github_pat_|AKIA|xox[abp]-|Bearer )")
_HIDDEN = "<hidden>"


def files_digest(paths: Iterable[Path]) -> str:
    """SHA-256 over the bytes of files, one after the other. Raises OSError."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    return digest.hexdigest()


def value_digest(value: object) -> str:
    """SHA-256 over a plain value; values that look like secrets do not enter it."""
    text = json.dumps(without_secrets(value), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def without_secrets(value: object) -> object:
    """The value as plain JSON, every part replaced that its key or its own beginning shows to be a secret.

    >>> without_secrets({"api_key": "abc", "max_tokens": 5})
    {'api_key': '<hidden>', 'max_tokens': 5}
    """
    if isinstance(value, Mapping):
        return {str(key): _HIDDEN if _names_secret(str(key)) else without_secrets(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(part) for part in value]
    if isinstance(value, str) and _SECRET_VALUE.match(value):
        return _HIDDEN
    return value if value is None or isinstance(value, str | int | float) else repr(value)


def _names_secret(key: str) -> bool:
    return not _SECRET_WORDS.isdisjoint(word.lower() for word in _WORDS.findall(key))
