"""The example of a user's repository works as its README says."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import EXAMPLE
from tests.sessions import FRESH

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def repository(pytester: pytest.Pytester, demo_dataset: Path) -> Path:
    shutil.copytree(demo_dataset, pytester.path / "medgen-runs" / "demo-dataset")
    shutil.copytree(
        EXAMPLE, pytester.path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "medgen-runs")
    )
    return pytester.path


def test_the_gate_holds_though_samples_fail(repository: Path, pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess(*FRESH, "-n2", "--medgen-run-dir=run")

    report = json.loads((repository / "run" / "report.json").read_text(encoding="utf-8"))
    assert result.ret == 0
    assert report["verdict"] == {"status": "holds", "exit_code": 0}
    assert report["totals"]["planned"] == 48
    assert report["totals"]["inaccurate"] > 0
    assert report["totals"]["error"] == report["totals"]["invalid"] == 0


def test_a_test_with_thresholds_of_its_own_passes(repository: Path, pytester: pytest.Pytester) -> None:
    assert (repository / "test_own.py").is_file()

    result = pytester.runpytest_inprocess(*FRESH, "-k", "noise_is_reduced")

    result.assert_outcomes(passed=2 + 1)  # CT and MRI, and the gate that is left: none of its other samples is planned
