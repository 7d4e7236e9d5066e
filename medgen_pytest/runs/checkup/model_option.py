"""Looking for whoever else defines `--model`: that option is then theirs, and ours is `--medgen-model` alone."""

from __future__ import annotations

import ast
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from medgen_pytest.evaluation.checkup import Finding, warning, well
from medgen_pytest.runs.checkup.conftests import conftests_of
from medgen_pytest.runs.checkup.interpreter import OURS
from medgen_pytest.runs.checkup.plugins import GROUP

if TYPE_CHECKING:
    from collections.abc import Iterator

FLAG = "--model"
_MOST_FILES = 400
"""Files of one plugin that are looked through."""
_MOST_BYTES = 1_000_000


def look_at_model_option(here: Path) -> Iterator[Finding]:
    """Who defines the option: plugins that are installed, and conftests here and one folder below."""
    owners = [*_owning_conftests(here), *_owning_plugins()]
    for owner in owners:
        yield warning(
            f"{FLAG} belongs to {owner}", todo=f"name models with its twin: pytest --medgen-model=NAME, not {FLAG}=NAME"
        )
    if not owners:
        yield well(f"{FLAG} is ours; --medgen-model is the same")


def line_defining(flag: str, source: bytes) -> int | None:
    """The line of Python source on which `addoption` is called with a flag; None if it is nowhere."""
    if flag.encode("ascii") not in source:
        return None
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # which pytest will tell
        return None
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return min((call.lineno for call in calls if _adds(call, flag)), default=None)


def _adds(node: ast.Call, flag: str) -> bool:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    named = any(isinstance(argument, ast.Constant) and argument.value == flag for argument in node.args)
    return name in {"addoption", "_addoption", "add_argument"} and named


def _owning_conftests(here: Path) -> Iterator[str]:
    for path, source in conftests_of(here):
        line = line_defining(FLAG, source)
        if line is not None:
            yield f"{path.relative_to(here)}, line {line}"


def _owning_plugins() -> Iterator[str]:
    for entry in sorted(metadata.entry_points(group=GROUP), key=lambda entry: entry.name):
        if entry.dist is None or canonicalize_name(entry.dist.name) == OURS:
            continue
        if any(line_defining(FLAG, _read(path)) is not None for path in _sources(entry)):
            yield f"the plugin {entry.dist.name} {entry.dist.version}"


def _sources(entry: metadata.EntryPoint) -> list[Path]:
    """The files of the plugin's package, its own module first; nothing is imported."""
    module = entry.value.partition(":")[0].strip().split(".")
    files = [path for path in (entry.dist.files if entry.dist else None) or () if path.suffix == ".py"]
    mine = [path for path in files if path.parts[0] in {module[0], f"{module[0]}.py"}]
    mine.sort(key=lambda path: (list(path.with_suffix("").parts) != module, str(path)))
    return [Path(str(path.locate())) for path in mine[:_MOST_FILES]]


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError:
        return b""
