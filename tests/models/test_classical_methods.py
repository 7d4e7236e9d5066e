"""Each classical method does what its task asks, on pictures whose answer is known."""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import peak_signal_noise_ratio

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import MissingExtraError, ModelError
from medgen_pytest.models.classical import artefacts, noise, regions
from medgen_pytest.models.classical.methods import METHODS, solve
from medgen_pytest.models.classical.model import Classical, build
from medgen_pytest.models.classical.sentences import answer_text
from tests.models.samples import context_of, every_task, make_sample

if TYPE_CHECKING:
    from numpy.typing import NDArray

IMAGE_TASKS = [task for task in Task if task.format.wants_image]


def anatomy(*, size: int = 128, coloured: bool = False) -> NDArray[np.uint8]:
    """Smooth tissue with sharp organs in it."""
    y, x = np.mgrid[0:size, 0:size]
    grey = 90 + 30 * np.sin(x / 17) * np.cos(y / 23)
    for number, (column, row, radius) in enumerate([(40, 50, 18), (85, 40, 12), (70, 90, 22), (100, 100, 7)]):
        grey[np.hypot(x - column, y - row) < radius] += 25 * (number - 1.5)
    tint = np.array([1.0, 0.7, 0.9]) if coloured else np.ones(3)
    levels: NDArray[np.uint8] = np.rint(grey[..., np.newaxis] * tint).astype(np.uint8)
    return levels


def clipped(values: NDArray[np.floating]) -> NDArray[np.uint8]:
    levels: NDArray[np.uint8] = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    return levels


def gain(clean: NDArray[np.uint8], given_: NDArray[np.uint8], answer: NDArray[np.uint8]) -> float:
    """By how many dB the answer is nearer to the clean image than what was given."""
    before = peak_signal_noise_ratio(clean, given_, data_range=255)
    after = peak_signal_noise_ratio(clean, answer, data_range=255)
    return float(after - before)


@pytest.mark.parametrize("sigma", [5.0, 12.0, 25.0])
def test_the_noise_level_is_that_of_the_noise(sigma: float) -> None:
    clean = anatomy()[..., 0].astype(np.float64)

    level = noise.noise_level(clean + np.random.default_rng(0).normal(0, sigma, clean.shape))

    assert level == pytest.approx(sigma, rel=0.1)


@pytest.mark.parametrize("coloured", [False, True])
@pytest.mark.parametrize(
    ("kind", "instruction", "least"),
    [
        ("gaussian", "Remove the grain.", 6),
        ("speckle", "Remove the speckle.", 5),
        ("salt", "Remove salt and pepper.", 12),
    ],
)
def test_noise_of_each_kind_gets_weaker(kind: str, instruction: str, least: float, coloured: bool) -> None:  # noqa: FBT001 - a parameter
    rng = np.random.default_rng(3)
    clean = anatomy(coloured=coloured)
    if kind == "gaussian":
        given_ = clipped(clean + rng.normal(0, 18, clean.shape))
    elif kind == "speckle":
        given_ = clipped(clean * (1 + rng.normal(0, 0.2, clean.shape[:2])[..., np.newaxis]))
    else:
        hit = rng.random(clean.shape[:2])
        given_ = np.where(hit[..., np.newaxis] < 0.03, 0, np.where(hit[..., np.newaxis] > 0.97, 255, clean)).astype(
            np.uint8
        )

    answer = noise.remove_noise(given_, instruction)

    assert gain(clean, given_, answer) > least


def test_noise_on_black_does_not_leave_the_black_grey() -> None:
    clean = np.zeros((64, 64, 3), np.uint8)
    clean[16:48, 16:48] = 120
    given_ = clipped(clean + np.random.default_rng(0).normal(0, 20, clean.shape))

    answer = noise.remove_noise(given_, "grain")

    assert given_[:10].mean() > 7
    assert answer[:10].mean() < 2


def test_an_image_without_noise_stays_nearly_as_it_is() -> None:
    clean = anatomy()

    assert np.abs(noise.remove_noise(clean, "noise").astype(int) - clean).max() <= 12


