"""Whole files: readers see all of a file or nothing of it, however many processes write it at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write_once(path: Path, data: bytes) -> None:
    """Writes a file unless it is there; whoever comes second leaves the first one's as it is. Raises OSError."""
    draft = _write_draft(path, data)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        if not path.exists():
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_over(path: Path, data: bytes) -> None:
    """Writes a file in place of what is there. Raises OSError."""
    draft = _write_draft(path, data)
    try:
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def link_or_copy(source: Path, target: Path) -> None:
    """Makes a file with the content of another, unless it is there; both are one file where that is possible.

    Raises OSError.
    """
    try:
        os.link(source, target)
    except FileExistsError:
        pass
    except OSError:  # another file system, or one without hard links
        write_once(target, source.read_bytes())


def _write_draft(path: Path, data: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(data)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    return draft
