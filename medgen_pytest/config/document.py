"""YAML documents with the line of each key, so that an error can say where it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from medgen_pytest.config.environment import expand
from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MAX_BYTES = 1_000_000
_MAX_NODES = 100_000


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML mapping and where each of its keys stands."""

    path: Path
    data: dict[str, object]
    root: yaml.Node | None

    def where(self, keys: Sequence[object]) -> str:
        """`FILE:LINE` of a key, or of the deepest of its parents that is there."""
        node, line = self.root, 1
        for key in keys:
            found = _child(node, key)
            if found is None:
                break
            node, line = found
        return f"{self.path}:{line}"


def read_document(path: Path) -> Document:
    """The mapping in a YAML file, with `${NAME}` replaced from the environment.

    Raises ConfigError with file and line for what is no YAML, no mapping or holds a key twice.
    """
    text = _read(path)
    root, data = _parse(text, path)
    document = Document(path, {}, root)
    document.data.update({str(key): _expand(value, [key], document) for key, value in data.items()})
    return document


def _parse(text: str, path: Path) -> tuple[yaml.Node | None, dict[object, object]]:
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        _check_nodes(root, path)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}:{_line_of(error, text)}: not YAML: {_problem_of(error)}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: nested too deeply for settings") from error
    # What the constructors of PyYAML raise for a value that looks like a date and is none, or belies its tag.
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path}: {error}; put quotes around the value") from error
    if data is not None and not isinstance(data, dict):
        raise ConfigError(f"{path}:1: a mapping of settings is needed, like dataset: demo, not a {type(data).__name__}")
    return root, data or {}


def _line_of(error: yaml.YAMLError, text: str) -> int:
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return int(mark.line) + 1
    return text.count("\n", 0, getattr(error, "position", 0)) + 1


def _problem_of(error: yaml.YAMLError) -> str:
    return " ".join(str(getattr(error, "problem", None) or error).split())


def _read(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        raise ConfigError(f"the settings file {path} cannot be read: {reason}; name one that can be") from error
    if len(data) > _MAX_BYTES:
        raise ConfigError(f"the settings file {path} has {len(data)} bytes, more than {_MAX_BYTES}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"the settings file {path} is not UTF-8: {error}; save it as UTF-8") from error


def _expand(value: object, keys: list[object], document: Document) -> object:
    if isinstance(value, dict):
        return {key: _expand(item, [*keys, key], document) for key, item in value.items()}
    if isinstance(value, list):
        return [_expand(item, [*keys, index], document) for index, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    try:
        return expand(value)
    except ConfigError as error:
        raise ConfigError(f"{document.where(keys)}: {error}; export it, or write its value here") from error


def _check_nodes(root: yaml.Node | None, path: Path) -> None:
    """Refuses a key that stands twice, and aliases that multiply a small file into a huge one."""
    nodes = [root]
    for _ in range(_MAX_NODES):
        if not nodes:
            return
        node = nodes.pop()
        if isinstance(node, yaml.MappingNode):
            _refuse_twice(node, path)
            nodes.extend(value for _, value in node.value)
        elif isinstance(node, yaml.SequenceNode):
            nodes.extend(node.value)
    raise ConfigError(f"{path}: more than {_MAX_NODES} values; aliases may not multiply settings")


def _refuse_twice(node: yaml.MappingNode, path: Path) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        name = str(key.value)
        if name in seen and name != "<<":
            raise ConfigError(f"{path}:{key.start_mark.line + 1}: the key {name!r} stands here twice; keep one of them")
        seen.add(name)


def _child(node: yaml.Node | None, key: object) -> tuple[yaml.Node, int] | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return value, name.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        item = node.value[key]
        return item, item.start_mark.line + 1
    return None
