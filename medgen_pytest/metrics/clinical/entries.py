"""Entries: the line format of the lexicon, `name: variant, variant`."""

from __future__ import annotations

from importlib import resources

_FOLDER = resources.files("medgen_pytest.metrics.clinical") / "lexicon"

Entries = dict[str, tuple[str, ...]]
"""The variants of each name, in the order of the file."""


def read_entries(name: str) -> Entries:
    """The entries of a file of the lexicon, like `organ`."""
    return parse_entries((_FOLDER / f"{name}.txt").read_text(encoding="utf-8"))


def parse_entries(text: str) -> Entries:
    """The entries of a text: one a line, `#` begins a comment line, an indented line goes on with the last entry.

    A comma within quotes is one of the variant. Raises ValueError for a line without a name, and for a name
    that comes twice.

    >>> parse_entries("lung: lungs, pulmonary")
    {'lung': ('lungs', 'pulmonary')}
    """
    entries: Entries = {}
    for line in _joined(text):
        name, colon, listed = line.partition(":")
        if not colon or not name.strip():
            raise ValueError(f"not an entry `name: variant, variant`: {line!r}")
        if name.strip() in entries:
            raise ValueError(f"{name.strip()!r} comes twice")
        variants = (part.replace("\0", ",").strip() for part in listed.replace('","', "\0").split(","))
        entries[name.strip()] = tuple(variant for variant in variants if variant)
    return entries


def _joined(text: str) -> list[str]:
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith(" ") and lines:
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
    return lines
