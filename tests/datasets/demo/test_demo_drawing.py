"""The drawing vocabulary: chance, shapes, textures, degradations, marks and projections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter, map_coordinates

from medgen_pytest.datasets.demo import degrading, marking, projecting, recolouring
from medgen_pytest.datasets.demo.chance import Chance
from medgen_pytest.datasets.demo.phantom import Box, changed_box, to_pixels, to_values
from medgen_pytest.datasets.demo.plane import Plane, paint, rounded, soft
from medgen_pytest.datasets.demo.texture import bend, blur, fractal_noise, grain_noise, sample, smooth_noise

if TYPE_CHECKING:
    from numpy.typing import NDArray

names = st.text(max_size=20)
share = st.floats(0.0, 1.0)
GREY = np.repeat(np.arange(0, 256, dtype=np.uint8).reshape(16, 16)[..., None], 3, axis=2)


@given(names, names)
def test_chance_gives_the_same_numbers_for_the_same_name_and_label(name: str, label: str) -> None:
    np.testing.assert_array_equal(Chance(name).numbers(label, 5), Chance(name).numbers(label, 5))


@given(names, st.floats(-100, 100), st.floats(0.001, 100))
def test_uniform_numbers_keep_their_range(name: str, low: float, width: float) -> None:
    numbers = Chance(name).numbers("x", 20, low=low, high=low + width)

    assert numbers.min() >= low
    assert numbers.max() <= low + width


def test_labels_do_not_share_a_stream() -> None:
    chance = Chance("subject")

    assert chance.number("first", 0, 1) != chance.number("second", 0, 1)


def test_numbers_are_those_of_the_raw_words_of_pcg64() -> None:
    # Pinned: the raw stream of a bit generator is the part of numpy.random that never changes.
    numbers = Chance("subject").numbers("label", 2)

    np.testing.assert_allclose(numbers, [0.370038995398017, 0.23003123961100036], rtol=0, atol=1e-15)


def test_normal_numbers_have_mean_zero_and_deviation_one() -> None:
    numbers = Chance("subject").normal("noise", (200, 200))

    assert abs(numbers.mean()) < 0.02
    assert abs(numbers.std() - 1.0) < 0.02
    assert np.abs(numbers).max() < 3.5


@given(st.lists(st.floats(-2, 2), min_size=2, max_size=30), st.floats(0.01, 1.0))
def test_soft_rises_from_zero_to_one_and_never_falls(depths: list[float], edge: float) -> None:
    cover = soft(np.sort(np.array(depths)), edge=edge)

    assert cover.min() >= 0.0
    assert cover.max() <= 1.0
    assert (np.diff(cover) >= -1e-12).all()


def test_a_plane_is_centred_and_reaches_one_at_its_shorter_side() -> None:
    plane = Plane.of(40, 20)

    assert plane.shape == (20, 40)
    assert plane.x.mean() == pytest.approx(0.0)
    assert plane.y.max() + plane.pixel / 2 == pytest.approx(1.0)
    assert plane.x.max() + plane.pixel / 2 == pytest.approx(2.0)


@given(st.floats(-1.5, 1.5), st.floats(-1.5, 1.5), st.floats(0.05, 0.9), st.floats(0.05, 0.9), st.floats(-3, 3))
def test_an_ellipse_is_the_same_with_and_without_its_window(
    x: float, y: float, wide: float, high: float, tilt: float
) -> None:
    plane = bend(Chance("bent"), "b", Plane.of(48, 40), grain=0.5, strength=0.05)
    everywhere = soft(plane.depth((x, y), (wide, high), tilt=tilt), edge=1.5 * plane.pixel)

    np.testing.assert_allclose(plane.ellipse((x, y), (wide, high), tilt=tilt), everywhere, rtol=0, atol=1e-12)


def test_the_area_of_an_ellipse_is_pi_times_its_radii() -> None:
    plane = Plane.of(200, 200)

    area = plane.ellipse((0.1, -0.1), (0.6, 0.3), tilt=0.7).sum() * plane.pixel**2

    assert area == pytest.approx(np.pi * 0.6 * 0.3, rel=0.02)


def test_a_ring_covers_the_border_and_leaves_the_middle() -> None:
    plane = Plane.of(101, 101)

    ring = plane.ring((0.0, 0.0), (0.5, 0.5), width=0.1)

    assert ring[50, 50] == 0.0
    assert ring[50, 75] == 1.0


def test_a_stroke_covers_its_points_and_nothing_far_away() -> None:
    plane = Plane.of(101, 101)

    stroke = plane.stroke([(-0.5, 0.0), (0.0, 0.0), (0.0, 0.5)], width=0.1)

    assert stroke[50, 25:51].min() == 1.0
    assert stroke[50:75, 50].min() == 1.0
    assert stroke[80, 20] == 0.0


def test_cut_corners_keep_the_ends_of_a_line() -> None:
    line = rounded([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)])

    assert line[0] == (0.0, 0.0)
    assert line[-1] == (1.0, 1.0)
    assert (1.0, 0.0) not in line


@given(share, share, share)
def test_painting_lies_between_ground_and_paint(base: float, value: float, cover: float) -> None:
    painted = paint(np.array([[base]]), value, np.array([[cover]]))[0, 0]

    assert min(base, value) - 1e-12 <= painted <= max(base, value) + 1e-12


@given(names, st.floats(0.05, 2.0))
def test_smooth_noise_is_bounded_and_smooth(name: str, grain: float) -> None:
    plane = Plane.of(30, 24)

    noise = smooth_noise(Chance(name), "n", plane, grain=grain)

    assert noise.shape == plane.shape
    assert np.abs(noise).max() <= 1.8
    # The slope of a cubic B-spline is at most the difference of neighbouring weights, over a cell.
    assert np.abs(np.diff(noise, axis=1)).max() <= 2 * 1.8 * plane.pixel / grain


def test_fractal_noise_is_bounded() -> None:
    noise = fractal_noise(Chance("subject"), "n", Plane.of(60, 60), grain=0.5)

    assert np.abs(noise).max() <= 1.8
    assert noise.std() > 0.1


def test_blur_agrees_with_scipy() -> None:
    image = Chance("subject").numbers("image", 30 * 20).reshape(30, 20)

    blurred = blur(image, sigma=1.5)

    # Both cut the Gaussian, at 3 and at 4 deviations, which is worth less than 0.5 % of the range.
    np.testing.assert_allclose(blurred, gaussian_filter(image, 1.5, mode="nearest"), rtol=0, atol=5e-3)


def test_grain_noise_has_deviation_one() -> None:
    noise = grain_noise(Chance("subject"), "n", (150, 150), sigma=1.2)

    assert noise.std() == pytest.approx(1.0, abs=0.05)


def test_sampling_between_pixels_agrees_with_scipy() -> None:
    chance = Chance("subject")
    image = chance.numbers("image", 20 * 30).reshape(20, 30)
    rows = chance.numbers("rows", 50, low=0, high=19).reshape(5, 10)
    columns = chance.numbers("columns", 50, low=0, high=29).reshape(5, 10)

    expected = map_coordinates(image, [rows, columns], order=1)

    np.testing.assert_allclose(sample(image, rows, columns), expected, rtol=0, atol=1e-12)


def test_pixels_survive_a_round_trip_through_values() -> None:
    np.testing.assert_array_equal(to_pixels(to_values(GREY)), GREY)


def test_values_outside_are_clipped_and_ties_do_not_hang_on_the_last_bit() -> None:
    half = 127.5 / 255

    levels = to_pixels(np.array([[-0.1, 1.1, half, half - 1e-12, half + 1e-12]]))[0, :, 0]

    assert levels.tolist() == [0, 255, 128, 128, 128]


def test_gaussian_noise_has_the_stated_deviation_and_keeps_grey_grey() -> None:
    flat = np.full((100, 100, 3), 128, dtype=np.uint8)

    noisy = degrading.with_gaussian_noise(Chance("subject"), flat, deviation=10.0)

    assert degrading.is_grey(noisy)
    assert noisy[..., 0].astype(float).std() == pytest.approx(10.0, abs=0.3)


def test_speckle_leaves_black_black() -> None:
    black = np.zeros((8, 8, 3), dtype=np.uint8)

    np.testing.assert_array_equal(degrading.with_speckle(Chance("subject"), black, strength=0.5), black)


def test_rings_are_round() -> None:
    flat = np.full((65, 65, 3), 128, dtype=np.uint8)

    ringed = degrading.with_rings(Chance("subject"), flat, strength=0.1)

    assert ringed[..., 0].std() > 5
    np.testing.assert_array_equal(ringed, ringed[::-1])
    np.testing.assert_array_equal(ringed, ringed.swapaxes(0, 1))


def test_low_contrast_keeps_the_named_share_of_the_range() -> None:
    low = degrading.with_low_contrast(GREY, factor=0.5, grey=0.5)

    assert int(low.max()) - int(low.min()) in {127, 128}


def test_shrinking_takes_the_mean_of_each_block() -> None:
    pixels = np.array([[[0] * 3, [1] * 3], [[2] * 3, [7] * 3]], dtype=np.uint8)

    assert degrading.shrunk(pixels, factor=2).tolist() == [[[3, 3, 3]]]


def test_blocks_that_do_not_tile_are_refused() -> None:
    with pytest.raises(ValueError, match="blocks of 3 pixels do not tile an image of 16x16"):
        degrading.shrunk(GREY, factor=3)


@pytest.mark.parametrize(
    ("colours", "first", "middle", "last"),
    [
        ("jet", (0, 0, 128), (130, 255, 126), (128, 0, 0)),
        ("hot", (0, 0, 0), (255, 86, 0), (255, 255, 255)),
        ("bone", (0, 0, 0), (112, 123, 144), (255, 255, 255)),
    ],
)
def test_colour_maps_run_through_their_colours(
    colours: str, first: tuple[int, ...], middle: tuple[int, ...], last: tuple[int, ...]
) -> None:
    coloured = recolouring.COLOUR_MAPS[colours](GREY)

    for grey, expected in ((0, first), (128, middle), (255, last)):
        np.testing.assert_allclose(coloured[grey // 16, grey % 16], expected, atol=1)


def test_gamma_keeps_black_and_white_and_brightens_between() -> None:
    brightened = recolouring.with_gamma(GREY, gamma=0.7)

    assert brightened[0, 0, 0] == 0
    assert brightened[15, 15, 0] == 255
    assert (brightened >= GREY).all()


def test_inverting_twice_changes_nothing() -> None:
    np.testing.assert_array_equal(recolouring.inverted(recolouring.inverted(GREY)), GREY)


def test_a_drawn_box_has_its_borders_where_the_words_say() -> None:
    box = Box(left=3, top=4, right=9, bottom=8)

    marked = marking.with_box(GREY, box, colour="green", width=1)

    assert box.words == "columns 3 to 9 and rows 4 to 8"
    assert changed_box(GREY, marked) == box
    np.testing.assert_array_equal(marked[5:8, 4:9], GREY[5:8, 4:9])


def test_a_contour_lies_just_outside_its_mask() -> None:
    mask = np.zeros((16, 16), dtype=np.bool_)
    mask[6:9, 6:9] = True

    marked = marking.with_contour(GREY, mask, colour="red", width=2)

    np.testing.assert_array_equal(marked[mask], GREY[mask])
    assert changed_box(GREY, marked) == Box(left=4, top=4, right=10, bottom=10)


def test_a_contour_at_the_border_of_the_image_does_not_wrap_around() -> None:
    mask = np.zeros((16, 16), dtype=np.bool_)
    mask[0, 0] = True

    marked = marking.with_contour(GREY, mask, colour="red", width=1)

    assert changed_box(GREY, marked) == Box(left=0, top=0, right=1, bottom=1)


def test_an_oblique_view_is_black_beside_the_plane_and_larger_at_its_near_edge() -> None:
    white = np.full((60, 80, 3), 255, dtype=np.uint8)

    heights = _heights(projecting.oblique(white))

    assert heights[0] == heights[-1] == 0
    assert 0 < heights[10] < heights[69]


def _heights(pixels: NDArray[np.uint8]) -> list[int]:
    return [int(count) for count in (pixels[..., 0] > 128).sum(axis=0)]
