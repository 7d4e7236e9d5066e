"""Pictures for experts: exact where they fit, bounded always."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from medgen_pytest.images import decode
from medgen_pytest.runs.experts.pictures import LARGEST_FILE, LONGEST_SIDE, make_picture


def noise(height: int, width: int, *, grey: bool = False) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    made = np.random.default_rng(0).integers(0, 256, (height, width, 1 if grey else 3), dtype=np.uint8)
    return np.broadcast_to(made, (height, width, 3)).copy()


def data_of(url: str) -> bytes:
    return base64.b64decode(url.partition(",")[2])


@pytest.mark.parametrize(("height", "width", "grey"), [(1, 1, True), (300, 400, False), (800, 900, True)])
def test_an_image_that_fits_is_exact(height: int, width: int, *, grey: bool) -> None:
    pixels = noise(height, width, grey=grey)

    picture = make_picture(pixels)

    assert (decode(data_of(picture.url), name="x") == pixels).all()
    assert picture.caption == f"{width} x {height} pixels"


@pytest.mark.parametrize(("height", "width"), [(1024, 1024), (3000, 200), (1, 5000), (2500, 2500)])
def test_a_larger_one_is_bounded_and_says_so(height: int, width: int) -> None:
    picture = make_picture(noise(height, width))

    assert len(data_of(picture.url)) <= LARGEST_FILE
    assert max(picture.width, picture.height) <= LONGEST_SIDE
    assert "shown as" in picture.caption or "compressed with loss" in picture.caption
    assert picture.url.startswith("data:image/jpeg;base64,")
