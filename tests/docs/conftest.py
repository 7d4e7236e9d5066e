"""A reader's folder, and the walkthrough of a page in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.datasets.demo import write_demo_dataset
from tests.docs.walkthrough import Walkthrough, prepare_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def demo_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo dataset, drawn once."""
    return write_demo_dataset(tmp_path_factory.mktemp("demo") / "dataset")


@pytest.fixture
def walkthrough(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, demo_dataset: Path) -> Walkthrough:
    """A folder as the pages assume it, where blocks can be taken one after another."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    prepare_folder(pytester.path, dataset=demo_dataset)
    return Walkthrough(pytester=pytester, monkeypatch=monkeypatch)
