"""Numbers, boxes and names are read from instructions, and nothing in them can break the reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.models.classical import wording
from medgen_pytest.models.classical.style import colour_map_in
from medgen_pytest.models.classical.wording import Box


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("Enhance it to 384x279 pixels", (384, 279)),
        ("resize to 512 \u00d7 256", (512, 256)),
        ("make it 640 by 480", (640, 480)),
        ("pixels were averaged 2x2; restore 384x288", (384, 288)),
        ("a 2x2 block", None),
        ("enlarge it to 99999x99999", None),
        ("sharper, please", None),
    ],
)
def test_a_size_is_read(text: str, size: tuple[int, int] | None) -> None:
    assert wording.size_in(text) == size


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("x4 super-resolution", 4),
        ("upscale 3x", 3),
        ("2.5 times larger", 2.5),
        ("by a factor of 2", 2),
        ("stored at 1/3 of its resolution", 3),
        ("double the resolution", 2),
        ("factor 0", None),
        ("larger", None),
    ],
)
def test_a_factor_is_read(text: str, factor: float | None) -> None:
    assert wording.factor_in(text) == factor


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("columns 50 to 126 and rows 26 to 102", Box(50, 26, 127, 103)),
        ("rows 26-102, columns 126-50", Box(50, 26, 127, 103)),
        ("x: 5 to 9, y: 1 to 2", Box(5, 1, 10, 3)),
        ("columns 5 to 9", None),
        ("the lesion", None),
    ],
)
def test_a_box_is_read(text: str, box: Box | None) -> None:
    assert wording.box_in(text) == box


@pytest.mark.parametrize(
    ("text", "gamma"),
    [("a gamma of 0.6", 0.6), ("gamma=2", 2), ("gamma correction (.5)", 0.5), ("gamma 0", None), ("brighter", None)],
)
def test_a_gamma_is_read(text: str, gamma: float | None) -> None:
    assert wording.gamma_in(text) == gamma


@pytest.mark.parametrize(
    ("text", "count"),
    [("three slices of a MRI stack", 3), ("12 axial slices", 12), ("slices", None), ("0 slices", None)],
)
def test_a_number_of_slices_is_read(text: str, count: int | None) -> None:
    assert wording.slices_in(text) == count


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("with the 'jet' colour map", "jet"),
        ("the image's \u2018bone\u2019 palette", "bone"),
        ("in a hot colormap", "hot"),
        ("using the colour map viridis", "viridis"),
        ("the bone is hot and pink", None),
        ("'unknown' colour map", None),
    ],
)
def test_a_colour_map_is_read_only_where_one_is_meant(text: str, name: str | None) -> None:
    assert colour_map_in(text) == name


def test_a_word_is_found_at_the_beginning_of_words_only() -> None:
    assert wording.says("Remove the rings", "ring")
    assert not wording.says("during scanning", "ring")


def test_an_apostrophe_opens_no_quotation() -> None:
    assert wording.quoted_in("the patient's image labelled 'region 1' and \"two\"") == ("region 1", "two")


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(-50, 50), st.integers(-50, 50))
def test_a_box_within_an_image_lies_in_it_and_is_not_empty(left: int, top: int, right: int, bottom: int) -> None:
    box = Box(left, top, right, bottom).within(width=20, height=10)

    assert box is None or (0 <= box.left < box.right <= 20 and 0 <= box.top < box.bottom <= 10)


@given(st.text() | st.from_regex(r"(columns|rows|gamma|x|factor|slices|'|[0-9 .%/-]|to|degrees){1,12}"))
def test_any_text_can_be_read(text: str) -> None:
    size, factor, gamma = wording.size_in(text), wording.factor_in(text), wording.gamma_in(text)

    assert size is None or min(size) >= 8
    assert factor is None or factor >= 1
    assert gamma is None or gamma > 0
    assert (wording.slices_in(text) or 1) >= 1
    assert (wording.percent_in(text) or 1) > 0
    wording.box_in(text)
    wording.degrees_in(text)
