"""The page of a stored run: its images in each mode, and material that is gone, edited or too much."""

from __future__ import annotations

import base64
import re
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from medgen_pytest.datasets import open_dataset
from medgen_pytest.errors import StoreError
from medgen_pytest.evaluation.viewing_order import by_lot, samples_to_show, worst_first
from medgen_pytest.images import decode
from medgen_pytest.reports.page.gallery import Picture
from medgen_pytest.runs.finish import Overrides, rescore_run
from medgen_pytest.runs.page.making import make_gallery
from medgen_pytest.runs.page.origin import Origin
from medgen_pytest.runs.page.pictures import DAMAGED, EDITED, GONE, HIDDEN, Thumbnails
from medgen_pytest.runs.page.samples import CHANGED, NO_ROOM, UNKNOWN
from medgen_pytest.runs.page.thumbnails import LONGEST_SIDE, make_thumbnail
from medgen_pytest.runs.page.writing import write_page
from medgen_pytest.store import RunDirectory
from tests.reports.page.parsed import ParsedPage
from tests.runs.small_run import carry_out, prepare, without_seals
from tests.small_dataset import SAMPLES, pixels, write_small_dataset

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.reports.page.image_mode import ImageMode

IMAGES = 4
"""Samples of the small dataset that want an image."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small dataset and a run of `copy-input` on it, not to be changed."""
    folder = tmp_path_factory.mktemp("finished")
    carry_out(prepare(folder), folder / "run")
    return folder


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """A copy of the run, which names the dataset where it was."""
    shutil.copytree(finished / "run", tmp_path / "run")
    return tmp_path


def write(folder: Path, mode: ImageMode = "thumbs", name: str = "report.html") -> ParsedPage:
    store = RunDirectory(folder / "run")
    run = rescore_run(store, Overrides(thresholds={}), root=folder)
    write_page(run, store, folder / name, mode=mode)
    return ParsedPage((folder / name).read_text(encoding="utf-8"))


def outputs_of(page: ParsedPage) -> list[Any]:
    return [item["image"] for item in page.items("results") if "image" in item]


def an_output(folder: Path) -> Path:
    return sorted((folder / "run" / "outputs").iterdir())[0]


def test_thumbnails_lie_within_the_page_and_are_made_of_pixels_alone(folder: Path) -> None:
    page = write(folder)

    pictures = page.items("pictures")
    # Outputs of copy-input are its inputs, and two questions are about the references of other samples.
    assert len(pictures) == len({picture[0] for picture in pictures}) == SAMPLES + IMAGES - 2
    assert all(re.fullmatch(r"data:image/webp;base64,[A-Za-z0-9+/]+=*", picture[0]) for picture in pictures)
    assert {tuple(picture[1:6]) for picture in pictures} == {(32, 32, 32, 32, False)}
    assert all(isinstance(image, int) for image in outputs_of(page))
    assert not (folder / "report-files").exists()


