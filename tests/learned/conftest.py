"""The order of the tests of learned metrics, some of which take minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with the slow tests: the last one would else keep one worker busy, and leave the others without work."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
