"""A session of the benchmark alone, to which sessions beside other plugins are held."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.compatibility.benchmark import run_with, write_benchmark

if TYPE_CHECKING:
    from pathlib import Path

    from tests.compatibility.benchmark import Seen


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """What is seen of the benchmark without any other plugin."""
    return run_with(folder=write_benchmark(tmp_path_factory.mktemp("alone")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the benchmark, not yet run."""
    return write_benchmark(tmp_path)
