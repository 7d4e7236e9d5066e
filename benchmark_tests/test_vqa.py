"""Visual question answering: each sample asks for text out."""

from collections.abc import Callable

import pytest


@pytest.mark.medgen(format="vqa")
def test_vqa(medgen_assert: Callable[..., None]) -> None:
    """The model's answer meets every required threshold."""
    medgen_assert()
