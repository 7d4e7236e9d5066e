"""Looking at the plugins of pytest that are installed: is ours among them, and does another get in its way."""

from __future__ import annotations

from importlib import metadata
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from packaging.utils import canonicalize_name

from medgen_pytest.config.environment import loads_no_plugins
from medgen_pytest.evaluation.checkup import Finding, problem, warning, well
from medgen_pytest.runs.checkup.interpreter import OURS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

GROUP = "pytest11"
_XDIST = "pytest-xdist"


class Clash(NamedTuple):
    """What a plugin does to a run when it is used, and what to use instead."""

    effect: str
    todo: str


_SPLIT = Clash(
    "leaves a part of the tests, so the run is incomplete (exit code 11)",
    "give each machine --medgen-shard=INDEX/COUNT instead; medgen merge joins parts of both kinds",
)
_PARTS = Clash(
    "runs a part of the tests, and a run then decides its gates on that part alone",
    "give each machine --medgen-shard=INDEX/COUNT, and join the runs by medgen merge",
)
_OTHER_PROCESS = Clash(
    "runs tests apart from the process that gathers the results",
    "leave its option away, and use pytest -n COUNT",
)
CLASHES: Mapping[str, Clash] = MappingProxyType(
    {
        "pytest-forked": _OTHER_PROCESS,
        "pytest-parallel": _OTHER_PROCESS,
        "pytest-shard": _PARTS,
        "pytest-split": _SPLIT,
        "pytest-test-groups": _PARTS,
    }
)
"""Plugins that do nothing to a run until one of their options is used, and then what it does not expect."""


def look_at_plugins() -> Iterator[Finding]:
    """Ours first, then each that gets in its way, then the others in one line."""
    names: dict[str, str] = {
        canonicalize_name(entry.dist.name): entry.dist.version
        for entry in metadata.entry_points(group=GROUP)
        if entry.dist is not None
    }
    if OURS not in names:
        yield problem("pytest does not find the plugin", todo=f"install it as a package: pip install {OURS}")
    elif loads_no_plugins():
        yield warning(
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD is set, so pytest loads no plugin that it is not told to",
            todo="unset it, or name both plugins: pytest -p medgen_pytest.plugin -p xdist.plugin",
        )
    yield from plugin_findings(names)


def plugin_findings(names: Mapping[str, str]) -> Iterator[Finding]:
    """What plugins do to a run; `names` are their packages with their versions."""
    for name in sorted(names.keys() & CLASHES.keys()):
        clash = CLASHES[name]
        yield warning(f"{name} {names[name]}, where it is used, {clash.effect}", todo=clash.todo)
    others = sorted(f"{name} {version}" for name, version in names.items() if name not in {OURS, _XDIST, *CLASHES})
    yield well(_in_words(others), *others)


def _in_words(others: Sequence[str]) -> str:
    if not others:
        return "no other plugins of pytest"
    return f"{len(others)} other {'plugin' if len(others) == 1 else 'plugins'} of pytest, of which no clash is known"
