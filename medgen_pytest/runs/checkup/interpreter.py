"""Looking at Python and at the packages that cannot be done without, pytest and pytest-xdist first."""

from __future__ import annotations

import platform
import re
from importlib import metadata
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from medgen_pytest.evaluation.checkup import Finding, problem, warning, well

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

OURS = "medgen-pytest"
_SHOWN = ("pytest", "pytest-xdist")
"""Packages that have a line of their own."""
_TESTED = re.compile(r"Programming Language :: Python :: (\d+\.\d+)\Z")
_INSTALL = f"install it as a package: pip install {OURS}"


def look_at_interpreter() -> Iterator[Finding]:
    """Python, and every package that ours needs, against the versions that it allows."""
    system = f"{platform.python_implementation()}, {platform.system()} {platform.machine()}".strip()
    try:
        ours = metadata.distribution(OURS)
    except metadata.PackageNotFoundError:
        yield problem(f"Python {platform.python_version()} ({system}) knows no package {OURS}", todo=_INSTALL)
        return
    classifiers = ours.metadata.get_all("Classifier") or []
    yield python_finding(
        platform.python_version(),
        system=system,
        allowed=ours.metadata["Requires-Python"] or "",
        tested=[match[1] for text in classifiers if (match := _TESTED.match(str(text)))],
    )
    yield from requirement_findings(ours.requires or [])


def python_finding(version: str, *, system: str, allowed: str, tested: Sequence[str]) -> Finding:
    """Whether a version of Python is among the allowed (`>=3.10`) and the tested ones (`3.10`, `3.11`)."""
    text = f"Python {version} ({system})"
    newest = max(tested, key=Version) if tested else None
    python = Version(version.rstrip("+"))
    if not SpecifierSet(allowed).contains(python, prereleases=True):
        return problem(f"{text} is not supported", todo=f"use a Python {allowed}")
    if newest is not None and python.release[:2] > Version(newest).release[:2]:
        return warning(f"{text} is newer than what is tested", todo=f"where something is odd, try Python {newest}")
    return well(text)


def requirement_findings(requirements: Iterable[str]) -> Iterator[Finding]:
    """Each package that is needed: pytest and pytest-xdist by name, the others in one line where they will do."""
    needed = sorted(_plain(requirements), key=lambda one: one.name)
    others = []
    for requirement in sorted(needed, key=lambda one: one.name not in _SHOWN):
        finding = requirement_finding(requirement, installed=_installed(requirement.name))
        if finding.todo is not None or requirement.name in _SHOWN:
            yield finding
        else:
            others.append(finding.text)
    if others:
        yield well(f"{len(others)} other packages that {OURS} needs are here", *others)


def requirement_finding(requirement: Requirement, *, installed: str | None) -> Finding:
    """Whether the installed version of a package is one that is allowed."""
    wanted = f"{requirement.name}{requirement.specifier}"
    if installed is None:
        return problem(f"{requirement.name} is not installed", todo=f"pip install '{wanted}'")
    text = f"{requirement.name} {installed}"
    try:
        fits = requirement.specifier.contains(Version(installed), prereleases=True)
    except InvalidVersion:
        return warning(f"{text} has a version that is none", todo=f"pip install '{wanted}'")
    needs = f"needs {requirement.specifier}"
    return well(f"{text} ({needs})") if fits else problem(f"{text}: {OURS} {needs}", todo=f"pip install '{wanted}'")


def _plain(requirements: Iterable[str]) -> Iterator[Requirement]:
    """Those of no extra, for this Python and system."""
    for text in requirements:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:  # of metadata that somebody has edited
            continue
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            requirement.name = canonicalize_name(requirement.name)
            yield requirement


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
