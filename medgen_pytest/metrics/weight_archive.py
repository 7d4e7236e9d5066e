"""Weight archive: files of weights and a manifest with their digests in one ZIP file, and what it must not hold.

The entries are `manifest.json` and a file `<home>/<place>` for each that the manifest names, all stored
without compression, in order, with one fixed date: the same weights make the same bytes.
"""

from __future__ import annotations

import hashlib
import re
import stat
import struct
import unicodedata
import zipfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, ValidationError

from medgen_pytest.config.sections import Section
from medgen_pytest.errors import WeightArchiveError
from medgen_pytest.metrics.need import Home

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import IO

MANIFEST = "manifest.json"
CHUNK = 1 << 20

_LARGEST_MANIFEST = 16 * 1024 * 1024
_LONGEST_PLACE = 1_000
_NOT_IN_PLACES = re.compile(r'[\\:*?"<>|\x00-\x1f\x7f]')
# Names that are devices on Windows, whatever their ending.
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


class ArchivedFile(Section):
    """A file of the archive: where it belongs, what it holds and which metrics need it."""

    home: Home
    place: str
    size: Annotated[int, Field(ge=0, strict=True)]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    metrics: tuple[str, ...] = ()

    @property
    def entry(self) -> str:
        """Its name in the archive."""
        return f"{self.home}/{self.place}"


class Manifest(Section):
    """What an archive holds."""

    schema_version: Literal[1]
    files: tuple[ArchivedFile, ...]


@contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """An archive for reading.

    Raises WeightArchiveError for what cannot be read, also while it is read: fields that make no sense
    raise whatever they lead to.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except zipfile.BadZipFile as error:
        raise WeightArchiveError(f"{path}: no archive of weights, or a damaged one: {error}") from error
    except OSError as error:
        raise WeightArchiveError(f"{path}: {error.strerror or error}") from error
    except (EOFError, NotImplementedError, OverflowError, RuntimeError, ValueError, struct.error) as error:
        raise WeightArchiveError(f"{path}: no archive that can be read: {error}") from error


def read_manifest(archive: zipfile.ZipFile, *, path: Path) -> Manifest:
    """The manifest of an archive whose entries are what it names, and nothing else.

    Raises WeightArchiveError for entries that are links, compressed, encrypted, named twice or not at all,
    of another size, and for places that leave their home.
    """
    entries = archive.infolist()
    _check_entries(entries, path=path, size=Path(str(archive.filename)).stat().st_size)
    manifest = _parse(archive, path=path)
    _check_places(manifest.files, path=path)
    sizes = {entry.filename: entry.file_size for entry in entries if entry.filename != MANIFEST}
    named = {file.entry: file.size for file in manifest.files}
    for name in sorted(sizes.keys() | named.keys()):
        if name not in named:
            raise WeightArchiveError(f"{path}: the entry {name!r} is not in the manifest")
        if name not in sizes:
            raise WeightArchiveError(f"{path}: {name!r} of the manifest is not in the archive")
        if sizes[name] != named[name]:
            raise WeightArchiveError(f"{path}: {name!r} has {sizes[name]} bytes, the manifest says {named[name]}")
    return manifest


def check_digests(archive: zipfile.ZipFile, manifest: Manifest, *, path: Path) -> None:
    """Reads every file of an archive. Raises WeightArchiveError for one that is not what the manifest says."""
    for file in manifest.files:
        with archive.open(file.entry) as stream:
            digest = hashlib.sha256()
            for chunk in chunks_of(stream):
                digest.update(chunk)
        if digest.hexdigest() != file.sha256:
            raise WeightArchiveError(f"{path}: {file.entry!r} is damaged: its SHA-256 is not that of the manifest")


def chunks_of(stream: IO[bytes]) -> Iterator[bytes]:
    """The content of a stream, piece by piece."""
    while chunk := stream.read(CHUNK):
        yield chunk


def check_place(place: str, *, path: Path) -> None:
    """Raises WeightArchiveError unless a place is a plain relative path on every system."""
    parts = place.split("/")
    if len(place) > _LONGEST_PLACE or _NOT_IN_PLACES.search(place) or any(_is_odd(part) for part in parts):
        raise WeightArchiveError(f"{path}: {place[:_LONGEST_PLACE]!r} is no place for weights below a folder")


def _is_odd(part: str) -> bool:
    # Windows drops dots and spaces at the end, which would make `..` of `.. `.
    return not part or part != part.rstrip(". ") or _DEVICES.fullmatch(part) is not None


def _check_entries(entries: Iterable[zipfile.ZipInfo], *, path: Path, size: int) -> None:
    seen: set[str] = set()
    total = 0
    for entry in entries:
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if entry.filename in seen:
            raise WeightArchiveError(f"{path}: the entry {entry.filename!r} is there twice")
        if entry.is_dir() or kind not in {0, stat.S_IFREG}:
            raise WeightArchiveError(f"{path}: the entry {entry.filename!r} is no plain file")
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size or entry.flag_bits & 1:
            raise WeightArchiveError(f"{path}: the entry {entry.filename!r} is compressed or encrypted, not stored")
        seen.add(entry.filename)
        total += entry.file_size
    # Entries that lie over each other would make much of little.
    if total > size:
        raise WeightArchiveError(f"{path}: the entries are larger than the archive")


def _parse(archive: zipfile.ZipFile, *, path: Path) -> Manifest:
    try:
        entry = archive.getinfo(MANIFEST)
    except KeyError as error:
        raise WeightArchiveError(f"{path}: no archive of weights: it has no {MANIFEST}") from error
    if entry.file_size > _LARGEST_MANIFEST:
        raise WeightArchiveError(f"{path}: its {MANIFEST} has {entry.file_size} bytes, more than any manifest")
    try:
        return Manifest.model_validate_json(archive.read(entry))
    except ValidationError as error:
        detail = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in detail["loc"])
        raise WeightArchiveError(f"{path}: wrong {MANIFEST}: {where}: {detail['msg']}") from error


def _check_places(files: Iterable[ArchivedFile], *, path: Path) -> None:
    taken: dict[str, str] = {}
    for file in files:
        check_place(file.place, path=path)
        key = unicodedata.normalize("NFC", file.entry).casefold()  # what one file system tells apart, another does not
        if key in taken:
            raise WeightArchiveError(f"{path}: {file.entry!r} and {taken[key]!r} are one place")
        taken[key] = file.entry
    for key, entry in taken.items():
        above = next((str(parent) for parent in PurePosixPath(key).parents if str(parent) in taken), None)
        if above is not None:
            raise WeightArchiveError(f"{path}: {taken[above]!r} cannot be a file and hold {entry!r}")
