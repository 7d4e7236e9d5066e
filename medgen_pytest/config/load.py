"""Loading settings: the command line beats `medgen.yaml`, which beats the defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from medgen_pytest.config.document import Document, read_document
from medgen_pytest.config.options import OPTIONS, Option
from medgen_pytest.config.settings import Settings
from medgen_pytest.config.thresholds import parse_thresholds
from medgen_pytest.errors import ConfigError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COMMAND_LINE_ONLY = {"config", "resume", "threshold"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """The settings of a run and what only the command line says.

    `models` are the specs that `--model` names (empty: all of `medgen.yaml`). Relative paths of
    `medgen.yaml` start from `root`, its folder; those of the command line from where it was typed.
    """

    settings: Settings
    models: tuple[str, ...] = ()
    resume: Path | None = None
    config_path: Path | None = None
    root: Path = field(default_factory=Path.cwd)


def load_settings(
    values: Mapping[str, object], *, models: Sequence[str], config_path: Path | None, invocation_dir: Path
) -> RunSettings:
    """The settings that a command line and a settings file make together.

    `values` are parsed options by their `dest` (None: not given). Raises ConfigError, with file and
    line where the fault stands in the file.
    """
    document = read_document(config_path) if config_path else None
    root = config_path.resolve().parent if config_path else invocation_dir
    merged = _absolute_paths(document.data, root) if document else {}
    for option in OPTIONS:
        value = values.get(option.dest)
        if value is not None and option.key not in _COMMAND_LINE_ONLY:
            _put(merged, option.key.split("."), _parse(option, value, invocation_dir))
    _put_thresholds(merged, values.get("medgen_threshold"))
    resume = values.get("medgen_resume")
    return RunSettings(
        settings=_validate(merged, document),
        models=tuple(models),
        resume=invocation_dir / str(resume) if resume is not None else None,
        config_path=config_path,
        root=root,
    )


def _parse(option: Option, value: object, invocation_dir: Path) -> object:
    if option.kind == "path":
        return invocation_dir / str(value)
    if option.kind == "names" and isinstance(value, list):
        return [name.strip() for text in value for name in str(text).split(",") if name.strip()]
    return value


def _put(data: dict[str, object], keys: list[str], value: object) -> None:
    *parents, last = keys
    for key in parents:
        child = data.get(key)
        if isinstance(child, str) and key == "dataset":
            child = {"path": child}
        data[key] = dict(child) if isinstance(child, dict) else {}
        data = data[key]  # type: ignore[assignment]  # set on the line above
    data[last] = value


def _put_thresholds(data: dict[str, object], texts: object) -> None:
    given = [str(text) for text in texts] if isinstance(texts, list) else []
    for metric, value in parse_thresholds(given, flag="--medgen-threshold").items():
        _put(data, ["thresholds", metric], value)


def _absolute_paths(data: Mapping[str, object], root: Path) -> dict[str, object]:
    """The data of a settings file with the paths that pytest options share made absolute."""
    changed = dict(data)
    for option in OPTIONS:
        keys = option.key.split(".")
        value = _get(changed, keys)
        if option.kind == "path" and isinstance(value, str):
            _put(changed, keys, root / value)
    return changed


def _get(data: Mapping[str, object], keys: list[str]) -> object:
    value: object = data
    for key in keys:
        if isinstance(value, str) and key == "path":
            return value
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _validate(data: Mapping[str, object], document: Document | None) -> Settings:
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        keys = [part for part in first["loc"] if not (isinstance(part, str) and part.startswith("function-"))]
        where = f"{document.where(keys)}: " if document and _get_any(document.data, keys) else ""
        raise ConfigError(where + _explain(keys, first["type"], first["msg"])) from error
    except ConfigError as error:
        where = f"{document.path}: " if document else ""
        raise ConfigError(f"{where}{error}") from error


def _get_any(data: Mapping[str, object], keys: Sequence[object]) -> bool:
    return bool(keys) and str(keys[0]) in data


def _explain(keys: Sequence[object], kind: str, message: str) -> str:
    name = ".".join(str(key) for key in keys)
    if kind == "extra_forbidden":
        return unknown_name("setting", name, _known_beside(keys))
    if kind == "float_parsing" and keys[:1] == ["thresholds"]:
        return f"setting {name}: a threshold is a number"
    return f"setting {name}: {message[:1].lower()}{message[1:]}"


def _known_beside(keys: Sequence[object]) -> list[str]:
    model: type[BaseModel] = Settings
    prefix = ""
    for key in keys[:-1]:
        found = next((f for n, f in model.model_fields.items() if (f.alias or n) == key), None)
        inner = _section_of(found.annotation) if found else None
        if inner is None:
            break
        model, prefix = inner, f"{prefix}{key}."
    return [f"{prefix}{field.alias or name}" for name, field in model.model_fields.items()]


def _section_of(annotation: object) -> type[BaseModel] | None:
    candidates = (annotation, *getattr(annotation, "__args__", ()))
    return next((kind for kind in candidates if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
