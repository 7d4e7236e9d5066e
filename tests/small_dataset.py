"""A small dataset for tests of the whole way: every format, several modalities, pictures of 32 x 32 pixels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

Pixels = np.ndarray[tuple[int, ...], np.dtype[np.uint8]]
FORMAT_FOLDERS = {"vqa": "VQA", "edit": "ImageEditing", "gen": "MultimodalGeneration"}
CATEGORIES = {"vqa": "VQA", "edit": "ImageEdit", "gen": "MMGeneration"}

QUESTIONS = [
    ("Which side? Choose one option: A. left B. right", "A. left", ["A. left", "B. right"], "CT"),
    ("Which organ? Choose one option: A. liver B. lung", "B. lung", ["A. liver", "B. lung"], "X-Ray"),
    ("Which plane? Choose one option: A. axial B. sagittal", "A. axial", ["A. axial", "B. sagittal"], "MRI"),
    ("Contrast? Choose one option: A. yes B. no", "B. no", ["A. yes", "B. no"], "CT"),
]
EDITS = [("Remove the noise of this CT image.", "CT"), ("Remove the noise of this MRI image.", "MRI")]
GENERATIONS = [
    ("Mirror the image left to right and say what changed.", "The image was mirrored left to right.", "X-Ray"),
    ("Brighten the image and say what changed.", "The dark tissue of the image was brightened.", "Pathology"),
]
SAMPLES = len(QUESTIONS) + len(EDITS) + len(GENERATIONS)


def pixels(seed: int, *, size: int = 32) -> Pixels:
    """A smooth picture that differs from seed to seed."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:size, 0:size] / size
    waves = [np.sin(2 * np.pi * (rng.uniform(1, 3) * x + rng.uniform(1, 3) * y) + channel) for channel in range(3)]
    picture: Pixels = np.rint(127 + 100 * np.stack(waves, axis=-1)).astype(np.uint8)
    return picture


def noisy(clean: Pixels, seed: int) -> Pixels:
    """The picture under strong noise: copying it is not accurate."""
    noise = np.random.default_rng(seed).normal(0, 60, clean.shape)
    return np.clip(clean + noise, 0, 255).astype(np.uint8)


def write_small_dataset(root: Path) -> Path:
    """Writes the dataset as an organised tree; the folder."""
    questions = [
        _record("vqa", "multiple-choice", text, modality, answer=answer, choice=choice)
        for text, answer, choice, modality in QUESTIONS
    ]
    edits = [
        _record("edit", "noise-reconstruction", text, modality, subtask="Gaussian noise") for text, modality in EDITS
    ]
    generations = [
        _record("gen", "instruction-editing", text, modality, answer=answer) for text, answer, modality in GENERATIONS
    ]
    _write_task(root, "vqa", "multiple-choice", questions)
    _write_task(root, "edit", "noise-reconstruction", edits)
    _write_task(root, "gen", "instruction-editing", generations)
    return root


def preface_instructions(root: Path, text: str) -> None:
    """Puts a text before every instruction of the dataset."""
    for path in root.rglob("data.jsonl"):
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        lines = [json.dumps({**record, "instruction": f"{text} {record['instruction']}"}) for record in records]
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _record(
    form: str, task: str, instruction: str, modality: str, *, subtask: str | None = None, **more: object
) -> dict[str, object]:
    return {
        "instruction": instruction,
        "modality": modality,
        "category": CATEGORIES[form],
        "paper_format": FORMAT_FOLDERS[form],
        "paper_task": task,
        "paper_subtask": subtask,
        **more,
    }


def _write_task(root: Path, form: str, task: str, records: list[dict[str, object]]) -> None:
    folder = root / FORMAT_FOLDERS[form] / task
    (folder / "images").mkdir(parents=True)
    with (folder / "data.jsonl").open("w", encoding="utf-8", newline="\n") as file:
        for number, record in enumerate(records):
            clean = pixels(10 * len(form) + number)
            _save(folder / f"images/{number:04d}_input.png", noisy(clean, number) if form != "vqa" else clean)
            record["input_image"] = [f"images/{number:04d}_input.png"]
            record["ground_truth_image"] = []
            if form != "vqa":
                _save(folder / f"images/{number:04d}_target.png", clean)
                record["ground_truth_image"] = [f"images/{number:04d}_target.png"]
            file.write(json.dumps(record) + "\n")


def _save(path: Path, image: Pixels) -> None:
    Image.fromarray(image).save(path)
