"""Image paths: from what a record writes to a file that exists and lies inside the dataset."""

from __future__ import annotations

import re
import stat
from typing import TYPE_CHECKING

from medgen_pytest.datasets.problem import shown

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from pathlib import Path

    from medgen_pytest.datasets.problem import Complaints

FILE_LIMIT = 512 * 1024 * 1024
"""No image file may have more bytes: more than the largest image that is decoded needs, uncompressed."""

_DRIVE = re.compile(r"[A-Za-z]:")
_ALLOW = "allow it with --medgen-allow-outside-paths or `dataset.allow_outside_paths: true`"


class ImagePaths:
    """Finds the image files that the records of one dataset name, with one look at each file.

    Nothing outside `root` is taken, be it by an absolute path, by `..` or through a symbolic link,
    unless `allow_outside` says so. `links` are folders of the root that stand for others.
    """

    def __init__(self, root: Path, *, allow_outside: bool, links: Mapping[str, Path] | None = None) -> None:
        self._root = root
        self._real_root = root.resolve()
        self._allow_outside = allow_outside
        self._links = dict(links or {})
        # Thousands of images share a few folders, and resolving one costs several system calls.
        self._folders: dict[str, tuple[Path, bool]] = {}

    def find(self, text: str, *, folder: str, log: Complaints) -> Path | None:
        """The file of a path that a record in `folder` (relative to the root, with `/`) writes.

        None after a complaint.
        """
        message = self._refusal(text, folder=folder)
        if message is None:
            path, inside = self._place(text, folder=folder)
            message = self._file_problem(text, path, folder_inside=inside)
            if message is None:
                return path
        log.add(message)
        return None

    def _refusal(self, text: str, *, folder: str) -> str | None:
        """What is wrong with the path as it is written."""
        if "\0" in text:
            return f"image path {shown(text)} holds a NUL character"
        if "\\" in text:
            return f"image path {shown(text)} holds a backslash; paths of a dataset are written with '/'"
        if text.rpartition("/")[2] in {"", ".", ".."}:
            return f"image path {shown(text)} names a folder, not a file"
        if self._allow_outside:
            return None
        if _is_absolute(text):
            return f"image path {shown(text)} is absolute; {_ALLOW}"
        if _climbs_out(f"{folder}/{text}"):
            return f"image path {shown(text)} leaves the dataset; {_ALLOW}"
        return None

    def _place(self, text: str, *, folder: str) -> tuple[Path, bool]:
        """The path in the file system, and whether its folder really lies inside the dataset."""
        head, _, name = text.rpartition("/")
        key = f"{head}/" if _is_absolute(text) else f"{folder}/{head}".strip("/")
        known = self._folders.get(key)
        if known is None:
            path = self._folder(key)
            known = self._folders[key] = (path, self._is_inside(path))
        return known[0] / name, known[1]

    def _folder(self, key: str) -> Path:
        first, _, rest = key.partition("/")
        if first in self._links:
            return self._links[first] / rest
        return self._root / key

    def _is_inside(self, path: Path) -> bool:
        try:
            return path.resolve().is_relative_to(self._real_root)
        # A loop of symbolic links is a RuntimeError before Python 3.13, and leads nowhere inside.
        except (OSError, RuntimeError):
            return False

    def _file_problem(self, text: str, path: Path, *, folder_inside: bool) -> str | None:
        """What is wrong with the file: one look at it, two when it is a link."""
        inside = folder_inside
        try:
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                inside = inside and self._is_inside(path)
                status = path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return f"image file {shown(text)} does not exist"
        except OSError as error:
            return f"image file {shown(text)} cannot be read: {error.strerror or error}"
        if not inside and not self._allow_outside:
            return f"image path {shown(text)} leaves the dataset through a link; {_ALLOW}"
        return _status_problem(text, status)


def _is_absolute(text: str) -> bool:
    """Whether a path is absolute on any system: what one machine refuses, every machine refuses."""
    return text.startswith("/") or _DRIVE.match(text) is not None


def _status_problem(text: str, status: os.stat_result) -> str | None:
    # Reading a pipe or a device would never end.
    if not stat.S_ISREG(status.st_mode):
        return f"image path {shown(text)} is not a file"
    if status.st_size > FILE_LIMIT:
        return f"image file {shown(text)} has more than {FILE_LIMIT // 1024**2} MiB"
    return None


def _climbs_out(path: str) -> bool:
    depth = 0
    for part in path.split("/"):
        if part == "..":
            depth -= 1
        elif part not in {"", "."}:
            depth += 1
        if depth < 0:
            return True
    return False
