"""The packages of the learned metrics: tests that need them are skipped without, unless they are required."""

from __future__ import annotations

import importlib
import os
from typing import Any

import pytest


def require(name: str) -> Any:
    """The module of a package; the tests of the calling module are skipped where it is not installed."""
    # CI must not pass by skipping, so it asks for the failure of the import instead.
    if os.environ.get("MEDGEN_REQUIRE_LEARNED"):  # noqa: TID251 - a switch of the tests, not of the package
        return importlib.import_module(name)
    return pytest.importorskip(name, exc_type=ImportError)
