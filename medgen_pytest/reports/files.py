"""Report files: written whole or not at all."""

from __future__ import annotations

import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING

from medgen_pytest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


def write_text_atomically(path: Path, chunks: Iterable[str]) -> None:
    """Writes UTF-8 text to a file that readers see only when it is complete; makes its folder.

    A file that was there stays as it was when anything goes wrong. Raises StoreError naming the path.
    """
    with replacing(path) as draft:
        _write(draft, chunks)


def make_folder(path: Path) -> None:
    """Makes a folder, and those above it, unless it is there. Raises StoreError naming it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path} cannot be made: {error.strerror or type(error).__name__}") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path to write to, of a file that takes the place of another once it is complete; makes its folder.

    A file that was there stays as it was when anything goes wrong. Raises StoreError naming the path.
    """
    # A short name of its own, as the report's name plus a suffix may be too long for the file system.
    draft = path.parent / f".{uuid.uuid4().hex}.tmp"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield draft
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreError(
            f"report {path}: cannot be written: {reason}; give the path of a file in a folder that can be written to"
        ) from error


def _write(path: Path, chunks: Iterable[str]) -> None:
    # A lone surrogate, which a model's reply may hold, has no UTF-8 form: keep it visible.
    with path.open("x", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.writelines(chunks)
