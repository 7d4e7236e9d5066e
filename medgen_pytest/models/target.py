"""Targets: Python objects named `module:attr`, imported from the user's project."""

from __future__ import annotations

import inspect
import re
import sys
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.errors import ConfigError
from medgen_pytest.models.reason import reason_of

if TYPE_CHECKING:
    from types import ModuleType

_TARGET = re.compile(r"(?P<module>[^\W\d]\w*(?:\.[^\W\d]\w*)*):(?P<attr>[^\W\d]\w*(?:\.[^\W\d]\w*)*)")


class Target(NamedTuple):
    """An imported object, and the file of its module where there is one."""

    value: object
    source: Path | None


def import_target(text: str, *, root: Path, name: str) -> Target:
    """The object `module:attr` (the attribute may be dotted) of the model `name`.

    `root` is put in front of `sys.path`, once, and stays there: a model may import more of its project
    when it runs. Raises ConfigError in one line for a target that cannot be imported.
    """
    match = match_target(text, name=name)
    module = _import(match["module"], root=root, name=name)
    try:
        value: object = attrgetter(match["attr"])(module)
    except AttributeError as error:
        raise ConfigError(f"model {name!r}: target {text!r}: {reason_of(error)}") from error
    return Target(value, _source_of(module))


def match_target(text: str, *, name: str) -> re.Match[str]:
    """The parts `module` and `attr` of the target of the model `name`. Raises ConfigError for a text that is none."""
    match = _TARGET.fullmatch(text)
    if match is None:
        raise ConfigError(f"model {name!r}: target {text!r} is not MODULE:ATTR, like my_repo.inference:edit")
    return match


def _import(module: str, *, root: Path, name: str) -> ModuleType:
    folder = str(root)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    try:
        return import_module(module)
    except (Exception, SystemExit) as error:  # importing runs foreign code, which may raise anything
        raise ConfigError(f"model {name!r}: the module {module!r} cannot be imported: {reason_of(error)}") from error


def _source_of(module: ModuleType) -> Path | None:
    try:
        source = inspect.getsourcefile(module)
    except TypeError:  # a module of the interpreter itself
        return None
    return Path(source) if source and Path(source).is_file() else None
