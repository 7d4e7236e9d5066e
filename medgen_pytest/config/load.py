"""Loading settings: the command line beats `medgen.yaml`, which beats the defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from medgen_pytest.config.document import Document, read_document
from medgen_pytest.config.names import names_in
from medgen_pytest.config.options import OPTIONS, Option
from medgen_pytest.config.settings import EMBEDDED_DATASET, JudgeSettings, Settings
from medgen_pytest.config.thresholds import parse_thresholds
from medgen_pytest.errors import ConfigError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COMMAND_LINE_ONLY = {"config", "resume", "threshold", "dry_run"}
_PROFILE_FILES = (".yaml", ".yml")
_NAMED_FILES = {"thresholds.profile", "judge.rubric"}
"""Options whose value is a name, or the path of a YAML file."""
_SHORT_FORMS = {"dataset": "path", "judge": "use"}
"""Sections that may be written as the one value of this key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """The settings of a run and what only the command line says.

    `models` are the specs that `--model` names (empty: all of `medgen.yaml`). Relative paths of
    `medgen.yaml` start from `root`, its folder; those of the command line from `invocation_dir`, where
    it was typed; those within gates from `gates_root`, whichever of the two names the gates.
    """

    settings: Settings
    models: tuple[str, ...] = ()
    resume: Path | None = None
    dry_run: bool = False
    config_path: Path | None = None
    root: Path = field(default_factory=Path.cwd)
    invocation_dir: Path = field(default_factory=Path.cwd)
    gates_root: Path = field(default_factory=Path.cwd)


def load_settings(
    values: Mapping[str, object], *, models: Sequence[str], config_path: Path | None, invocation_dir: Path
) -> RunSettings:
    """The settings that a command line and a settings file make together.

    `values` are parsed options by their `dest` (None: not given). Raises ConfigError, with file and
    line where the fault stands in the file, with the flag where it stands on the command line.
    """
    document = read_document(config_path) if config_path else None
    return _merged_settings(values, document, models=models, config_path=config_path, invocation_dir=invocation_dir)


def load_what_holds(
    values: Mapping[str, object], *, models: Sequence[str], config_path: Path | None, invocation_dir: Path
) -> tuple[RunSettings, tuple[str, ...]]:
    """The settings without the sections of the file that are wrong, and what is wrong with each, a line each.

    A file that cannot be read at all is left out as a whole. See `load_settings`; raises ConfigError for what is
    wrong on the command line alone.
    """
    faults: list[str] = []
    try:
        document = read_document(config_path) if config_path else None
    except ConfigError as error:
        faults.append(str(error))
        document, config_path = None, None
    while True:
        try:
            settings = _merged_settings(
                values, document, models=models, config_path=config_path, invocation_dir=invocation_dir
            )
        except _SectionError as error:
            if document is None or error.section not in document.data:
                raise
            faults.append(str(error))
            del document.data[error.section]
        else:
            return settings, tuple(faults)


class _SectionError(ConfigError):
    """A setting that is wrong; `section` is the first of its keys, empty for one of the command line."""

    def __init__(self, message: str, *, section: str) -> None:
        super().__init__(message)
        self.section = section


def _merged_settings(
    values: Mapping[str, object],
    document: Document | None,
    *,
    models: Sequence[str],
    config_path: Path | None,
    invocation_dir: Path,
) -> RunSettings:
    root = config_path.resolve().parent if config_path else invocation_dir
    merged = _absolute_paths(document.data, root) if document else {}
    flags: dict[tuple[object, ...], str] = {}
    for option in OPTIONS:
        value = values.get(option.dest)
        if value is not None and option.key not in _COMMAND_LINE_ONLY:
            if option.key == "judge.use":
                _forget_judge(merged)
            _put(merged, option.key.split("."), _parse(option, value, invocation_dir))
            flags[tuple(option.key.split("."))] = option.flag
    _put_thresholds(merged, values.get("medgen_threshold"))
    resume = values.get("medgen_resume")
    return RunSettings(
        settings=_validate(merged, document, flags),
        models=tuple(models),
        resume=invocation_dir / str(resume) if resume is not None else None,
        dry_run=bool(values.get("medgen_dry_run")),
        config_path=config_path,
        root=root,
        invocation_dir=invocation_dir,
        gates_root=invocation_dir if ("gates",) in flags else root,
    )