def test_rings_are_removed() -> None:
    clean = anatomy()
    y, x = np.indices(clean.shape[:2])
    given_ = clipped(clean + 20 * np.sin(np.hypot(x - 64, y - 64) / 2)[..., np.newaxis])

    answer = solve(Task.ARTIFACT_REMOVAL, [given_], "Remove the concentric rings.")

    assert gain(clean, given_, answer) > 8


@pytest.mark.parametrize("shift", [9, -9])
def test_a_ghost_is_removed_on_whichever_side_it_lies(shift: int) -> None:
    clean = anatomy()
    given_ = clipped(0.7 * clean + 0.3 * np.roll(clean, shift, axis=1))

    answer = artefacts.remove_motion(given_)

    assert gain(clean[:, 16:-16], given_[:, 16:-16], answer[:, 16:-16]) > 6


def test_a_vertical_ghost_is_removed_when_it_is_called_vertical() -> None:
    clean = np.swapaxes(anatomy(), 0, 1)
    given_ = clipped(0.7 * clean + 0.3 * np.roll(clean, 9, axis=0))

    answer = solve(Task.ARTIFACT_REMOVAL, [given_], "Remove the vertical motion ghost.")

    assert gain(clean[16:-16], given_[16:-16], answer[16:-16]) > 6


def test_contrast_is_spread_over_the_whole_range() -> None:
    clean = anatomy()
    low, high = int(clean.min()), int(clean.max())
    washed = clipped((clean.astype(float) - low) / (high - low) * 60 + 90)

    answer = solve(Task.CONTRAST_ENHANCEMENT, [washed], "Enhance the contrast.")

    assert (answer.min(), answer.max()) == (0, 255)


def test_a_flat_image_has_no_contrast_to_enhance() -> None:
    flat = np.full((20, 20, 3), 77, np.uint8)

    np.testing.assert_array_equal(solve(Task.CONTRAST_ENHANCEMENT, [flat], "Enhance the contrast."), flat)


@pytest.mark.parametrize(
    ("instruction", "size"),
    [
        ("to 96x40 pixels", (96, 40)),
        ("by a factor of 3", (384, 384)),
        ("downsample x2", (64, 64)),
        ("sharper", (256, 256)),
    ],
)
def test_the_size_is_the_one_that_the_instruction_names(instruction: str, size: tuple[int, int]) -> None:
    answer = solve(Task.RESOLUTION_EDITING, [anatomy()], instruction)

    assert (answer.shape[1], answer.shape[0]) == size


@pytest.mark.parametrize("name", ["jet", "bone", "hot", "viridis"])
def test_a_colour_map_is_that_of_opencv(name: str) -> None:
    pixels = anatomy()
    expected = cv2.applyColorMap(pixels[..., 0], getattr(cv2, f"COLORMAP_{name.upper()}"))[..., ::-1]

    np.testing.assert_array_equal(solve(Task.STYLE_TRANSFER, [pixels], f"Use the '{name}' colour map."), expected)


def test_a_stain_turns_pink_into_blue_green_and_leaves_the_slide_white() -> None:
    tissue = np.full((16, 16, 3), (250, 250, 250), np.uint8)
    tissue[4:12, 4:12] = (225, 130, 200)

    answer = solve(Task.STYLE_TRANSFER, [tissue], "Turn the eosin pink of this histology towards blue-green.")
    red, green, blue = (int(level) for level in answer[8, 8])

    assert red < min(green, blue)
    assert np.abs(answer[0, 0].astype(int) - 250).max() < 12


def test_the_brightest_region_is_framed_in_the_named_colour() -> None:
    pixels = np.full((96, 96, 3), 40, np.uint8)
    pixels[60:72, 20:32] = 230

    answer = solve(Task.ANATOMICAL_ANNOTATION, [pixels], "Mark the brightest region with a green rectangle.")
    rows, columns = np.nonzero((answer == (0, 255, 0)).all(axis=2))

    assert rows.min() <= 60
    assert rows.max() >= 70
    assert columns.min() <= 20
    assert columns.max() >= 30
    assert len(rows) < 200


