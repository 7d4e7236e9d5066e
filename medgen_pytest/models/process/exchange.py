"""The exchange: the private folder through which images go to a program and come back as files."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.errors import OutputError
from medgen_pytest.models.replies import MAX_BYTES
from medgen_pytest.models.replies.excerpt import excerpt

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.models.outgoing import OutgoingImage

_LONGEST_PATH = 4096
_FLAGS = (
    os.O_RDONLY
    | getattr(os, "O_BINARY", 0)
    | getattr(os, "O_CLOEXEC", 0)
    # Opening a pipe must not wait for its writer; a link put in place of the file is not followed.
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOFOLLOW", 0)
)


class Exchange:
    """A folder that only this user can enter, with a folder for each request; made when it is first needed."""

    def __init__(self, *, cwd: Path) -> None:
        self._cwd = cwd
        self._root: Path | None = None
        self._lock = threading.Lock()

    def folder(self, request_id: str) -> Path:
        """A new folder for a request. Raises OSError."""
        with self._lock:
            if self._root is None:
                self._root = Path(tempfile.mkdtemp(prefix="medgen-images-")).resolve()
            folder = self._root / request_id
        folder.mkdir()
        return folder

    def read(self, path: object, *, max_bytes: int = MAX_BYTES) -> bytes:
        """The content of an image file that a reply names: absolute, or relative to the program's folder.

        It must be a regular file that lies, links followed, in the exchange or in the program's folder.
        Raises OutputError.
        """
        if not isinstance(path, str) or not path or "\0" in path or len(path) > _LONGEST_PATH:
            raise OutputError("its 'image_path' is no path of a file")
        try:
            place = (self._cwd / path).resolve(strict=True)
        except (OSError, RuntimeError) as error:  # RuntimeError: links that go round in a circle
            raise OutputError(_unreadable(path, error)) from error
        roots = [self._cwd.resolve(), *([self._root] if self._root else [])]
        if not any(place.is_relative_to(root) for root in roots):
            raise OutputError(
                f"its 'image_path' {excerpt(path)} lies neither in the request's folder nor in the program's own"
            )
        try:
            return _content(place, max_bytes=max_bytes)
        except OSError as error:
            raise OutputError(_unreadable(path, error)) from error

    def close(self) -> None:
        """Removes the folder and all that is in it."""
        with self._lock:
            root, self._root = self._root, None
        if root is not None:
            shutil.rmtree(root, ignore_errors=True)


def write_images(folder: Path, images: Sequence[OutgoingImage]) -> list[str]:
    """Writes images into a folder under names that say nothing of the sample; their paths. Raises OSError."""
    paths = [folder / f"image-{number}.{image.format}" for number, image in enumerate(images, start=1)]
    for path, image in zip(paths, images, strict=True):
        path.write_bytes(image.data)
    return [str(path) for path in paths]


def _content(path: Path, *, max_bytes: int) -> bytes:
    descriptor = os.open(path, _FLAGS)
    with os.fdopen(descriptor, "rb") as file:
        state = os.fstat(descriptor)
        if not stat.S_ISREG(state.st_mode):
            raise OutputError(f"its 'image_path' {excerpt(path.name)} is no regular file")
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise OutputError(f"its image file {excerpt(path.name)} has more than {max_bytes} bytes")
    return data


def _unreadable(path: str, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"its image file {excerpt(path)} cannot be read: {reason}"
