"""Placing: where new files go, what is there already, and writing all of them or none."""

from __future__ import annotations

import os
import shutil
import uuid
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

State = Literal["new", "same", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFile:
    """A file that is to be written; `name` is its path below the folder, with slashes.

    One that `yields` is for others to write as well: where it is there already, it is left as it is.
    """

    name: str
    text: str
    yields: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a file goes, and what is there: nothing, the same, or something other."""

    file: NewFile
    path: Path
    state: State

    @property
    def is_kept(self) -> bool:
        """Whether what is there stays."""
        return self.state == "same" or (self.state == "other" and self.file.yields)


def find_places(files: Iterable[NewFile], directory: Path) -> list[Place]:
    """The place of each file. Raises ConfigError for one that cannot be had, or lies outside of the folder."""
    root = _resolved(directory)
    try:
        return [_place(file, root) for file in files]
    except OSError as error:
        raise ConfigError(f"{directory} cannot be looked at: {error.strerror or error}; nothing was written") from error


def refuse_others(places: Sequence[Place]) -> None:
    """Raises ConfigError that names every file which would be lost."""
    lost = [place.file.name for place in places if place.state == "other" and not place.is_kept]
    if lost:
        is_one = len(lost) == 1
        raise ConfigError(
            f"{', '.join(lost)} {'is' if is_one else 'are'} there already, with other content; nothing was written:"
            f" --force replaces {'it' if is_one else 'them'}, --dry-run lists everything"
        )


def write_places(places: Iterable[Place]) -> None:
    """Writes every file that is not kept; if one of them cannot be written, everything is as it was.

    Raises ConfigError.
    """
    with ExitStack() as undo:
        drafts = [(place, _draft(place, undo)) for place in places if not place.is_kept]
        for place, draft in drafts:
            _put(place, draft, undo)
        undo.pop_all()


def _place(file: NewFile, root: Path) -> Place:
    path = _resolved(root / file.name)
    if not path.is_relative_to(root):
        raise ConfigError(f"{file.name}: a link leads out of {root}, to {path}; nothing was written")
    if path.exists() and not path.is_file():
        raise ConfigError(f"{file.name}: {path} is there and is no file; nothing was written")
    folder = next(parent for parent in path.parents if parent.exists())
    if not folder.is_dir():
        raise ConfigError(f"{file.name}: {folder} is a file, and a folder is needed; nothing was written")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"{file.name}: {folder} cannot be written to; nothing was written")
    return Place(file=file, path=path, state=_state(path, file))


def _state(path: Path, file: NewFile) -> State:
    if not path.exists():
        return "new"
    try:
        return "same" if path.read_bytes() == file.text.encode("utf-8") else "other"
    except OSError:  # whatever it holds, it is not for us to lose
        return "other"


def _resolved(path: Path) -> Path:
    try:
        found = path.resolve()
    except (OSError, RuntimeError) as error:
        raise ConfigError(f"{path}: its links lead nowhere: {error}; nothing was written") from error
    if os.path.islink(found):  # noqa: PTH114 - as Path has it, a name that is too long is an error
        # Python 3.13 and later leave links that lead in a circle as they are.
        raise ConfigError(f"{path}: its links lead in a circle; nothing was written")
    return found


def _draft(place: Place, undo: ExitStack) -> Path:
    """The file under another name beside its place; it is gone when everything is undone."""
    draft = place.path.parent / f".{uuid.uuid4().hex}.tmp"
    try:
        _make_folder(place.path.parent, undo)
        undo.callback(draft.unlink, missing_ok=True)
        with draft.open("x", encoding="utf-8", newline="") as file:
            file.write(place.file.text)
    except OSError as error:
        raise _failure(place, error) from error
    return draft


def _make_folder(folder: Path, undo: ExitStack) -> None:
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir()
        undo.callback(_remove_folder, path)


def _remove_folder(folder: Path) -> None:
    with suppress(OSError):  # somebody else has put something into it
        folder.rmdir()


def _put(place: Place, draft: Path, undo: ExitStack) -> None:
    try:
        if place.state == "new":
            # A hard link, unlike a renaming, never replaces what somebody else wrote a moment ago.
            _link(draft, place.path)
            undo.callback(place.path.unlink, missing_ok=True)
            draft.unlink()
        else:
            shutil.copymode(place.path, draft)
            undo.callback(place.path.write_bytes, place.path.read_bytes())
            draft.replace(place.path)
    except OSError as error:
        raise _failure(place, error) from error


def _link(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        with path.open("xb") as file:
            file.write(draft.read_bytes())


def _failure(place: Place, error: OSError) -> ConfigError:
    return ConfigError(f"{place.file.name}: cannot be written: {error.strerror or error}; nothing was written")
