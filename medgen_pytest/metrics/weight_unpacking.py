"""Unpacking weights: the files of an archive, each verified, to where their libraries look for them."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medgen_pytest.errors import WeightArchiveError
from medgen_pytest.metrics.checkpoint import file_digest
from medgen_pytest.metrics.weight_archive import check_digests, chunks_of, open_archive, read_manifest

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.metrics.need import Home
    from medgen_pytest.metrics.weight_archive import ArchivedFile

State = Literal["new", "same", "replaced"]
"""What a file was at its place: not there, there already, or another file that makes way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackedFile:
    """A file of the archive at its place."""

    path: Path
    state: State
    entry: ArchivedFile


def unpack_weights(archive: Path, homes: Mapping[Home, Path], *, force: bool = False) -> list[UnpackedFile]:
    """Puts the files of an archive in place, below their homes; what became of each, in order.

    The whole archive is verified before the first file is written. Each file is written under another
    name, verified again and then renamed, the names of revisions last; one that is there with the same
    content is left as it is.

    Raises WeightArchiveError for an archive that cannot be trusted, for a home that `homes` does not know,
    and, unless `force`, for a file of other content at its place; then nothing has been written.
    """
    with open_archive(archive) as opened:
        manifest = read_manifest(opened, path=archive)
        check_digests(opened, manifest, path=archive)
        planned = [_plan(entry, homes, archive=archive) for entry in sorted(manifest.files, key=_order)]
        _check_conflicts(planned, force=force, archive=archive)
        for file in planned:
            if file.state != "same":
                _place(opened, file, archive_path=archive)
    return planned


def _order(entry: ArchivedFile) -> tuple[bool, str]:
    return "/refs/" in entry.entry, entry.entry


def _plan(entry: ArchivedFile, homes: Mapping[Home, Path], *, archive: Path) -> UnpackedFile:
    home = homes.get(entry.home)
    if home is None:
        raise WeightArchiveError(
            f"{archive}: {entry.place!r} belongs in a folder of your own; name it with --folder DIR"
        )
    # Links that are there are the user's own, to a larger disk perhaps: archives hold none.
    path = home.joinpath(*entry.place.split("/"))
    return UnpackedFile(path=path, state=_state(path, entry), entry=entry)


def _state(path: Path, entry: ArchivedFile) -> State:
    try:
        if path.is_dir():
            raise WeightArchiveError(f"{path}: is a folder, where a file belongs")
        if not os.path.lexists(path):
            return "new"
        is_same = path.is_file() and path.stat().st_size == entry.size and file_digest(path) == entry.sha256
    except OSError as error:
        raise WeightArchiveError(f"{path}: {error.strerror or error}") from error
    return "same" if is_same else "replaced"


def _check_conflicts(planned: Sequence[UnpackedFile], *, force: bool, archive: Path) -> None:
    others = [file.path for file in planned if file.state == "replaced"]
    if others and not force:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        raise WeightArchiveError(
            f"{archive}: another file is at {others[0]}{more}; nothing was unpacked, --force replaces it"
        )


def _place(archive: zipfile.ZipFile, file: UnpackedFile, *, archive_path: Path) -> None:
    draft = file.path.with_name(f".{file.path.name}.{os.getpid()}.part")
    try:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        with archive.open(file.entry.entry) as stream, draft.open("xb") as out:
            for chunk in chunks_of(stream):
                digest.update(chunk)
                out.write(chunk)
        if digest.hexdigest() != file.entry.sha256:
            raise WeightArchiveError(f"{archive_path}: changed while it was unpacked")
        draft.replace(file.path)
    except OSError as error:
        raise WeightArchiveError(f"{file.path}: cannot be written: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
