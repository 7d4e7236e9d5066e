"""Noise: what models put into or around the JSON that they were asked for."""

from __future__ import annotations

from typing import Literal

Noise = Literal[
    "byte order mark",
    "code fence",
    "text before",
    "text after",
    "several objects",
    "comment",
    "trailing comma",
    "missing comma",
    "single quotes",
    "smart quotes",
    "bare key",
    "duplicate key",
    "Python literal",
    "foreign number",
    "line break in a string",
    "foreign escape",
    "bare quote in a string",
]
"""What had to be tolerated to read a reply as JSON."""
