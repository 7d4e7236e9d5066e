"""Tiny valid datasets in every layout, made of the same records and the same image bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from medgen_pytest.images import encode_png

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

FOLDERS = {"VQA": "vqa", "ImageEditing": "image_editing", "MultimodalGeneration": "multimodal_generation"}
FILES = {"VQA": "vqa.jsonl", "ImageEditing": "edit.jsonl", "MultimodalGeneration": "gen.jsonl"}


def png(shade: int) -> bytes:
    """A 4x3 image of one grey shade."""
    return encode_png(np.full((3, 4, 3), shade, dtype=np.uint8))


@dataclass(frozen=True)
class Record:
    """A record apart from its layout: images by name, with their bytes."""

    form: str
    task: str
    instruction: str
    modality: str
    inputs: dict[str, bytes]
    reference: dict[str, bytes]
    answer: object = None
    subtask: str | None = None
    more: Mapping[str, object] = field(default_factory=dict)

    @property
    def folder(self) -> str:
        return f"{self.form}/{self.task}"

    @property
    def answer_text(self) -> object:
        if isinstance(self.answer, dict):
            return "\n".join(f"{key}: {value}" for key, value in self.answer.items())
        return self.answer


RECORDS = (
    Record(
        form="VQA",
        task="multiple-choice",
        instruction="Which side? Choose one option: A. left B. right",
        modality="X-Ray",
        inputs={"0.png": png(10)},
        reference={},
        answer="A. left",
    ),
    Record(
        form="VQA",
        task="report-generation",
        instruction="Write the report of this CT study.",
        modality="CT",
        inputs={"0_0.png": png(20), "0_1.png": png(21)},
        reference={},
        answer={"FINDINGS": "None.", "IMPRESSION": "Normal study."},
    ),
    Record(
        form="ImageEditing",
        task="noise-reconstruction",
        instruction="Remove the noise.",
        modality="MRI",
        inputs={"0_in.png": png(30)},
        reference={"0_out.png": png(31)},
        subtask="Gaussian noise",
    ),
    Record(
        form="ImageEditing",
        task="noise-reconstruction",
        instruction="Remove the speckle.",
        modality="Ultrasound",
        inputs={"1_in.png": png(40)},
        reference={"1_out.png": png(41)},
        subtask="Speckle noise",
    ),
    Record(
        form="MultimodalGeneration",
        task="organic-removal",
        instruction="Remove the nodule and say so.",
        modality="Pathology",
        inputs={"0_in.png": png(50)},
        reference={"0_out.png": png(51)},
        answer="The nodule was removed.",
        subtask="Structure removal",
    ),
)

IDS = (
    "edit:noise-reconstruction:000001",
    "edit:noise-reconstruction:000002",
    "gen:organic-removal:000001",
    "vqa:multiple-choice:000001",
    "vqa:report-generation:000001",
)


@dataclass(frozen=True)
class Builder:
    """Writes the records as a dataset below one folder."""

    root: Path

    def tree(self, records: Sequence[Record] = RECORDS, *, manifest: bool = True) -> Path:
        root = self.root / "tree"
        counts: dict[str, int] = {}
        for record in records:
            write_images(root / record.folder / "images", record)
            append_line(root / record.folder / "data.jsonl", tree_line(record))
            counts[record.folder] = counts.get(record.folder, 0) + 1
        if manifest:
            write_manifest(root, counts)
        return root

    def prepared(self, records: Sequence[Record] = RECORDS, *, ids: bool = True) -> Path:
        root = self.root / "prepared"
        counts: dict[str, int] = {}
        for record in records:
            write_images(root / "images", record, prefix=f"{record.task}_")
            counts[record.folder] = counts.get(record.folder, 0) + 1
            line = prepared_line(record)
            if ids:
                line["sample_id"] = f"tableiv:{record.form}:{record.task}:{counts[record.folder]:06d}"
            append_line(root / FILES[record.form], line)
        (root / "images" / "sheet.png").write_bytes(png(99))
        return root

    def parquet(self, records: Sequence[Record] = RECORDS, *, row_group_size: int = 2) -> Path:
        root = self.root / "release"
        for form, config in FOLDERS.items():
            rows = [record for record in records if record.form == form]
            if rows:
                path = root / "parquet" / config / "train-00000-of-00001.parquet"
                write_parquet(path, [row(record) for record in rows], row_group_size=row_group_size)
        return root

    def layout(self, name: str) -> Path:
        writers: dict[str, Callable[[], Path]] = {
            "tree": self.tree,
            "prepared": self.prepared,
            "parquet": self.parquet,
        }
        return writers[name]()


@pytest.fixture
def build(tmp_path: Path) -> Builder:
    return Builder(tmp_path)


def tree_line(record: Record) -> dict[str, Any]:
    line: dict[str, Any] = {
        "instruction": record.instruction,
        "input_image": [f"images/{name}" for name in record.inputs],
        "ground_truth_image": [f"images/{name}" for name in record.reference],
        "modality": record.modality,
        "paper_format": record.form,
        "paper_task": record.task,
        "paper_subtask": record.subtask,
        "_organization": {"source": "made for a test"},
        **record.more,
    }
    return line if record.answer is None else line | {"answer": record.answer}


def prepared_line(record: Record) -> dict[str, Any]:
    inputs = [f"images/{record.task}_{name}" for name in record.inputs]
    references = [f"images/{record.task}_{name}" for name in record.reference]
    line = tree_line(record) | {
        "input_image": inputs[0] if len(inputs) == 1 else "images/sheet.png",
        "input_images": inputs,
        "ground_truth_images": references,
    }
    del line["ground_truth_image"]
    return line | {"ground_truth_image": references[0]} if references else line


def row(record: Record) -> dict[str, Any]:
    cells: dict[str, Any] = {
        "input_images": [{"bytes": data, "path": name} for name, data in record.inputs.items()],
        "instruction": record.instruction,
        "task": record.task,
        "subtask": record.subtask,
        "modality": record.modality,
        **record.more,
    }
    if record.reference:
        cells["output_images"] = [{"bytes": data, "path": name} for name, data in record.reference.items()]
    return cells if record.answer is None else cells | {"answer": record.answer_text}


def write_images(folder: Path, record: Record, *, prefix: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in (record.inputs | record.reference).items():
        (folder / f"{prefix}{name}").write_bytes(data)


def append_line(path: Path, line: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="\n") as handle:
        handle.write(json.dumps(line) + "\n")


def write_manifest(root: Path, counts: Mapping[str, int]) -> None:
    content = {
        "tasks": {folder: {"record_count": count} for folder, count in counts.items()},
        "validation": {"actual_record_count": sum(counts.values())},
    }
    (root / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def write_parquet(path: Path, rows: Sequence[Mapping[str, object]], *, row_group_size: int = 2) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    images = pa.list_(pa.struct([("bytes", pa.binary()), ("path", pa.string())]))
    names = list(dict.fromkeys(name for cells in rows for name in cells))
    columns = {}
    for name in names:
        kind = images if name.endswith("_images") else None
        columns[name] = pa.array([cells.get(name) for cells in rows], type=kind)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path, row_group_size=row_group_size)
