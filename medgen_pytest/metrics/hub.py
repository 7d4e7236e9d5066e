"""Hub models: a Hugging Face model found in the hub's cache or in a folder, and no network asked."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from medgen_pytest.config.json_object import read_json_object
from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.checkpoint import file_digest
from medgen_pytest.metrics.need import Need, WeightFile

if TYPE_CHECKING:
    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.need import Home

ModelKind = Literal["text", "image"]
"""What a model reads: a text model needs a tokenizer, an image model the settings of its image processor."""

_CONFIG = "config.json"
# Safetensors hold nothing but tensors; a pickle comes second, and is read as tensors only.
_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
_OTHER_FRAMEWORKS = ("tf_model.h5", "flax_model.msgpack")
_REPOSITORY = re.compile(r"[\w.-]+(?:/[\w.-]+)?", re.ASCII)
_PARTS = {
    "text": (
        "tokenizer.json",
        "vocab.txt",
        "vocab.json",
        "spiece.model",
        "spm.model",
        "sentencepiece.bpe.model",
        "tokenizer.model",
    ),
    "image": ("preprocessor_config.json", "processor_config.json"),
}
_PART_NAMES = {
    "text": "a tokenizer (tokenizer.json, vocab.txt or the like)",
    "image": "the settings of an image processor (preprocessor_config.json)",
}
_BESIDES = {
    "text": ("tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "merges.txt", "bpe.codes"),
    "image": (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HubModel:
    """A model that lies on this machine, with every file that loading it takes.

    `name` is the repository or folder as the settings give it; `folder` is what `from_pretrained` opens.
    `config`, `weights` (one file, or the shards and their index) and `parts` (tokenizer or image processor)
    make its numbers; `files` are these as weights to carry to another machine, with the cache's own reference.
    """

    name: str
    folder: Path
    config: Path
    weights: tuple[Path, ...]
    parts: tuple[Path, ...]
    files: tuple[WeightFile, ...]

    @property
    def short_name(self) -> str:
        """The last part of the name, for people: `all-MiniLM-L6-v2`."""
        return self.folder.name if _is_path(self.name) else self.name.rsplit("/", maxsplit=1)[-1]

    @property
    def is_safetensors(self) -> bool:
        """Whether the weights come in a format that can hold no code."""
        return any(path.suffix == ".safetensors" for path in self.weights)

    def read_config(self) -> dict[str, object]:
        """The settings of the network. Raises ConfigError naming the file if they cannot be read."""
        return read_json_object(self.config)

    def digest(self) -> str:
        """SHA-256 over names and bytes of all that makes its numbers. Raises ConfigError if a file cannot be read."""
        made_of = sorted((self.config, *self.weights, *self.parts))
        lines = [f"{path.relative_to(self.folder).as_posix()} {file_digest(path)}" for path in made_of]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Absent:
    """Why a model cannot be had, and what to do about it."""

    problem: str
    remedy: str


def find_model(name: str, *, kind: ModelKind, context: MetricContext) -> HubModel:
    """The model of a repository name (`org/name`) or of a folder.

    A folder wins over a repository of the same name; relative ones start at `context.root`. Raises
    ConfigError that says what is missing and how to get it.
    """
    found = _look(name, kind, context)
    if isinstance(found, _Absent):
        raise ConfigError(f"{found.problem}; {found.remedy}")
    return found


def hub_need(name: str, *, kind: ModelKind, context: MetricContext) -> Need:
    """The model as a need: where it lies and its files, or what is missing and how to get it."""
    found = _look(name, kind, context)
    if isinstance(found, _Absent):
        return Need(kind="weights", name=name, problem=found.problem, remedy=found.remedy)
    return Need(kind="weights", name=name, found=str(found.folder), files=found.files)


def _look(name: str, kind: ModelKind, context: MetricContext) -> HubModel | _Absent:
    folder = context.root / Path(name).expanduser()
    if folder.is_dir():
        return _open(name, folder, kind, home="folder", prefix=folder.resolve().name)
    if _is_path(name) or not _REPOSITORY.fullmatch(name):
        return _Absent(problem=f"the model folder {folder} does not exist", remedy="name a folder or a repository")
    repository = "models--" + name.replace("/", "--")
    cached = context.hub_cache / repository
    snapshot = _snapshot(cached)
    if snapshot is None:
        problem = f"the model {name!r} is not in the hub cache {context.hub_cache}"
        return _Absent(problem=problem, remedy=_download(name, kind))
    place = f"{repository}/snapshots/{snapshot.name}"
    return _open(name, snapshot, kind, home="huggingface", prefix=place, reference=cached / "refs" / "main")


def _snapshot(cached: Path) -> Path | None:
    """The folder of the revision that the cache calls main, or of the only one there is."""
    snapshots = cached / "snapshots"
    reference = cached / "refs" / "main"
    if reference.is_file():
        commit = reference.read_text("utf-8", errors="replace").strip()
        named = snapshots / commit
        return named if re.fullmatch(r"\w+", commit) and named.is_dir() else None
    present = [path for path in snapshots.iterdir() if path.is_dir()] if snapshots.is_dir() else []
    return present[0] if len(present) == 1 else None


def _open(
    name: str, folder: Path, kind: ModelKind, *, home: Home, prefix: str, reference: Path | None = None
) -> HubModel | _Absent:
    remedy = _download(name, kind) if home == "huggingface" else "copy the whole model into the folder"
    weights = _weights(folder)
    parts = [folder / part for part in _PARTS[kind] if (folder / part).is_file()]
    missing = _missing(folder, kind, weights=weights, parts=parts)
    if missing:
        return _Absent(problem=f"the model {name!r} in {folder} lacks {' and '.join(missing)}", remedy=remedy)
    parts += [folder / part for part in _BESIDES[kind] if (folder / part).is_file()]
    config = folder / _CONFIG
    files = [
        WeightFile(path=path, home=home, place=f"{prefix}/{path.relative_to(folder).as_posix()}")
        for path in (config, *weights, *parts)
    ]
    if reference is not None and reference.is_file():
        files.append(WeightFile(path=reference, home=home, place=f"{prefix.split('/', maxsplit=1)[0]}/refs/main"))
    return HubModel(
        name=name, folder=folder, config=config, weights=tuple(weights), parts=tuple(parts), files=tuple(files)
    )


def _weights(folder: Path) -> list[Path]:
    """The file of weights, or the index and its shards, whether these are there or not."""
    for file in _WEIGHTS:
        whole, index = folder / file, folder / f"{file}.index.json"
        if whole.is_file():
            return [whole]
        if index.is_file():
            return [index, *_shards(index)]
    return []


def _shards(index: Path) -> list[Path]:
    named = read_json_object(index).get("weight_map")
    names = set(named.values()) if isinstance(named, dict) else set()
    if not names or not all(isinstance(name, str) and name == Path(name).name for name in names):
        raise ConfigError(f"{index}: no index of weights; its 'weight_map' must name files beside it")
    return [index.with_name(str(name)) for name in sorted(names)]


def _missing(folder: Path, kind: ModelKind, *, weights: list[Path], parts: list[Path]) -> list[str]:
    missing = [] if (folder / _CONFIG).is_file() else [_CONFIG]
    if not weights:
        foreign = [file for file in _OTHER_FRAMEWORKS if (folder / file).is_file()]
        only = f" (it has {foreign[0]}, which torch cannot read)" if foreign else ""
        missing.append(f"weights, {' or '.join(_WEIGHTS)}{only}")
    missing += [f"{path.name}, a part of its weights" for path in weights if not path.is_file()]
    return missing if parts else [*missing, _PART_NAMES[kind]]


def _download(name: str, kind: ModelKind) -> str:
    return (
        f"on a machine with internet run `hf download {name}`, which must bring {_CONFIG}, {' or '.join(_WEIGHTS)} "
        f"and {_PART_NAMES[kind]}, then `medgen weights pack` there and `medgen weights unpack` here"
    )


def _is_path(name: str) -> bool:
    """Whether a name can only mean a folder."""
    return name.startswith((".", "~", "/")) or Path(name).is_absolute()
