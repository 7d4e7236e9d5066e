"""Checkpoints: the folder of weights that a name means, what is missing in it, and what identifies it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.config.json_object import read_json_object
from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

_REPOSITORY = re.compile(r"[\w.-]+(?:/[\w.-]+)?", re.ASCII)
_REVISION = re.compile(r"[\w.-]+(?:/[\w.-]+)*", re.ASCII)
_READ = (".json", ".jinja", ".txt", ".model", ".safetensors", ".py", ".tiktoken", ".codes")
_PICKLES = (".bin", ".pt", ".pth", ".ckpt")
_MEBIBYTE = 1 << 20
_WHOLE = 64 * _MEBIBYTE
_PROBES = 64
_PROBE = 64 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Weights on this machine: `name` as people call them, the commit where the hub's cache knows it."""

    name: str
    folder: Path
    commit: str | None = None

    def read(self, file: str) -> dict[str, object]:
        """A JSON object of the folder; empty if there is no such file. Raises ConfigError for one that is broken."""
        path = self.folder / file
        return read_json_object(path) if path.is_file() else {}

    def digest(self) -> str:
        """SHA-256 over the files that loading reads: names, sizes, and bytes as far as `_file_digest` looks.

        The same for a copy on another machine. Raises ConfigError for a file that cannot be read.
        """
        digest = hashlib.sha256()
        for path in _files(self.folder):
            if path.suffix in _READ:
                name = path.relative_to(self.folder).as_posix()
                digest.update(f"{name}\0{_file_digest(path)}\n".encode("utf-8", errors="surrogateescape"))
        return digest.hexdigest()


def find_checkpoint(path: str, *, revision: str | None, hub_cache: Path, root: Path) -> Checkpoint:
    """The weights of a folder, or of a repository (`org/name`) in the hub's cache.

    A folder wins; relative ones start at `root`. Of a repository, the revision asked for, else the one
    that the cache calls main, else the only one. Raises ConfigError saying what is missing.
    """
    folder = root / Path(path).expanduser()
    if folder.is_dir():
        return Checkpoint(name=folder.resolve().name, folder=folder)
    if path.startswith((".", "~", "/")) or Path(path).is_absolute() or not _REPOSITORY.fullmatch(path):
        raise ConfigError(f"the folder {folder} does not exist; correct the path of the weights")
    cached = hub_cache / f"models--{path.replace('/', '--')}"
    remedy = f"run `hf download {path}{f' --revision {revision}' if revision else ''}` where there is internet"
    if not cached.is_dir():
        raise ConfigError(f"there is neither a folder {folder} nor {path!r} in the hub cache {hub_cache}; {remedy}")
    commit = _commit(cached, revision)
    if commit is None:
        wanted = f"the revision {revision!r}" if revision else "one revision"
        raise ConfigError(f"the hub cache {hub_cache} does not have {wanted} of {path!r}; {remedy}")
    return Checkpoint(name=path, folder=cached / "snapshots" / commit, commit=commit)


def has_safetensors(folder: Path) -> bool:
    """Whether weights in a format that can hold no code lie in a folder itself."""
    return any(folder.glob("*.safetensors"))


def has_pickles(folder: Path) -> bool:
    """Whether weights in a format that can hold code lie in a folder itself."""
    return any(path.suffix in _PICKLES for path in folder.glob("*"))


def missing_shards(folder: Path) -> list[str]:
    """Files of weights that an index in a folder names and that are not there, sorted."""
    named: set[str] = set()
    for index in folder.glob("*.safetensors.index*.json"):
        shards = Checkpoint(name=folder.name, folder=folder).read(index.name).get("weight_map")
        named.update(str(shard) for shard in shards.values()) if isinstance(shards, dict) else None
    return sorted(name for name in named if not (folder / name).is_file())


def weights_problem(folder: Path) -> str | None:
    """Why the weights in a folder cannot be used, as far as that shows without reading them."""
    missing = missing_shards(folder)
    if missing:
        return f"{folder} lacks {missing[0]}, a part of its weights"
    if has_safetensors(folder):
        return None
    if has_pickles(folder):
        return f"the weights in {folder} are pickles, which can hold code and are not read; save them as safetensors"
    return f"{folder} has no weights (*.safetensors)"


def _commit(cached: Path, revision: str | None) -> str | None:
    snapshots = cached / "snapshots"
    if revision is None and not (cached / "refs" / "main").is_file():
        present = [path.name for path in snapshots.iterdir() if path.is_dir()] if snapshots.is_dir() else []
        return present[0] if len(present) == 1 else None
    name = revision or "main"
    if not _REVISION.fullmatch(name) or ".." in name.split("/"):
        return None
    reference = cached / "refs" / name
    commit = reference.read_text("utf-8", errors="replace").strip() if reference.is_file() else name
    return commit if re.fullmatch(r"\w+", commit) and (snapshots / commit).is_dir() else None


def _files(folder: Path) -> Iterator[Path]:
    """The files of a folder and its folders, sorted; nothing that is hidden."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _file_digest(path: Path) -> str:
    """SHA-256 over the size and the bytes; of files over 64 MiB over both ends and 64 places between.

    Each end is a mebibyte, which holds the names and shapes of tensors, each place 64 KiB; the places
    lie evenly, so that training that leaves one part of a network as it was is still seen.
    """
    digest = hashlib.sha256()
    try:
        size = path.stat().st_size
        digest.update(f"{size}\n".encode("ascii"))
        with path.open("rb") as file:
            for start, length in _pieces(size):
                file.seek(start)
                digest.update(file.read(length))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    return digest.hexdigest()


def _pieces(size: int) -> Iterator[tuple[int, int]]:
    if size <= _WHOLE:
        yield from ((start, _MEBIBYTE) for start in range(0, size, _MEBIBYTE))
        return
    yield 0, _MEBIBYTE
    for place in range(1, _PROBES + 1):
        yield place * (size // (_PROBES + 1)), _PROBE
    yield size - _MEBIBYTE, _MEBIBYTE