def test_a_contour_follows_the_region() -> None:
    pixels = np.full((96, 96, 3), 40, np.uint8)
    cv2.circle(pixels, (50, 40), 10, (230, 230, 230), -1)

    answer = solve(Task.ANATOMICAL_ANNOTATION, [pixels], "Outline the brightest region in yellow.")
    rows, columns = np.nonzero((answer == (255, 255, 0)).all(axis=2))
    distance = np.hypot(rows - 40, columns - 50)

    assert len(rows) > 20
    assert distance.min() > 5
    assert distance.max() < 20


def test_a_box_is_filled_and_nothing_else_changes() -> None:
    clean = anatomy()
    given_ = clean.copy()
    given_[30:41, 50:61] = 255

    answer = solve(Task.ORGANIC_REMOVAL, [given_], "Remove what lies in columns 50 to 60 and rows 30 to 40.")
    outside = np.ones(clean.shape[:2], bool)
    outside[30:41, 50:61] = False

    assert gain(clean, given_, answer) > 15
    np.testing.assert_array_equal(answer[outside], given_[outside])


def test_a_hidden_square_is_found_when_the_instruction_names_no_place() -> None:
    clean = anatomy()
    given_ = clean.copy()
    given_[60:80, 20:40] = 0

    answer = solve(Task.ORGANIC_RECONSTRUCTION, [given_], "Reconstruct the hidden anatomy.")

    assert regions.black_rectangle(given_) == (20, 60, 40, 80)
    assert gain(clean, given_, answer) > 10


def test_a_large_box_is_filled_too() -> None:
    clean = np.tile(anatomy(size=512), (1, 1, 1))
    given_ = clean.copy()
    given_[50:450, 50:450] = 0

    answer = solve(Task.ORGANIC_RECONSTRUCTION, [given_], "hides columns 50 to 449 and rows 50 to 449")

    assert (answer[50:450, 50:450] > 0).all()


def test_a_strip_is_projected_to_the_maximum_of_its_slices() -> None:
    slices = [np.full((10, 8, 3), level, np.uint8) for level in (10, 200, 90)]
    slices[0][3, 3] = 255

    answer = solve(Task.PROJECTION_3D_TO_2D, [np.hstack(slices)], "three slices: maximum intensity projection")

    np.testing.assert_array_equal(answer, np.max(slices, axis=0))


def test_several_images_are_the_slices_themselves() -> None:
    slices = [np.full((10, 8, 3), level, np.uint8) for level in (10, 200, 90)]

    answer = solve(Task.PROJECTION_3D_TO_2D, slices, "minimum intensity projection")

    np.testing.assert_array_equal(answer, slices[0])


@pytest.mark.parametrize(("edge", "wide"), [("right", (slice(None), -1)), ("left", (slice(None), 0)), ("top", (0,))])
def test_the_near_edge_stays_as_long_as_it_was(edge: str, wide: tuple[object, ...]) -> None:
    white = np.full((60, 80, 3), 255, np.uint8)

    answer = solve(Task.RECONSTRUCTION_2D_TO_3D, [white], f"an oblique view, near edge on the {edge}")

    assert answer.shape == white.shape
    assert (answer[wide] > 0).all()  # type: ignore[index]  # an index made by the parameters
    assert (answer == 0).any()


@pytest.mark.parametrize(
    ("instruction", "expected"),
    [
        ("Mirror the image left to right.", lambda p: p[:, ::-1]),
        ("Flip it upside down.", lambda p: p[::-1]),
        ("Rotate by 90 degrees clockwise.", lambda p: np.rot90(p, -1)),
        ("Rotate by 90 degrees counter-clockwise.", lambda p: np.rot90(p, 1)),
        ("Rotate by 180 degrees.", lambda p: p[::-1, ::-1]),
        ("Invert the grey values.", lambda p: 255 - p),
        ("Brighten with a gamma of 0.6.", lambda p: np.rint(255 * (p / 255) ** 0.6)),
        ("Darken with a gamma of 0.5.", lambda p: np.rint(255 * (p / 255) ** 2.0)),
        ("Make it 20 % brighter.", lambda p: np.rint(np.clip(p * 1.2, 0, 255))),
        ("Darken it by 20 %.", lambda p: np.rint(p * 0.8)),
        ("Sing a song.", lambda p: p),
    ],
)
def test_an_edit_is_done_as_the_instruction_says(instruction: str, expected: object) -> None:
    pixels = anatomy()[:100, :80]
    assert callable(expected)

    np.testing.assert_array_equal(solve(Task.INSTRUCTION_EDITING, [pixels], instruction), expected(pixels))