def _parse(option: Option, value: object, invocation_dir: Path) -> object:
    if option.kind in {"path", "place"}:
        return _place(str(value), invocation_dir, option)
    if option.key in _NAMED_FILES and str(value).endswith(_PROFILE_FILES):
        return str(invocation_dir / str(value))
    if option.kind == "names" and isinstance(value, list):
        names = names_in(*map(str, value))
        if not names:  # an empty variable of a CI script must not mean everything
            raise ConfigError(f"{option.flag} names nothing; leave it out for everything")
        return names
    return value


def _place(text: str, folder: Path, option: Option) -> object:
    """The path that a text means from a folder; where it may be one, the truth value that it is.

    The name of the embedded dataset stays that name.
    """
    if option.key == "dataset.path" and text == EMBEDDED_DATASET:
        return text
    named = {"true": True, "false": False} if option.kind == "place" else {}
    return named.get(text.strip().lower(), folder / text)


def _put(data: dict[str, object], keys: list[str], value: object) -> None:
    *parents, last = keys
    for key in parents:
        child = data.get(key)
        if isinstance(child, str) and key in _SHORT_FORMS:
            child = {_SHORT_FORMS[key]: child}
        if child is not None and not isinstance(child, dict):
            return  # a fault of the file, which the check of the settings tells
        section: dict[str, object] = dict(child or {})
        data[key] = section
        data = section
    data[last] = value


def _forget_judge(data: dict[str, object]) -> None:
    """Takes out who judges by the settings file: the command line names another."""
    judge = data.get("judge")
    if isinstance(judge, dict):
        how = JudgeSettings.model_fields.keys() - {"adapter", "use", "panel"}
        data["judge"] = {key: value for key, value in judge.items() if key in how}
    elif isinstance(judge, str):
        del data["judge"]


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
        if option.kind in {"path", "place"} and isinstance(value, str):
            _put(changed, keys, _place(value, root, option))
    return changed


def _get(data: Mapping[str, object], keys: list[str]) -> object:
    value: object = data
    for key in keys:
        if isinstance(value, str) and key == "path":
            return value
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _validate(
    data: Mapping[str, object], document: Document | None, flags: Mapping[tuple[object, ...], str]
) -> Settings:
    try:
        return Settings.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        keys = [part for part in first["loc"] if not (isinstance(part, str) and part.startswith("function-"))]
        message = _explain(keys, first["type"], first["msg"])
        section = "" if _flag_of(keys, flags) or not keys else str(keys[0])
        raise _SectionError(f"{_where(keys, document, flags)}{message}", section=section) from error


def _flag_of(keys: Sequence[object], flags: Mapping[tuple[object, ...], str]) -> str | None:
    return next((flag for key, flag in flags.items() if tuple(keys[: len(key)]) == key), None)


def _where(keys: Sequence[object], document: Document | None, flags: Mapping[tuple[object, ...], str]) -> str:
    flag = _flag_of(keys, flags)
    if flag is not None:
        return f"{flag}: "
    stands_in_file = document is not None and bool(keys) and str(keys[0]) in document.data
    return f"{document.where(keys)}: " if document and stands_in_file else ""


def _explain(keys: Sequence[object], kind: str, message: str) -> str:
    name = ".".join(str(key) for key in keys)
    if kind == "extra_forbidden":
        return unknown_name("setting", name, _known_beside(keys))
    if kind == "float_parsing" and keys[:1] == ["thresholds"]:
        return f"setting {name}: a threshold is a number"
    text = message.removeprefix("Value error, ").replace("valid tuple", "list")
    return f"setting {name}: {text[:1].lower()}{text[1:]}"


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
