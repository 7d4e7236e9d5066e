"""Tests of one's own: run `pytest` in this folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest import ModelOutput, Sample


@pytest.mark.medgen(format=["image_editing", "multimodal_generation"])
def test_images(medgen_assert: Callable[..., None]) -> None:
    """The answer meets every threshold that the profile requires."""
    medgen_assert()


@pytest.mark.medgen(format="vqa")
def test_answers_are_short(medgen_sample: Sample, medgen_output: ModelOutput) -> None:
    """A requirement that no metric knows."""
    words = len((medgen_output.text or "").split())
    if words > 100:  # noqa: PLR2004 - a limit of this project
        pytest.fail(f"{words} words in the answer to {medgen_sample.instruction!r}")


@pytest.mark.medgen(task="noise-reconstruction", modality=["CT", "MRI"])
def test_noise_is_reduced(medgen_assert: Callable[..., None]) -> None:
    """Thresholds of this test alone, lower than those of the profile."""
    medgen_assert(ssim=0.1, psnr=15)