@pytest.mark.parametrize(
    "instruction", ["Sharpen it.", "Blur it.", "Reduce the contrast.", "Make it greyscale.", "Turn it 20 degrees"]
)
def test_the_other_edits_change_the_image_and_keep_its_size(instruction: str) -> None:
    pixels = anatomy(coloured=True)

    answer = solve(Task.INSTRUCTION_EDITING, [pixels], instruction)

    assert answer.shape == pixels.shape
    assert (answer != pixels).any()


@settings(max_examples=60, deadline=None)
@given(
    task=st.sampled_from(IMAGE_TASKS),
    height=st.integers(1, 24),
    width=st.integers(1, 24),
    seed=st.integers(0, 9),
    instruction=st.text(max_size=30)
    | st.sampled_from(
        [
            "rings",
            "motion",
            "vertical motion",
            "salt",
            "speckle",
            "clahe",
            "eosin",
            "outline 'label'",
            "columns 0 to 99 and rows 0 to 99",
            "99 slices",
            "rotate 13 degrees",
            "x9",
        ]
    ),
)
def test_no_picture_and_no_instruction_breaks_a_method(
    task: Task, height: int, width: int, seed: int, instruction: str
) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    if seed == 0:
        pixels[:] = 0
    before = pixels.copy()

    answer = solve(task, [pixels], instruction)

    assert answer.dtype == np.uint8
    assert answer.ndim == 3
    assert answer.shape[2] == 3
    np.testing.assert_array_equal(pixels, before)


def test_every_task_with_an_image_has_a_method() -> None:
    assert {*METHODS, Task.PROJECTION_3D_TO_2D} == set(IMAGE_TASKS)


@pytest.mark.parametrize(
    ("task", "instruction", "text"),
    [
        (Task.MULTIPLE_CHOICE, "Which? A. left B. right", "A. left"),
        (Task.MULTIPLE_CHOICE, "Which?", "A"),
        (Task.BLANK_FILLING, "Fill with 'yes' or 'no'. Is it? ____", "no"),
        (Task.BLANK_FILLING, "How many lesions are there? ____", "1"),
        (Task.BLANK_FILLING, "The heart is ____", "normal"),
        (Task.QUESTION_ANSWERING, "Two images are given; answer about image 1. Is there a lesion?", "no"),
        (Task.QUESTION_ANSWERING, "What type of imaging is this?", "CT"),
        (Task.QUESTION_ANSWERING, "What imaging plane is depicted?", "axial"),
        (Task.QUESTION_ANSWERING, "How many kidneys are there?", "one"),
        (Task.QUESTION_ANSWERING, "What is wrong?", "no abnormality"),
        (
            Task.ORGANIC_REMOVAL,
            "Remove columns 1 to 5 and rows 2 to 6",
            "The structure in columns 1 to 5, rows 2 to 6 was",
        ),
        (Task.INSTRUCTION_EDITING, "Use a gamma of 0.60", "A gamma of 0.6 was applied"),
    ],
)
def test_the_canned_text_fits_the_question(task: Task, instruction: str, text: str) -> None:
    assert answer_text(make_sample(task, instruction=instruction).request()).startswith(text)


def test_a_report_has_findings_and_impression() -> None:
    report = answer_text(make_sample(Task.REPORT_GENERATION).request())

    assert [line.partition(":")[0] for line in report.splitlines()] == ["EXAMINATION", "FINDINGS", "IMPRESSION"]


def test_an_image_task_without_an_input_cannot_be_answered() -> None:
    request = dataclasses.replace(make_sample(Task.STYLE_TRANSFER).request(), inputs=())

    with pytest.raises(ModelError, match="has no input image to work on"):
        Classical(opencv="x").answer(request)


def test_without_opencv_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    # None is how Python marks a module that must not be imported.
    monkeypatch.setitem(sys.modules, "cv2", None)

    with pytest.raises(MissingExtraError, match=r"pip install 'medgen-pytest\[classical\]'"):
        build("baseline", {}, context_of(every_task()))


