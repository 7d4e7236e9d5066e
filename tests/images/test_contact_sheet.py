"""Contact sheets show every image, whole, in numbered cells."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.images import contact_sheet

CELL = 32
SIZES = st.lists(st.tuples(st.integers(1, CELL), st.integers(1, CELL)), min_size=1, max_size=7)
RED = (255, 0, 0)


def block(
    height: int, width: int, colour: tuple[int, int, int] = RED
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full((height, width, 3), colour, dtype=np.uint8)


@settings(max_examples=30, deadline=None)
@given(SIZES)
def test_images_that_fit_keep_every_pixel(sizes: list[tuple[int, int]]) -> None:
    sheet = contact_sheet([block(height, width) for height, width in sizes], cell=CELL)

    red = np.all(sheet == RED, axis=2)
    assert int(red.sum()) == sum(height * width for height, width in sizes)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12))
def test_the_cells_make_the_squarest_grid(count: int) -> None:
    sheet = contact_sheet([block(2, 2)] * count, cell=CELL)
    one = contact_sheet([block(2, 2)], cell=CELL)

    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    assert (sheet.shape[1] - 8) == columns * (one.shape[1] - 8)
    assert (sheet.shape[0] - 8) == rows * (one.shape[0] - 8)


def test_images_stand_in_reading_order() -> None:
    shades = [(10, 0, 0), (20, 0, 0), (30, 0, 0)]

    sheet = contact_sheet([block(4, 4, shade) for shade in shades], cell=CELL)

    corners = [np.argwhere(np.all(sheet == shade, axis=2))[0].tolist() for shade in shades]
    (first_top, first_left), (second_top, second_left), (third_top, third_left) = corners
    assert first_top == second_top < third_top
    assert first_left == third_left < second_left


@pytest.mark.parametrize(("height", "width"), [(64, 128), (1, 640), (640, 1)])
def test_large_images_are_made_smaller_and_keep_their_shape(height: int, width: int) -> None:
    sheet = contact_sheet([block(height, width)], cell=CELL)

    places = np.argwhere(np.all(sheet == RED, axis=2))
    tall, wide = (places.max(axis=0) - places.min(axis=0) + 1).tolist()
    scale = CELL / max(height, width)
    assert (tall, wide) == (max(1, round(height * scale)), max(1, round(width * scale)))


def test_the_number_stands_above_the_image() -> None:
    sheet = contact_sheet([block(CELL, CELL)], cell=CELL)

    top = np.argwhere(np.all(sheet == RED, axis=2))[0][0]
    assert (sheet[:top] < 128).any()
    assert np.all(sheet[top + CELL :] == 255)


def test_the_numbers_of_two_cells_differ() -> None:
    sheet = contact_sheet([block(1, 1)] * 2, cell=CELL)

    half = sheet.shape[1] // 2
    assert not np.array_equal(sheet[:30, :half], sheet[:30, half : 2 * half])


def test_a_sheet_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="a contact sheet needs at least one image"):
        contact_sheet([])
