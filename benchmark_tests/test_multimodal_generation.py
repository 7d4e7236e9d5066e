"""Contextual multimodal generation: each sample asks for image and text out."""

from collections.abc import Callable

import pytest


@pytest.mark.medgen(format="multimodal_generation")
def test_multimodal_generation(medgen_assert: Callable[..., None]) -> None:
    """The model's answer meets every required threshold."""
    medgen_assert()