@pytest.mark.parametrize("top", [4, 60])
def test_a_label_stands_beside_the_box_and_never_breaks_on_its_letters(top: int) -> None:
    pixels = np.full((96, 96, 3), 40, np.uint8)
    pixels[top : top + 12, 30:42] = 230

    plain = solve(Task.ANATOMICAL_ANNOTATION, [pixels], "Mark the region with a red box.")
    labelled = solve(Task.ANATOMICAL_ANNOTATION, [pixels], "Mark the region with a red box, label 'région'.")
    added = np.flatnonzero((plain != labelled).any(axis=(1, 2)))

    assert len(added) > 3
    assert added.max() < top if top == 60 else added.min() > top


def test_a_box_that_the_instruction_names_is_the_one_drawn() -> None:
    pixels = np.full((50, 60, 3), 40, np.uint8)

    answer = solve(Task.ANATOMICAL_ANNOTATION, [pixels], "Draw a blue box at columns 10 to 20 and rows 5 to 15.")
    rows, columns = np.nonzero((answer == (0, 0, 255)).all(axis=2))

    assert (columns.min(), rows.min(), columns.max(), rows.max()) == (10, 5, 20, 15)


def test_contrast_is_adapted_locally_when_asked_for() -> None:
    pixels = anatomy(coloured=True)

    answer = solve(Task.CONTRAST_ENHANCEMENT, [pixels], "Use CLAHE.")

    assert answer.std() > pixels.std()


def test_slices_of_different_sizes_are_projected_at_the_size_of_the_first() -> None:
    slices = [np.full((10, 8, 3), 10, np.uint8), np.full((20, 16, 3), 50, np.uint8)]

    answer = solve(Task.PROJECTION_3D_TO_2D, slices, "average intensity projection")

    np.testing.assert_array_equal(answer, np.full((10, 8, 3), 30, np.uint8))


def test_the_brightest_region_is_removed_when_no_place_is_named() -> None:
    pixels = np.full((96, 96, 3), 40, np.uint8)
    pixels[40:50, 40:50] = 230

    answer = solve(Task.ORGANIC_REMOVAL, [pixels], "Remove the bright structure.")

    assert answer.max() < 120


def test_nothing_hidden_means_nothing_to_reconstruct() -> None:
    pixels = anatomy()

    np.testing.assert_array_equal(solve(Task.ORGANIC_RECONSTRUCTION, [pixels], "Reconstruct it."), pixels)


@pytest.mark.parametrize("instruction", ["Remove the metal artifact.", "Remove the motion artifact."])
def test_an_artefact_that_is_unknown_or_unseen_leaves_the_image(instruction: str) -> None:
    flat = np.full((64, 64, 3), 90, np.uint8)

    np.testing.assert_array_equal(solve(Task.ARTIFACT_REMOVAL, [flat], instruction), flat)


def test_noise_among_the_artefacts_is_removed_as_noise() -> None:
    clean = anatomy()
    given_ = clipped(clean + np.random.default_rng(0).normal(0, 18, clean.shape))

    assert gain(clean, given_, solve(Task.ARTIFACT_REMOVAL, [given_], "Remove the noise artifact.")) > 6


def test_a_smear_that_came_to_rest_is_undone() -> None:
    clean = anatomy()
    smeared = np.mean([np.roll(clean.astype(float), shift, axis=1) for shift in range(-6, 7)], axis=0)
    given_ = clipped(0.5 * np.roll(clean, 6, axis=1) + 0.5 * smeared)

    answer = artefacts.remove_motion(given_)

    assert gain(clean[:, 24:-24], given_[:, 24:-24], answer[:, 24:-24]) > 4


def test_greyscale_and_unknown_styles_are_what_they_say() -> None:
    pixels = anatomy(coloured=True)

    assert np.ptp(solve(Task.STYLE_TRANSFER, [pixels], "Make it greyscale."), axis=2).max() == 0
    np.testing.assert_array_equal(solve(Task.STYLE_TRANSFER, [pixels], "Make it lovely."), pixels)


def test_an_image_is_never_enlarged_beyond_what_is_read() -> None:
    pixels = np.zeros((9, 7000, 3), np.uint8)

    np.testing.assert_array_equal(solve(Task.RESOLUTION_EDITING, [pixels], "upscale 99x"), pixels)
