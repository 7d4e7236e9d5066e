"""Calls: what is sent where, and what every answer to it has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FilePart = tuple[str, tuple[str, bytes, str]]
"""A file of a form: the name of its field, its own name, its bytes and its media type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request to a path below the base address; with `files` it is a form, else JSON.

    `expects` are keys of which every answer has at least one.
    """

    path: str
    body: Mapping[str, object] = field(repr=False)
    files: tuple[FilePart, ...] = field(default=(), repr=False)
    expects: tuple[str, ...]
