"""Fixtures for tests of models: recorded answers, and modules of a user's project."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.images import encode_png
from tests.models.samples import every_task, picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from medgen_pytest.domain.sample import Sample

Record = dict[str, object]


def record_of(sample: Sample) -> Record:
    """The answer to a sample as the authors' scripts would write it."""
    stem = sample.sample_id.replace(":", "_")
    return {
        "sample_id": sample.sample_id,
        "instruction": sample.instruction,
        "paper_task": sample.task.value,
        "input_image": sample.inputs[0].name,
        "response": f"answer to {sample.sample_id}" if sample.format.wants_text else "",
        "raw_response": "raw",
        "output_image": f"images/{stem}.png" if sample.format.wants_image else "",
    }


def write_records(path: Path, records: list[Record]) -> Path:
    """A file of recorded answers, and the images that it names beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for index, record in enumerate(records):
        image = str(record.get("output_image") or "")
        if image.startswith("images/"):
            (path.parent / image).parent.mkdir(parents=True, exist_ok=True)
            (path.parent / image).write_bytes(encode_png(picture(index)))
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8", newline="\n")
    return path


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A file with an answer to one sample of each task."""
    return write_records(tmp_path / "answers" / "all.jsonl", [record_of(sample) for sample in every_task()])


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Callable[[str, str], Path]]:
    """Writes a module of a user's project; forgets it after the test."""
    before, path = set(sys.modules), list(sys.path)

    def write(name: str, source: str) -> Path:
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
        return tmp_path

    yield write
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]
