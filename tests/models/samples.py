"""Samples made in memory for tests of models: pictures, records of every task, and a dataset around them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.domain.sample import Sample, Target, make_sample_id
from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.images import StoredImage, encode_png
from medgen_pytest.models import ModelContext

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

INSTRUCTIONS = {
    Task.MULTIPLE_CHOICE: "Which side? Choose one option: A. left B. right",
    Task.BLANK_FILLING: "Fill the blank with 'yes' or 'no'. Is there a lesion? Answer: ____",
    Task.REPORT_GENERATION: "Write the report of this study with FINDINGS and IMPRESSION.",
    Task.QUESTION_ANSWERING: "Which organ is shown?",
    Task.STYLE_TRANSFER: "Render this image with the 'jet' colour map.",
    Task.ARTIFACT_REMOVAL: "Concentric rings overlay the anatomy. Remove them.",
    Task.NOISE_RECONSTRUCTION: "Remove the grainy noise of this image.",
    Task.RESOLUTION_EDITING: "Enhance the image to 96x64 pixels.",
    Task.CONTRAST_ENHANCEMENT: "Enhance the contrast.",
    Task.ANATOMICAL_ANNOTATION: "Mark the brightest compact region with a red rectangle.",
    Task.DISEASE_PREDICTION: "Predict how the tissue looks later.",
    Task.INSTRUCTION_EDITING: "Mirror the image left to right and say what changed.",
    Task.ORGANIC_REMOVAL: "Remove the structure inside columns 10 to 20 and rows 12 to 18 and describe it.",
    Task.ORGANIC_RECONSTRUCTION: "A black square hides columns 10 to 20 and rows 12 to 18. Reconstruct it.",
    Task.PROJECTION_3D_TO_2D: "The strip shows three slices. Produce the maximum intensity projection.",
    Task.RECONSTRUCTION_2D_TO_3D: "Render the plane in an oblique view, near edge on the right.",
}


def picture(seed: int = 0, *, width: int = 48, height: int = 40) -> NDArray[np.uint8]:
    """Smooth waves with a bright disc, different from seed to seed."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    wave = 100 + 60 * np.sin(x / rng.uniform(4, 9)) * np.cos(y / rng.uniform(4, 9))
    wave[np.hypot(x - width / 3, y - height / 2) < 5] = 240
    tint = np.array([1.0, 0.9, 0.8])
    levels: NDArray[np.uint8] = np.rint(wave[..., np.newaxis] * tint).astype(np.uint8)
    return levels


def stored(name: str, pixels: NDArray[np.uint8]) -> StoredImage:
    """An image that lies in memory as PNG."""
    data = encode_png(pixels)
    return StoredImage(name, lambda: data)


def make_sample(task: Task, ordinal: int = 1, *, instruction: str | None = None, images: int = 1) -> Sample:
    """A sample of a task, with the target that its format wants."""
    seed = 10 * ordinal + list(Task).index(task)
    return Sample(
        sample_id=make_sample_id(task, ordinal),
        task=task,
        modality=Modality.CT,
        instruction=INSTRUCTIONS[task] if instruction is None else instruction,
        inputs=tuple(stored(f"images/{ordinal:04d}_{k}.png", picture(seed + 100 * k)) for k in range(images)),
        target=Target(
            image=stored(f"images/{ordinal:04d}_target.png", picture(seed + 7)) if task.format.wants_image else None,
            text=f"reference text {ordinal}" if task.format.wants_text else None,
        ),
    )


@dataclass(frozen=True)
class TinyDataset:
    """A dataset of samples in memory."""

    samples: Sequence[Sample]
    path: Path = Path()
    layout: str = "tree"

    def __len__(self) -> int:
        return len(self.samples)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self.samples)

    def get(self, sample_id: str) -> Sample:
        return {sample.sample_id: sample for sample in self.samples}[sample_id]


def every_task() -> TinyDataset:
    """One sample of each of the sixteen tasks."""
    return TinyDataset([make_sample(task) for task in Task])


def context_of(dataset: TinyDataset, *, root: Path | None = None) -> ModelContext:
    """A context in which every sample of the dataset will be asked."""
    return ModelContext(
        dataset=dataset, root=root or Path(), sample_ids=[sample.sample_id for sample in dataset.samples]
    )


def of_format(form: Format) -> list[Sample]:
    """The samples of `every_task` of one format."""
    return [sample for sample in every_task() if sample.format is form]