def test_a_thumbnail_is_bounded_and_shows_the_image() -> None:
    image = np.concatenate([pixels(1, size=600), pixels(2, size=600)], axis=1)

    picture = make_thumbnail(image, digest="d")

    assert (picture.width, picture.height, picture.original) == (LONGEST_SIDE, LONGEST_SIDE // 2, (1200, 600))
    shown = decode(base64.b64decode(picture.source.partition(",")[2]), name="x")
    small = np.asarray(Image.fromarray(image).resize((LONGEST_SIDE, LONGEST_SIDE // 2)))
    assert np.abs(shown.astype(int) - small).mean() < 6
    assert make_thumbnail(image, digest="d") == picture


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (3000, 2)])
def test_images_of_any_shape_have_a_thumbnail(shape: tuple[int, int]) -> None:
    picture = make_thumbnail(np.zeros((*shape, 3), dtype=np.uint8), digest="d")

    assert min(picture.width, picture.height) >= 1
    assert max(picture.width, picture.height) <= LONGEST_SIDE


def test_without_images_there_are_only_hashes(folder: Path) -> None:
    page = write(folder, "none")

    assert page.items("pictures") == []
    assert "data:image" not in page.html
    stored = {path.stem for path in (folder / "run" / "outputs").iterdir()}
    assert {tuple(image) for image in outputs_of(page)} == {(HIDDEN, digest) for digest in stored}
    inputs = [image for item in page.items("samples") for image in item["inputs"]]
    assert all(reason == HIDDEN and re.fullmatch("[0-9a-f]{64}", digest) for reason, digest in inputs)


def test_whole_images_lie_beside_the_page_without_loss(folder: Path) -> None:
    page = write(folder, "full")

    pictures = page.items("pictures")
    assert all(picture[5] for picture in pictures)
    for source, *_, digest in pictures:
        assert source == f"report-files/{digest}.png"
        assert (folder / source).is_file()
    run = RunDirectory(folder / "run")
    for name in (path.name for path in (folder / "run" / "outputs").iterdir()):
        shown = decode((folder / "report-files" / name).read_bytes(), name="x")
        assert (shown == run.load_image(name)).all()


def test_images_beside_an_earlier_page_are_gone_once_it_is_to_show_none(folder: Path) -> None:
    write(folder, "full")
    (folder / "report-files" / "mine.txt").write_text("kept", encoding="utf-8")
    (folder / "report-files" / f"{'0' * 64}.png").write_bytes(b"old")

    write(folder, "full")
    assert not (folder / "report-files" / f"{'0' * 64}.png").exists()
    write(folder, "none")

    assert [path.name for path in (folder / "report-files").iterdir()] == ["mine.txt"]


def test_a_folder_with_a_strange_name_is_linked_so_that_it_is_found(folder: Path) -> None:
    page = write(folder, "full", "a b#1%.html")

    assert page.items("pictures")[0][0].startswith("a%20b%231%25-files/")
    assert (folder / "a b#1%-files").is_dir()


def test_an_output_that_was_edited_is_not_shown(folder: Path) -> None:
    path = an_output(folder)
    Image.fromarray(pixels(99)).save(path)

    page = write(folder)

    assert [EDITED, path.stem] in outputs_of(page)


def test_an_output_that_is_damaged_is_not_shown(folder: Path) -> None:
    path = an_output(folder)
    path.write_bytes(path.read_bytes()[:60])

    assert [DAMAGED, path.stem] in outputs_of(write(folder))


def test_an_output_that_is_gone_is_said_to_be(folder: Path) -> None:
    path = an_output(folder)
    path.unlink()

    assert [GONE, path.stem] in outputs_of(write(folder))


def test_a_name_that_leads_out_of_the_run_is_not_followed(folder: Path) -> None:
    (folder / "secret.png").write_bytes(an_output(folder).read_bytes())
    [results] = (folder / "run").glob("results-*.jsonl")
    text = results.read_text(encoding="utf-8")
    edited = text.replace(an_output(folder).name, "../../secret.png")
    results.write_text(without_seals(edited), encoding="utf-8")

    assert [EDITED, "../../secret"] in outputs_of(write(folder))


def test_without_the_dataset_the_page_shows_outputs_only_and_says_so(folder: Path) -> None:
    manifest = folder / "run" / "run.json"
    text = manifest.read_text(encoding="utf-8")
    edited = re.sub(r'"path": "[^"]*data"', '"path": "/no/such/folder"', text, count=1)
    manifest.write_text(without_seals(edited), encoding="utf-8")

    page = write(folder)

    assert "only outputs are shown, without their samples" in page.text
    assert all(item == {} for item in page.items("samples"))
    assert all(isinstance(image, int) for image in outputs_of(page))


def test_another_dataset_in_its_place_is_not_shown(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished / "data", tmp_path / "data")
    carry_out(prepare(tmp_path), tmp_path / "run")
    records = tmp_path / "data" / "VQA" / "multiple-choice" / "data.jsonl"
    records.write_text(records.read_text(encoding="utf-8").replace("Which side?", "Which hand?"), encoding="utf-8")

    page = write(tmp_path)

    assert "is not the one that the run was made on" in page.text
    assert "Which hand?" not in page.html


def test_an_image_of_the_dataset_that_changed_since_is_not_shown(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished / "data", tmp_path / "data")
    carry_out(prepare(tmp_path), tmp_path / "run")
    Image.fromarray(pixels(77)).save(
        tmp_path / "data" / "ImageEditing" / "noise-reconstruction" / "images" / "0000_input.png"
    )

    samples = write(tmp_path).items("samples")

    changed = [item for item in samples if item.get("problem") == CHANGED]
    assert len(changed) == 1
    assert (changed[0]["inputs"], changed[0]["target"]) == ([[CHANGED, None]], [CHANGED, None])
    assert changed[0]["instruction"] == "Remove the noise of this CT image."


@pytest.mark.parametrize("mode", ["thumbs", "full"])
def test_an_image_of_the_dataset_that_nobody_can_read_is_said_to_be(
    finished: Path, tmp_path: Path, mode: ImageMode
) -> None:
    shutil.copytree(finished / "data", tmp_path / "data")
    (tmp_path / "data" / "VQA" / "multiple-choice" / "images" / "0000_input.png").write_bytes(b"no image")
    carry_out(prepare(tmp_path), tmp_path / "run")

    page = write(tmp_path, mode)

    reasons = [item["inputs"][0][0] for item in page.items("samples") if isinstance(item["inputs"][0], list)]
    assert reasons == ["cannot be read: not an image of a known format (PNG, JPEG, WEBP, GIF, BMP, TIFF, AVIF)"]


@pytest.mark.parametrize(
    ("room", "fewest", "most"), [(0, 0, 0), (1, 0, 0), (6_000, 1, SAMPLES - 1), (10**9, SAMPLES, SAMPLES)]
)
def test_only_so_many_images_are_shown_as_there_is_room_for(
    folder: Path, finished: Path, room: int, fewest: int, most: int
) -> None:
    store = RunDirectory(folder / "run")
    run = rescore_run(store, Overrides(thresholds={}), root=folder)
    worst, drawn = worst_first(run.cases, run.profile), by_lot(run.cases, seed=0)
    order = samples_to_show(worst, drawn)
    dataset = prepare(finished).dataset

    gallery = make_gallery(
        run.cases, order, mode="thumbs", origin=Origin(dataset=dataset), pictures=Thumbnails([store]), room=room
    )

    shown = [name for name in order if isinstance(gallery.samples[name].inputs[0], Picture)]
    assert shown == order[: len(shown)]
    assert fewest <= len(shown) <= most
    assert gallery.left_out == len(order) - len(shown)
    assert sum(len(picture.source) for picture in gallery.pictures) <= room
    for name in order[len(shown) :]:
        [left_out] = gallery.samples[name].inputs
        assert left_out.reason == NO_ROOM  # type: ignore[union-attr]  # no picture, as was seen above
        assert gallery.samples[name].instruction


def test_a_sample_that_the_dataset_has_no_more_is_said_to_be_gone(folder: Path, tmp_path: Path) -> None:
    store = RunDirectory(folder / "run")
    run = rescore_run(store, Overrides(thresholds={}), root=folder)
    write_small_dataset(tmp_path / "less")
    shutil.rmtree(tmp_path / "less" / "VQA")

    gallery = make_gallery(
        run.cases,
        samples_to_show(run.cases, run.cases),
        mode="thumbs",
        origin=Origin(dataset=open_dataset(tmp_path / "less")),
        pictures=Thumbnails([store]),
    )

    gone = {name for name, sample in gallery.samples.items() if sample.problem == UNKNOWN}
    assert gone == {name for name in gallery.samples if name.startswith("vqa:")}


def test_the_same_run_gives_the_same_page(folder: Path) -> None:
    first, second = write(folder, name="a.html"), write(folder, name="b.html")

    assert first.html == second.html


def test_a_page_that_cannot_be_written_says_where(folder: Path) -> None:
    (folder / "file").write_text("", encoding="utf-8")

    with pytest.raises(StoreError, match=r"report .*file.report\.html: cannot be written"):
        write(folder, name="file/report.html")
    with pytest.raises(StoreError, match="cannot be made"):
        write(folder, "full", name="file/report.html")
