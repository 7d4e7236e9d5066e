"""The files of a run hold of the data what the page on hospitals says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.cli import main
from tests.docs.pages import ROOT, codes_in, table_of
from tests.sessions import FRESH
from tests.small_dataset import write_small_dataset

if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "docs" / "air-gapped.md"
MARKS = {"instructions": "asked-in-confidence", "references": "known-in-confidence", "answers": "said-in-confidence"}
MODEL = f"def answer(request):\n    return '{MARKS['answers']}', request.inputs[0].array()\n"
TEST = "def test_medgen(medgen_assert):\n    medgen_assert()\n"


@pytest.fixture
def run(pytester: pytest.Pytester) -> Path:
    """A run on questions whose texts can be told apart, with its baseline."""
    dataset = write_small_dataset(pytester.path / "data")
    path = dataset / "MultimodalGeneration" / "instruction-editing" / "data.jsonl"
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    marked = {"instruction": MARKS["instructions"], "answer": MARKS["references"]}
    path.write_text("".join(json.dumps(record | marked) + "\n" for record in records), encoding="utf-8")
    pytester.makepyfile(test_medgen=TEST, inference=MODEL)
    pytester.runpytest_inprocess(
        *FRESH,
        "--model=mine=python:inference:answer",
        f"--medgen-dataset={dataset}",
        "--medgen-tasks=instruction-editing",
        "--medgen-report-images=none",
        "--medgen-run-dir=run",
    )
    assert main(["baseline", "save", "run", "run/baseline.json"]) == 0
    return pytester.path / "run"


def files_of(run: Path, cell: str) -> list[Path]:
    patterns = [code for code in codes_in(cell) if ":" not in code] or ["baseline.json"]
    return [path for pattern in patterns for path in run.glob(pattern.rstrip("/"))]


def test_each_file_holds_the_texts_that_the_page_says(run: Path) -> None:
    rows = [row for row in table_of(PAGE, heading="file") if "outputs/" not in row["file"]]

    for row in rows:
        found = files_of(run, row["file"])
        assert found, row["file"]
        text = "".join(path.read_text(encoding="utf-8") for path in found)
        held = {what: mark in text for what, mark in MARKS.items()}
        assert held == {what: row[what] != "no" for what in MARKS}, row["file"]
        assert "data:image/" not in text
