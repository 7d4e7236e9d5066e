"""Names of models, and the short form `NAME=ADAPTER:ARGUMENT` in which the command line describes one."""

from __future__ import annotations

from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.errors import ConfigError, unknown_name

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_NAME = 100
"""Most characters of a model's name."""

_FORBIDDEN = r"|/\[]"


class ModelSpec(NamedTuple):
    """A model as the command line describes it."""

    name: str
    adapter: str
    settings: dict[str, object]


def check_name(name: str) -> str:
    r"""The name itself, if it can stand in test ids and file names.

    Raises ConfigError for a name that is empty, longer than 100 characters, begins or ends with a
    space, or holds one of `| / \ [ ]` or a character that cannot be printed.
    """
    if not name or name != name.strip():
        raise ConfigError(f"model name {name!r} is empty or has spaces around it; give it a name: NAME=ADAPTER")
    if len(name) > MAX_NAME:
        raise ConfigError(f"model name {name[:20]!r}... has {len(name)} characters; at most {MAX_NAME} are allowed")
    wrong = sorted({char for char in name if char in _FORBIDDEN or not char.isprintable()})
    if wrong:
        shown = ", ".join(repr(char) for char in wrong)
        raise ConfigError(
            f"model name {name!r} holds {shown}; a name must not hold {' '.join(_FORBIDDEN)} or control characters"
        )
    return name


def unknown_adapter(kind: str, name: str, known: Iterable[str], *, where: str | None = None) -> str:
    """One line for an adapter nobody knows, with all that are known once; `where` is where it stands."""
    names = sorted(known)
    text = unknown_name(kind, name, names)
    all_of_them = None if text.endswith(", ".join(names)) else f"adapters: {', '.join(names)}"
    more = "; ".join(part for part in (where, all_of_them) if part is not None)
    return f"{text} ({more})" if more else text


def parse_model_spec(text: str, *, known: Iterable[str]) -> ModelSpec:
    """Name, adapter and settings of `ADAPTER`, `ADAPTER:ARGUMENT` or `NAME=` in front of either.

    `known` are the adapters that there are. An argument is the path of `replay`, the target
    (`module:attr`) of `python` or the entry of `catalog`; other adapters take none. The first `=` ends a
    name only when what stands before it holds no `:`, so paths may hold `=`. Raises ConfigError.
    """
    head, equals, rest = text.partition("=")
    named = bool(equals) and ":" not in head
    adapter, colon, argument = (rest if named else text).strip().partition(":")
    if adapter not in (names := sorted(known)):
        raise ConfigError(unknown_adapter("model adapter", adapter, names, where=f"in {text!r}"))
    settings = _settings(adapter, argument if colon else None, text=text)
    name = head.strip() if named else _default_name(adapter, argument)
    return ModelSpec(check_name(name), adapter, settings)


def _settings(adapter: str, argument: str | None, *, text: str) -> dict[str, object]:
    key = _ARGUMENTS.get(adapter)
    if key is None and argument is None:
        return {}
    if key is None:
        raise ConfigError(
            f"model {text!r}: the adapter {adapter!r} takes nothing after ':'; describe the model in medgen.yaml"
        )
    if not argument:
        raise ConfigError(f"model {text!r}: write {adapter}:{key.upper()}")
    return {key: argument}


def _default_name(adapter: str, argument: str) -> str:
    if adapter == "replay":
        # Windows' rules see the separators of every system.
        path = PureWindowsPath(argument)
        return f"replay:{path.stem if path.suffix == '.jsonl' else path.name}".rstrip(":")
    if adapter == "catalog":
        return argument
    return f"{adapter}:{argument}" if argument else adapter


_ARGUMENTS = {"replay": "path", "python": "target", "catalog": "entry"}
