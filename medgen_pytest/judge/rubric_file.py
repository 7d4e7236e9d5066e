"""Rubric files: YAML read within bounds, with its `${...}` left as they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml

from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_MAX_BYTES = 500_000
_MAX_DEPTH = 10


def read_rubric_file(path: Path) -> object:
    """What a YAML file holds, as plain values.

    Unlike settings, a rubric is not filled from the environment: its `${...}` are its own places. Raises
    ConfigError for a file that cannot be read, is no YAML, has more than 500,000 bytes, is nested more than
    10 levels deep, holds a key twice or uses aliases.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"the file {path} cannot be read: {error.strerror or error}") from error
    if len(data) > _MAX_BYTES:
        raise ConfigError(f"the file {path} has more than {_MAX_BYTES} bytes")
    try:
        return read_rubric_text(data.decode("utf-8-sig"), where=str(path))
    except UnicodeDecodeError as error:
        raise ConfigError(f"the file {path} is not UTF-8: {error}") from error


def read_rubric_text(text: str, *, where: str) -> object:
    """What a YAML text holds, as plain values. Raises ConfigError as `read_rubric_file` does."""
    try:
        _check_events(text, where=where)
        _refuse_twice(yaml.compose(text, Loader=yaml.SafeLoader), where=where)
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark is not None else ""
        said = " ".join(str(getattr(error, "problem", None) or error).split())
        raise ConfigError(f"{where}{line}: not YAML: {said}") from error
    # What the constructors of PyYAML raise for a value that looks like a date and is none.
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ConfigError(f"{where}: {error}; put quotes around the value") from error


def _check_events(text: str, *, where: str) -> None:
    """Refuses what could make a small file a huge or a deep value, before anything is built of it."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise ConfigError(f"{where}:{_line(event)}: a rubric takes no aliases; write the text out")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            raise ConfigError(f"{where}:{_line(event)}: nested too deeply for a rubric")


def _line(thing: yaml.Event | yaml.Node) -> int:
    return thing.start_mark.line + 1 if thing.start_mark is not None else 1


def _refuse_twice(node: yaml.Node | None, *, where: str) -> None:
    if isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_twice(value, where=where)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise ConfigError(f"{where}:{_line(key)}: the key {name!r} stands here twice")
            seen.add(name)
            _refuse_twice(value, where=where)
