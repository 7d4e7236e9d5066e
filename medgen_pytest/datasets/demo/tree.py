"""The organised tree of the demo dataset: its files and manifests, written into one folder."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from medgen_pytest.datasets.demo.catalogue import draw_records
from medgen_pytest.datasets.demo.record import FORMAT_FOLDERS
from medgen_pytest.domain.taxonomy import Format, Task, tasks_of
from medgen_pytest.images import encode_png

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from medgen_pytest.datasets.demo.record import DemoRecord

    Rows = Mapping[Task, Sequence[Mapping[str, object]]]

_DESCRIPTION = "Synthetic phantoms, drawn by code; no patient data, and no score on them says anything about a model."


def write_tree(root: Path, *, name: str, version: int) -> None:
    """Draws all records into the folder `root`; the manifest of the dataset comes last."""
    rows: defaultdict[Task, list[Mapping[str, object]]] = defaultdict(list)
    for record in draw_records():
        rows[record.task].append(_write_images(root, record, ordinal=len(rows[record.task]) + 1))
    for task in rows:
        _write_task(root, task, rows[task])
    manifest = {"name": name, "demo_version": version, "description": _DESCRIPTION, **_contents(rows)}
    manifest["files"] = sorted(file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file())
    _write_json(root / "manifest.json", manifest)


def _contents(rows: Rows) -> dict[str, object]:
    return {
        "table_iv": {FORMAT_FOLDERS[form]: [task.value for task in tasks_of(form)] for form in Format},
        "tasks": {
            f"{FORMAT_FOLDERS[form]}/{task.value}": {"record_count": len(rows[task]), "subtasks": _subtasks(rows[task])}
            for form in Format
            for task in tasks_of(form)
        },
        "validation": {"actual_record_count": sum(len(of_task) for of_task in rows.values())},
    }


def _write_task(root: Path, task: Task, rows: Sequence[Mapping[str, object]]) -> None:
    folder = _task_folder(root, task)
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    _write_text(folder / "data.jsonl", "".join(lines))
    summary = {
        "format": FORMAT_FOLDERS[task.format],
        "task": task.value,
        "record_count": len(rows),
        "subtasks": _subtasks(rows),
    }
    _write_json(folder / "task_manifest.json", summary)


def _write_images(root: Path, record: DemoRecord, *, ordinal: int) -> Mapping[str, object]:
    folder = _task_folder(root, record.task)
    stem = f"{ordinal:06d}"
    names = ["input"] if len(record.inputs) == 1 else [f"input_{k}" for k in range(1, len(record.inputs) + 1)]
    inputs = [
        _write_image(folder, f"{stem}_{name}.png", pixels) for name, pixels in zip(names, record.inputs, strict=True)
    ]
    target = None if record.target is None else _write_image(folder, f"{stem}_target.png", record.target)
    return record.row(inputs=inputs, target=target)


def _write_image(folder: Path, name: str, pixels: NDArray[np.uint8]) -> str:
    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    (images / name).write_bytes(encode_png(pixels))
    return f"images/{name}"


def _task_folder(root: Path, task: Task) -> Path:
    return root / FORMAT_FOLDERS[task.format] / task.value


def _subtasks(rows: Sequence[Mapping[str, object]]) -> list[str]:
    return sorted({str(row["paper_subtask"]) for row in rows if row["paper_subtask"] is not None})


def _write_json(path: Path, value: object) -> None:
    _write_text(path, json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def _write_text(path: Path, text: str) -> None:
    # Bytes, so that line ends are the same on every platform.
    path.write_bytes(text.encode("utf-8"))
