"""`medgen validate`: counts, and every problem with its file and line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.datasets import open_dataset
from tests.small_dataset import write_small_dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_small_dataset(tmp_path / "data")


def test_a_dataset_without_problems_is_counted(medgen: Medgen, data: Path) -> None:
    done = medgen("validate", data)

    lines = [line.split() for line in done.out.splitlines()]
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"{data}: tree layout, 8 samples\n")
    assert ["vqa", "multiple-choice", "4"] in lines
    assert ["image_editing", "noise-reconstruction", "2"] in lines
    assert ["multimodal_generation", "instruction-editing", "2"] in lines
    assert ["CT", "3"] in lines
    assert f"fingerprint of the records: {open_dataset(data).fingerprint}" in done.out
    assert done.out.endswith("\nno problems\n")


def test_every_problem_is_told_with_file_and_line(medgen: Medgen, data: Path) -> None:
    path = data / "VQA" / "multiple-choice" / "data.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    record = json.loads(lines[1])
    lines[1] = json.dumps({key: value for key, value in record.items() if key != "instruction"})
    lines[3] = "{"
    path.write_text("\n".join(lines), encoding="utf-8")
    (data / "ImageEditing" / "noise-reconstruction" / "images" / "0000_target.png").write_bytes(b"no image")

    done = medgen("validate", data)

    assert done.code == 1
    assert "VQA/multiple-choice/data.jsonl:2: " in done.out.replace("\\", "/")
    assert "VQA/multiple-choice/data.jsonl:4: " in done.out.replace("\\", "/")
    assert "ImageEditing/noise-reconstruction/data.jsonl:1: image " in done.out.replace("\\", "/")
    assert done.out.endswith("3 problems\n")
    assert done.out.count("none, there are problems") == 2


def test_a_record_cannot_write_to_the_terminal(medgen: Medgen, data: Path) -> None:
    path = data / "VQA" / "multiple-choice" / "data.jsonl"
    record = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
    record["input_image"] = ["images/\x1b[2J\u202egone.png"]
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")

    done = medgen("validate", data)

    assert done.code == 1
    assert "\x1b" not in done.out
    assert "\u202e" not in done.out


@pytest.mark.parametrize("name", ["nowhere", "empty", "file"])
def test_what_is_no_dataset_is_wrong_usage(medgen: Medgen, tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()

    done = medgen("validate", tmp_path / name)

    assert (done.code, done.out) == (4, "")
    assert done.err.startswith(f"medgen: {tmp_path / name}: ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "options", "samples"),
    [
        ("medgen-mini", [], 96),
        ("medgen-mini-parquet", [], 96),
        ("medgen-mini-prepared", ["--allow-outside-paths"], 96),
        ("medgen-mini-prepared", ["--medgen-allow-outside-paths"], 96),
    ],
)
def test_every_layout_is_validated(medgen: Medgen, shared: Path, name: str, options: list[str], samples: int) -> None:
    path = shared / "data" / name
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")

    done = medgen("validate", path, *options)

    assert f" layout, {samples} samples\n" in done.out
    assert done.out.endswith("no problems\n"), done.out
    assert done.code == 0
