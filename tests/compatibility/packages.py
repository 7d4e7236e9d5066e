"""The plugins of others: tests that need them are skipped where they are not installed, unless they are required."""

from __future__ import annotations

import os
from importlib import metadata

import pytest


def require(*packages: str, group: str = "light") -> None:
    """Skips the running test unless the packages are there; fails it in the environment that is to have their group."""
    missing = [package for package in packages if not version_of(package)]
    if not missing:
        return
    # CI must not pass by skipping, so it asks for a failure instead.
    if os.environ.get("MEDGEN_REQUIRE_PLUGINS") == group:  # noqa: TID251 - a switch of the tests, not of the package
        pytest.fail(f"required, but not installed: {', '.join(missing)}")
    pytest.skip(f"not installed: {', '.join(missing)}; see `tox run -e compat`")


def version_of(package: str) -> str:
    """The version of an installed package, or nothing."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
