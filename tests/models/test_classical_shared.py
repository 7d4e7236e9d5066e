"""On real images, the classical model is nearer to the reference than a copy of the input is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from medgen_pytest.datasets import open_dataset
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.images import resize, to_pil
from medgen_pytest.models.classical.model import Classical
from medgen_pytest.models.copy_input import CopyInput

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.sample import Sample

PSNR_CEILING = 100.0


def scores(model: Model, sample: Sample) -> tuple[float, float]:
    """PSNR and SSIM by scikit-image, at the size of the reference."""
    answer = model.answer(sample.request())
    assert sample.target.image is not None
    target = sample.target.image.array()
    image = getattr(answer, "image")  # noqa: B009 - both models answer at once
    if image.shape != target.shape:
        image = resize(image, width=target.shape[1], height=target.shape[0])
    with np.errstate(divide="ignore"):
        psnr = float(peak_signal_noise_ratio(target, image, data_range=255))
    return min(psnr, PSNR_CEILING), float(structural_similarity(grey(target), grey(image), data_range=255))


def grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.asarray(to_pil(pixels).convert("L"))


@pytest.mark.parametrize(
    "task",
    [
        Task.NOISE_RECONSTRUCTION,
        Task.CONTRAST_ENHANCEMENT,
        Task.ARTIFACT_REMOVAL,
        Task.STYLE_TRANSFER,
        Task.INSTRUCTION_EDITING,
        Task.ORGANIC_REMOVAL,
        Task.ORGANIC_RECONSTRUCTION,
        Task.PROJECTION_3D_TO_2D,
        Task.RECONSTRUCTION_2D_TO_3D,
    ],
    ids=str,
)
def test_the_classical_model_beats_a_copy_of_the_input(shared: Path, task: Task) -> None:
    samples = [sample for sample in open_dataset(shared / "data" / "medgen-mini") if sample.task is task]

    ours = np.mean([scores(Classical(opencv=""), sample) for sample in samples], axis=0)
    copied = np.mean([scores(CopyInput(), sample) for sample in samples], axis=0)

    assert len(samples) == 6
    assert ours[0] > copied[0] + 1
    assert ours[1] > copied[1]
    assert not math.isnan(float(ours.sum()))
