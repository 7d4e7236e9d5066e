"""Image editing: each sample asks for image out."""

from collections.abc import Callable

import pytest


@pytest.mark.medgen(format="image_editing")
def test_image_editing(medgen_assert: Callable[..., None]) -> None:
    """The model's answer meets every required threshold."""
    medgen_assert()
