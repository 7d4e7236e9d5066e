"""Images that recorded answers name, found without leaving the folders they may lie in."""

from __future__ import annotations

from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

_POINTER_BYTES = 1024


class ImageFinder:
    """Looks for the images of one file of recorded answers.

    A path is relative to the folder of the file, else to the dataset. Both folders are where images
    may lie; `allow_outside_paths` lifts that.
    """

    def __init__(self, folders: Sequence[Path], *, allow_outside_paths: bool = False) -> None:
        self._folders = [folder.resolve() for folder in folders]
        self._anywhere = allow_outside_paths

    def find(self, text: str) -> Path:
        """The file that `text` names. Raises ConfigError when there is none or it lies outside."""
        # Windows' rules see a separator, a drive or a root as any system may have written it.
        path = PureWindowsPath(text)
        if "\0" in text:
            raise ConfigError(f"output_image {text!r} holds a NUL character")
        if not self._anywhere and (path.anchor or ".." in path.parts):
            raise ConfigError(_outside(text))
        relative = text if path.anchor else path.as_posix()
        for folder in self._folders:
            found = _existing(folder, relative)
            if found is not None:
                return self._inside(found, text)
        raise ConfigError(f"output_image {text!r} does not exist")

    def _inside(self, found: Path, text: str) -> Path:
        if self._anywhere or any(found.is_relative_to(folder) for folder in self._folders):
            return found
        raise ConfigError(_outside(text))


def _outside(text: str) -> str:
    return (
        f"output_image {text!r} leaves the folder of its file and the dataset; "
        "set 'allow_outside_paths: true' for this model if that is meant"
    )


def _existing(folder: Path, relative: str) -> Path | None:
    try:
        for candidate in (folder / relative, _through_pointer(folder, relative)):
            if candidate is not None and candidate.is_file():
                return candidate.resolve()
    except (OSError, ValueError, RuntimeError):  # too long a name, a loop of links: no such file
        return None
    return None


def _through_pointer(folder: Path, relative: str) -> Path | None:
    """The path where the first part is a small text file that holds a path.

    That is what git leaves of a symbolic link (`source` of a prepared view) on systems without them.
    """
    first, _, rest = relative.partition("/")
    pointer = folder / first
    if not rest or not pointer.is_file() or pointer.stat().st_size > _POINTER_BYTES:
        return None
    return folder / pointer.read_text(encoding="utf-8").strip() / rest
