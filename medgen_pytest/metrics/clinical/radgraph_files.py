"""RadGraph's files: where its package keeps a model, and the encoder that the model is built on."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.need import Need, WeightFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGE = "radgraph"
EXTRA = "clinical"
WEIGHTS = "weights.th"
CONFIG = "config.json"

ModelType = Literal["radgraph", "radgraph-xl", "modern-radgraph-xl", "echograph"]
"""The models that the package knows; each has a folder of its name."""

_TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model")
_LARGEST_CONFIG = 1 << 20
# Up to this version the package calls `encode_plus`, which transformers 5 no longer has.
_LAST_FOR_TRANSFORMERS_4 = (0, 1, 18)


def package_version() -> str | None:
    """The version of the installed radgraph package; None if there is none. Imports nothing."""
    if find_spec(PACKAGE) is None:
        return None
    try:
        return metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        return "unknown"


def package_need() -> Need:
    """The radgraph package, found or not."""
    version = package_version()
    if version is None:
        return Need(
            kind="package",
            name=PACKAGE,
            problem=f"the package {PACKAGE!r} is not installed",
            remedy=f"pip install 'medgen-pytest[{EXTRA}]'",
        )
    beside = _transformers_version()
    if beside is not None and _numbers(beside) >= (5,) and _numbers(version) <= _LAST_FOR_TRANSFORMERS_4:
        return Need(
            kind="package",
            name=PACKAGE,
            found=version,
            problem=f"{PACKAGE} {version} does not work with transformers {beside}",
            remedy="pip install 'transformers<5', or a newer radgraph if there is one",
        )
    return Need(kind="package", name=PACKAGE, found=version)


def _transformers_version() -> str | None:
    try:
        return metadata.version("transformers")
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def default_folder() -> Path | None:
    """Where the installed package keeps its models; None if it is not installed."""
    version = package_version()
    if version is None or find_spec("appdirs") is None:
        return None
    # The package asks the same function, so whatever the system's cache folder is, both look there.
    return Path(import_module("appdirs").user_cache_dir(PACKAGE)) / version


@dataclass(frozen=True, slots=True, kw_only=True)
class RadGraphFiles:
    """The files of one model: those in its own folder, and the configuration and tokenizer of its encoder.

    `home` holds a folder a model, `hub_cache` the encoders. Nothing is read before it is asked for.
    """

    model_type: ModelType
    home: Path
    hub_cache: Path

    @property
    def folder(self) -> Path:
        """The folder of the model."""
        return self.home / self.model_type

    @property
    def weights(self) -> Path:
        """The weights of the model, its encoder's included."""
        return self.folder / WEIGHTS

    @property
    def vocabulary(self) -> Path:
        """The folder with the labels of the model."""
        return self.folder / "vocabulary"

    def needs(self) -> tuple[Need, ...]:
        """The model and, where that is there, its encoders."""
        model = self._model_need()
        return (model, *map(self._encoder_need, self.encoders())) if model.is_met else (model,)

    def config(self) -> dict[str, object]:
        """The configuration of the model. Raises ConfigError if it cannot be read."""
        path = self.folder / CONFIG
        try:
            if path.stat().st_size > _LARGEST_CONFIG:
                raise ConfigError(f"{path}: too large for the configuration of a model")
            read = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise ConfigError(f"{path}: the configuration of the model cannot be read: {error}") from error
        if not isinstance(read, dict):
            raise ConfigError(f"{path}: the configuration of a model is an object, not a {type(read).__name__}")
        return read

    def encoders(self) -> tuple[str, ...]:
        """The names of the encoders that the configuration asks the hub for."""
        return tuple(sorted(set(_encoder_names(self.config()))))

    def encoder_folder(self, name: str) -> Path | None:
        """The folder with configuration and tokenizer of an encoder; None if it is not there."""
        cached = self.hub_cache / f"models--{name.replace('/', '--')}"
        for folder in (Path(name), *_snapshots(cached)):
            if (
                folder.is_absolute()
                and (folder / CONFIG).is_file()
                and any((folder / tokenizer).is_file() for tokenizer in _TOKENIZERS)
            ):
                return folder
        return None

    def local_config(self) -> dict[str, object]:
        """The configuration with each encoder named by its folder, so that none is looked for elsewhere.

        Raises ConfigError for an encoder that is not there.
        """
        folders: dict[str, str] = {}
        for name in self.encoders():
            need = self._encoder_need(name)
            if need.found is None:
                raise ConfigError(str(need))
            folders[name] = need.found
        config = _renamed(self.config(), folders)
        return config if isinstance(config, dict) else {}

    def _model_need(self) -> Need:
        wanted = [self.folder / CONFIG, self.weights]
        missing = [path.name for path in wanted if not path.is_file()]
        vocabulary = sorted(path for path in self.vocabulary.glob("[!.]*") if path.is_file())
        missing += [] if vocabulary else [f"{self.vocabulary.name}/"]
        if missing:
            return Need(
                kind="weights",
                name=self.model_type,
                problem=f"{self.folder}: no RadGraph model, {', '.join(missing)} missing",
                remedy=_remedy(self.model_type, self.home),
            )
        files = tuple(
            WeightFile(path=path, home="folder", place=path.relative_to(self.home).as_posix())
            for path in (*wanted, *vocabulary)
        )
        return Need(kind="weights", name=self.model_type, found=str(self.folder), files=files)

    def _encoder_need(self, name: str) -> Need:
        folder = self.encoder_folder(name)
        if folder is None:
            return Need(
                kind="weights",
                name=name,
                problem=f"the encoder {name!r} of {self.model_type} is not in {self.hub_cache}",
                remedy=f"on a machine with internet: hf download {name} --include '*.json' '*.txt', "
                "then carry its folder of the hub cache over",
            )
        if not folder.is_relative_to(self.hub_cache):
            return Need(kind="weights", name=name, found=str(folder))
        listed = (path for path in sorted(folder.iterdir()) if path.suffix in {".json", ".txt", ".model"})
        files = tuple(
            WeightFile(path=path, home="huggingface", place=path.relative_to(self.hub_cache).as_posix())
            for path in (*listed, folder.parents[1] / "refs" / "main")
            if path.is_file()
        )
        return Need(kind="weights", name=name, found=str(folder), files=files)


def _remedy(model_type: ModelType, home: Path) -> str:
    call = f"radgraph.F1RadGraph(reward_level='partial', model_type='{model_type}')"
    return (
        f'on a machine with internet: python -c "import radgraph; {call}", then carry its folder '
        f"{model_type} over to {home}"
    )


def _snapshots(cached: Path) -> Iterator[Path]:
    """The versions of a repository in the hub cache, that of its main branch first."""
    main = cached / "refs" / "main"
    if main.is_file():
        yield cached / "snapshots" / main.read_text(encoding="utf-8").strip()
    yield from sorted((cached / "snapshots").glob("*"))


def _encoder_names(config: object) -> Iterator[str]:
    if isinstance(config, dict):
        for key, value in config.items():
            if key == "model_name" and isinstance(value, str):
                yield value
            else:
                yield from _encoder_names(value)
    elif isinstance(config, list):
        for value in config:
            yield from _encoder_names(value)


def _renamed(config: object, folders: Mapping[str, str]) -> object:
    if isinstance(config, dict):
        return {
            key: folders[value]
            if key == "model_name" and isinstance(value, str) and value in folders
            else _renamed(value, folders)
            for key, value in config.items()
        }
    return [_renamed(value, folders) for value in config] if isinstance(config, list) else config
