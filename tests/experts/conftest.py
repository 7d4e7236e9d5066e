"""A judged run and its export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.runs.experts.export import ExportPolicy, export_run
from medgen_pytest.store import RunDirectory
from tests.cli.conftest import medgen
from tests.experts.judged_run import judged_run

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.runs.experts.export import Exported

__all__ = ["medgen"]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A judged run of two models on eight samples."""
    return judged_run(tmp_path)


@pytest.fixture
def exported(run: Path) -> Exported:
    """All of its outputs, for experts."""
    return export_run(RunDirectory(run), ExportPolicy())
