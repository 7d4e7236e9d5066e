"""The benchmark: one test for each model and sample, by the thresholds of the profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def test_medgen(medgen_assert: Callable[..., None]) -> None:
    """The answer meets every threshold that its task requires."""
    medgen_assert()
