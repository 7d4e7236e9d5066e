"""Packages: what of them is installed, found without importing any."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.metrics.need import Need
from medgen_pytest.metrics.torch_runtime import EXTRA

if TYPE_CHECKING:
    from collections.abc import Iterator

    from packaging.requirements import Requirement

_OURS = "medgen-pytest"
_VERSION = re.compile(r"""^__version__\s*=\s*["']([^"']+)["']""", re.MULTILINE)
_CUDA_BUILD = re.compile(r"cu(\d+)\d")

MISMATCH_REMEDY = (
    "pip uninstall torchvision (no metric needs it), or install the torch and the torchvision that belong together,"
    " both from one index and for the same device"
)


def module_exists(name: str) -> bool:
    """Whether a module can be found, without importing it."""
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):  # a module that something has put half into place
        return False
    # A folder that an uninstalled package left behind has no origin: it can be imported and is empty.
    return spec is not None and spec.origin is not None


def package_need(name: str, *, distribution: str | None = None, extra: str, why: str) -> Need:
    """The need of a package, by the name of its module; nothing is imported.

    `distribution` is the name under which it is installed where that differs, `extra` which of ours
    brings it, `why` what it is needed for, like `encodes the texts of bertscore`. A version that the
    extra does not allow is a problem.
    """
    distribution = distribution or name
    remedy = f"pip install '{_OURS}[{extra}]'"
    version = _version_of(distribution)
    if not module_exists(name):
        state = f"{version} is installed without its module" if version else "is not installed"
        return _unmet(name, f"the package {distribution!r} ({why}) {state}", remedy)
    wanted = _asked_for(distribution, extra=extra)
    if version and wanted and not _fits(wanted, version):
        problem = f"{distribution} {version} ({why}) is installed, {_OURS}[{extra}] needs {wanted.specifier}"
        return _unmet(name, problem, remedy, found=version)
    return Need(kind="package", name=name, found=version or "a version that is not recorded")


def torch_need(*, why: str = "runs the networks of metrics") -> Need:
    """The need of torch."""
    return package_need("torch", extra=EXTRA, why=why)


def torchvision_need() -> Need:
    """Whether a torchvision, which no metric needs, stands in the way.

    One that does not fit the installed torch breaks every model of transformers, which imports it when
    it is there. Seen here are a torchvision that asks for another torch, and one built for another CUDA
    than torch; what else may be wrong shows only when it is imported.
    """
    if not module_exists("torchvision"):
        return Need(kind="package", name="torchvision", found="not installed, and not needed")
    torch, vision = _install_of("torch"), _install_of("torchvision")
    problem = _misfit(torch, vision) if torch else None
    if problem:
        return _unmet("torchvision", problem, MISMATCH_REMEDY, found=vision.version if vision else None)
    return Need(kind="package", name="torchvision", found=vision.version if vision else "a version that is not known")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Install:
    """A version, with what it was built for where its own files say so (`2.13.0+cpu`)."""

    version: str
    asks_torch: Requirement | None

    @property
    def build(self) -> str:
        """What stands behind the plus sign: cpu, cu130, rocm6.4; empty where nothing does."""
        return self.version.partition("+")[2]


def _install_of(name: str) -> _Install | None:
    """An installed package by what its metadata and its file `version.py` say; None if nothing does."""
    version = _written_version(name) or _version_of(name)
    if version is None:
        return None
    asked = (found for found in _requirements(name) if found.name == "torch" and not found.extras)
    return _Install(version=version, asks_torch=next(asked, None))


def _misfit(torch: _Install, vision: _Install | None) -> str | None:
    if vision is None:
        return None
    if vision.asks_torch and not _fits(vision.asks_torch, torch.version):
        wanted = vision.asks_torch.specifier
        return f"torchvision {vision.version} belongs to torch {wanted}, installed is torch {torch.version}"
    # The wheel of one index is built for CUDA, that of another for the CPU, under the same version.
    theirs, ours = _CUDA_BUILD.fullmatch(vision.build), _CUDA_BUILD.fullmatch(torch.build)
    if theirs and torch.build and (ours is None or theirs[1] != ours[1]):
        return f"torchvision {vision.version} is built for CUDA {theirs[1]}, torch {torch.version} is not"
    return None


def _version_of(distribution: str) -> str | None:
    try:
        versions = metadata.metadata(distribution).get_all("Version")
    except (metadata.PackageNotFoundError, OSError, UnicodeDecodeError):  # damaged metadata too
        return None
    return versions[0] if versions else None


def _written_version(name: str) -> str | None:
    """The version in `version.py` of a package, which names the build where the metadata do not."""
    try:
        spec = find_spec(name)
        folders = (spec.submodule_search_locations or []) if spec else []
        text = "".join((Path(folder) / "version.py").read_text(encoding="utf-8") for folder in folders)
    except (ImportError, ValueError, OSError):
        return None
    match = _VERSION.search(text)
    return match[1] if match else None


def _asked_for(distribution: str, *, extra: str) -> Requirement | None:
    """What our own extra asks of a distribution, as our metadata say it."""
    wanted = distribution.lower().replace("_", "-")
    for found in _requirements(_OURS):
        is_of_extra = found.marker is not None and found.marker.evaluate({"extra": extra})
        if found.name.lower().replace("_", "-") == wanted and is_of_extra:
            return found
    return None


def _requirements(distribution: str) -> Iterator[Requirement]:
    try:
        lines = metadata.requires(distribution) or []
    except (metadata.PackageNotFoundError, OSError, UnicodeDecodeError):
        return
    from packaging.requirements import InvalidRequirement, Requirement

    for line in lines:
        try:
            yield Requirement(line)
        except InvalidRequirement:
            continue


def _fits(wanted: Requirement, version: str) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        return wanted.specifier.contains(Version(version), prereleases=True)
    except InvalidVersion:  # a version that follows no rules decides nothing
        return True


def _unmet(name: str, problem: str, remedy: str, *, found: str | None = None) -> Need:
    return Need(kind="package", name=name, found=found, problem=problem, remedy=remedy)
