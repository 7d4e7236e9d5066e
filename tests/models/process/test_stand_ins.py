"""Show-o, Ming-UniVision and RadFM, as stand-ins written from the page alone, over a dataset of real images."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.models.process.asking import has_ended
from tests.plugin.conftest import BENCHMARK_TESTS
from tests.sessions import FRESH, WITHOUT_PAGE

if TYPE_CHECKING:
    from typing import Any

STAND_INS = Path(__file__).resolve().parent / "stand_ins"
FORMATS = ["image_editing", "multimodal_generation", "vqa"]
SETTINGS: dict[str, dict[str, object]] = {
    "show-o": {"command": [sys.executable, "show_o.py"], "revision": "stand-in-1"},
    "ming-univision": {
        "command": [sys.executable, "ming_univision.py"],
        "images": "base64",
        "image_format": "jpeg",
        "max_side": 512,
        "concurrency": 3,
    },
    "radfm": {"command": [sys.executable, "radfm.py"], "formats": ["vqa"]},
}


@pytest.fixture
def folder(pytester: pytest.Pytester, shared: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder with the three programs, each as a model."""
    monkeypatch.setenv("COLUMNS", "200")
    path = pytester.path
    shutil.copytree(BENCHMARK_TESTS, path / "benchmark_tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(STAND_INS, path / "programs", ignore=shutil.ignore_patterns("__pycache__"))
    models = {name: {"adapter": "process", "cwd": "programs", **settings} for name, settings in SETTINGS.items()}
    document = {"dataset": os.fspath(shared / "data" / "medgen-mini"), "models": models}
    (path / "medgen.yaml").write_text(json.dumps(document), encoding="utf-8")
    return path


def records(folder: Path) -> list[dict[str, Any]]:
    files = sorted((folder / "run").glob("results-*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("model", sorted(SETTINGS))
def test_a_stand_in_answers_every_sample_of_its_formats(pytester: pytest.Pytester, folder: Path, model: str) -> None:
    arguments = ["benchmark_tests", f"--model={model}", "--medgen-run-dir=run", WITHOUT_PAGE, *FRESH]

    result = pytester.runpytest_subprocess(*arguments, timeout=240)

    found = records(folder)
    counts = Counter(record["format"] for record in found)
    assert result.ret == 1, "no stand-in is accurate everywhere"
    assert {record["status"] for record in found} == {"answered"}
    assert sorted(counts) == (["vqa"] if model == "radfm" else FORMATS)
    assert sum(counts.values()) == (24 if model == "radfm" else 96)
    assert all(has_ended(pid) for pid in programs())
    if model == "ming-univision":
        assert {record["output"]["reasoning"][:8] for record in found} >= {"1 image(", "2 image("}


def programs() -> list[str]:
    """Processes of the programs that run on this machine for this test."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            command = (path / "cmdline").read_bytes()
            cwd = os.readlink(path / "cwd")  # noqa: PTH115 - of a process that may be gone
        except OSError:
            continue
        if any(name in command for name in (b"show_o.py", b"ming_univision.py", b"radfm.py")) and cwd.endswith(
            "programs"
        ):
            found.append(path.name)
    return found
