"""Images made smaller to fit a longest side keep their shape, and those that fit are left alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.images import fit_within, resize, size_within

SIDES = st.integers(1, 5_000)


@given(SIDES, SIDES, SIDES)
def test_no_side_exceeds_the_longest_and_none_grows(width: int, height: int, longest: int) -> None:
    found = size_within(width, height, longest=longest)

    assert all(1 <= new <= min(old, longest) for new, old in zip(found, (width, height), strict=True))
    assert max(found) == min(longest, max(width, height))


@given(SIDES, SIDES, SIDES)
def test_the_aspect_ratio_is_kept_to_half_a_pixel(width: int, height: int, longest: int) -> None:
    found = size_within(width, height, longest=longest)

    shrink = min(1.0, longest / max(width, height))
    assert all(abs(new - max(1.0, old * shrink)) <= 0.5 for new, old in zip(found, (width, height), strict=True))


def test_pixels_that_fit_are_the_same_and_others_are_resized() -> None:
    pixels = np.random.default_rng(7).integers(0, 256, (30, 60, 3), dtype=np.uint8)

    assert fit_within(pixels, longest=None) is pixels
    assert fit_within(pixels, longest=60) is pixels
    assert np.array_equal(fit_within(pixels, longest=20), resize(pixels, width=20, height=10))


def test_a_longest_side_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 pixel, not 0"):
        size_within(3, 4, longest=0)
