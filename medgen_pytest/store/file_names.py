"""File names: what the settings call something, as a name that every file system takes and keeps apart from others."""

from __future__ import annotations

import hashlib
import re

_OTHER = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST = 60
# Windows takes these for devices, whatever extension follows.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|\Z)", re.IGNORECASE)
_MADE = re.compile(r"-[0-9a-f]{8}\Z")


def safe_name(name: str) -> str:
    """The name itself if a file can be called so; else what can be kept of it and the beginning of its SHA-256.

    Names that differ give names that differ, also where capitals do not count.

    >>> safe_name("qwen2.5-vl")
    'qwen2.5-vl'
    >>> safe_name("Qwen 2.5")
    'Qwen_2.5-e1964fc8'
    """
    plain = _OTHER.sub("_", name)[:_LONGEST].lstrip(".")
    kept = f"_{plain}" if _DEVICE.match(plain) or not plain else plain
    if kept == name == name.lower() and not _MADE.search(name):
        return name
    return f"{kept}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
