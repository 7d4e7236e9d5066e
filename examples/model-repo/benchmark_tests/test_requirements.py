"""What this model must do beside the benchmark. A failure here fails the run, whatever the gates say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from medgen_pytest import psnr

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest import ModelOutput, Sample


@pytest.mark.medgen(task="multiple-choice")
def test_an_option_is_named_as_it_stands(medgen_sample: Sample, medgen_output: ModelOutput) -> None:
    """The metric would understand "I think B"; the program behind this model would not."""
    assert medgen_output.text in medgen_sample.choices


@pytest.mark.medgen(task="report-generation")
def test_a_report_has_its_sections(medgen_output: ModelOutput) -> None:
    """In the order in which they are read, none of them empty."""
    assert re.findall(r"^([A-Z]+): \S", medgen_output.text or "", re.MULTILINE) == [
        "EXAMINATION",
        "FINDINGS",
        "IMPRESSION",
    ]


@pytest.mark.medgen(task="noise-reconstruction")
def test_denoising_does_little_harm(medgen_sample: Sample, medgen_output: ModelOutput) -> None:
    """At the worst the image is 2 dB farther from the reference than it was with its noise."""
    wanted = medgen_sample.target.image.array()

    assert psnr(medgen_output.image, wanted) > psnr(medgen_sample.inputs[0].array(), wanted) - 2


@pytest.mark.medgen(task="noise-reconstruction", modality="CT")
def test_ct_is_denoised_well(medgen_assert: Callable[..., None]) -> None:
    """Thresholds of this test alone, one of them for our own metric; the others of the profile stay."""
    medgen_assert(ssim=0.8, detail_kept=0.6)
