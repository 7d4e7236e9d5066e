"""Packing weights: the files that metrics need, found here, into one archive for another machine."""

from __future__ import annotations

import json
import os
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.errors import WeightArchiveError
from medgen_pytest.metrics.checkpoint import file_digest
from medgen_pytest.metrics.need import WeightFile
from medgen_pytest.metrics.weight_archive import (
    MANIFEST,
    ArchivedFile,
    Manifest,
    check_digests,
    check_place,
    chunks_of,
    open_archive,
    read_manifest,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from medgen_pytest.metrics.need import Need

_DATE = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16
_UNIX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A file to pack: where it lies, and what the manifest says of it."""

    path: Path
    entry: ArchivedFile


def pack_weights(needs: Mapping[str, Iterable[Need]], archive: Path) -> Manifest:
    """Writes the weights that the metrics of these names need, as far as they were found; what was packed.

    A repository of the Hugging Face hub is packed with the names of its revisions (`refs/main`), by which
    it is found without a network. The archive is written under another name, read again, its digests
    compared, and then put in place.

    Raises WeightArchiveError where there is nothing to pack, where the archive is there already, and for
    what cannot be read or written.
    """
    if archive.exists():
        raise WeightArchiveError(f"{archive}: is there already; name another file, or remove it")
    sources = _sources(_users(needs), archive=archive)
    if not sources:
        raise WeightArchiveError(f"{archive}: nothing to pack: no weights of these metrics were found")
    manifest = Manifest(schema_version=1, files=tuple(source.entry for source in sources))
    draft = archive.with_name(f".{archive.name}.{os.getpid()}.part")
    try:
        _write(draft, manifest, sources)
        with open_archive(draft) as written:
            check_digests(written, read_manifest(written, path=archive), path=archive)
        draft.replace(archive)
    except OSError as error:
        raise WeightArchiveError(f"{archive}: cannot be written: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
    return manifest


def _users(needs: Mapping[str, Iterable[Need]]) -> dict[WeightFile, set[str]]:
    """Each file of weights with the metrics that need it, names of revisions included."""
    users: dict[WeightFile, set[str]] = {}
    for metric, found in needs.items():
        for need in found:
            for file in need.files if need.is_met else ():
                for packed in (file, *_revision_names(file)):
                    users.setdefault(packed, set()).add(metric)
    return users


def _revision_names(file: WeightFile) -> list[WeightFile]:
    """The files of a hub repository that name the revision of this snapshot, as `refs/main` does."""
    repository, _, rest = file.place.partition("/snapshots/")
    if file.home != "huggingface" or not rest or not file.path.as_posix().endswith(file.place):
        return []
    revision, _, below = rest.partition("/")
    root = file.path.parents[len(below.split("/")) + 1]
    return [
        WeightFile(path=path, home=file.home, place=f"{repository}/{path.relative_to(root).as_posix()}")
        for path in sorted((root / "refs").rglob("*"))
        if path.is_file() and path.read_text(encoding="utf-8", errors="replace").strip() == revision
    ]


def _sources(users: Mapping[WeightFile, set[str]], *, archive: Path) -> list[_Source]:
    found: dict[str, _Source] = {}
    for file in sorted(users, key=lambda file: (file.home, file.place, str(file.path))):
        check_place(file.place, path=archive)
        entry = ArchivedFile(
            home=file.home,
            place=file.place,
            size=_size(file.path),
            sha256=file_digest(file.path),
            metrics=tuple(sorted(users[file])),
        )
        known = found.get(entry.entry)
        if known is None:
            found[entry.entry] = _Source(path=file.path, entry=entry)
        elif known.entry.sha256 != entry.sha256:
            raise WeightArchiveError(
                f"{archive}: {known.path} and {file.path} both belong at {entry.entry!r}; pack them apart, by --metrics"
            )
        else:
            metrics = tuple(sorted({*known.entry.metrics, *entry.metrics}))
            merged = known.entry.model_copy(update={"metrics": metrics})
            found[entry.entry] = _Source(path=known.path, entry=merged)
    return list(found.values())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise WeightArchiveError(f"{path}: the weights cannot be read: {error.strerror or error}") from error


def _write(draft: Path, manifest: Manifest, sources: Iterable[_Source]) -> None:
    with zipfile.ZipFile(draft, "x", compression=zipfile.ZIP_STORED, allowZip64=True) as archive:
        text = json.dumps(manifest.model_dump(), indent=1, sort_keys=True) + "\n"
        archive.writestr(_info(MANIFEST), text.encode("ascii"))
        for source in sources:
            info = _info(source.entry.entry)
            info.file_size = source.entry.size
            with source.path.open("rb") as file, archive.open(info, "w") as entry:
                for chunk in chunks_of(file):
                    entry.write(chunk)


def _info(name: str) -> zipfile.ZipInfo:
    """An entry whose bytes depend on nothing but its name and content."""
    info = zipfile.ZipInfo(name, date_time=_DATE)
    info.compress_type = zipfile.ZIP_STORED
    info.external_attr = _READABLE
    info.create_system = _UNIX
    return info
