"""What the records of the demo dataset hold, and that their texts are true of their images."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from medgen_pytest.datasets import validate_dataset
from medgen_pytest.datasets.demo.chance import Chance
from medgen_pytest.datasets.demo.phantoms import ct, ultrasound, xray
from medgen_pytest.datasets.demo.record import SOURCE, DemoRecord
from medgen_pytest.domain.sample import choices_in
from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.images import decode, from_pil, resize, to_pil

Row = dict[str, object]
Rows = list[tuple[Path, Row]]

BOX = re.compile(r"columns (\d+) to (\d+) and rows (\d+) to (\d+)")
FIELDS = {
    "instruction",
    "input_image",
    "ground_truth_image",
    "modality",
    "category",
    "paper_format",
    "paper_task",
    "paper_subtask",
    "observed_subtask",
    "_organization",
}


def test_every_task_has_at_least_two_records(records: list[DemoRecord]) -> None:
    counts = Counter(record.task for record in records)

    assert len(records) == 48
    assert set(counts) == set(Task)
    assert min(counts.values()) >= 2


def test_every_modality_occurs_in_several_tasks(records: list[DemoRecord]) -> None:
    tasks = {modality: {record.task for record in records if record.modality is modality} for modality in Modality}

    assert min(len(of_modality) for of_modality in tasks.values()) >= 5


def test_several_questions_show_more_than_one_image(records: list[DemoRecord]) -> None:
    several = [record for record in records if len(record.inputs) > 1]

    assert {record.task.format for record in several} == {Format.VQA}
    assert sorted(len(record.inputs) for record in several) == [2, 2, 2, 3]


def test_names_and_instructions_are_unique(records: list[DemoRecord]) -> None:
    assert len({record.chance.name for record in records}) == len(records)
    assert len({(record.instruction, record.phantom) for record in records}) == len(records)


def test_names_begin_with_the_task(records: list[DemoRecord]) -> None:
    assert [record.chance.name.split("/")[0] for record in records] == [record.task.value for record in records]


def test_the_dataset_is_read_without_problems(demo: Path) -> None:
    report = validate_dataset(demo)

    assert report.problems == ()
    assert report.total == 48


def test_manifests_count_what_is_there(demo: Path, rows: Rows) -> None:
    manifest = json.loads((demo / "manifest.json").read_text("utf-8"))
    counts = Counter(f"{row['paper_format']}/{row['paper_task']}" for _, row in rows)

    assert manifest["validation"]["actual_record_count"] == len(rows)
    assert {key: value["record_count"] for key, value in manifest["tasks"].items()} == counts
    for folder in {folder for folder, _ in rows}:
        summary = json.loads((folder / "task_manifest.json").read_text("utf-8"))
        assert summary["record_count"] == counts[f"{summary['format']}/{summary['task']}"]


def test_the_manifest_lists_every_file_but_itself(demo: Path) -> None:
    listed = json.loads((demo / "manifest.json").read_text("utf-8"))["files"]
    there = {file.relative_to(demo).as_posix() for file in demo.rglob("*") if file.is_file()}

    assert set(listed) == there - {"manifest.json"}


def test_every_row_has_the_fields_of_the_benchmark(rows: Rows) -> None:
    for _, row in rows:
        extra = {"answer"} if row["paper_format"] != "ImageEditing" else set()
        extra |= {"choice"} if row["paper_task"] == "multiple-choice" else set()

        assert set(row) == FIELDS | extra


def test_every_image_can_be_decoded_and_has_the_stated_size(rows: Rows) -> None:
    for folder, row in rows:
        for name in [*_texts(row["input_image"]), *_texts(row["ground_truth_image"])]:
            height, width, _ = decode((folder / name).read_bytes(), name=name).shape

            assert min(height, width) >= 50
            assert max(height, width) <= 3 * 192


def test_pixels_on_disk_are_those_that_were_drawn(rows: Rows, records: list[DemoRecord]) -> None:
    written = {str(_provenance(row)["record"]): (folder, row) for folder, row in rows}
    for record in records:
        folder, row = written[record.chance.name]
        for name, pixels in zip(_texts(row["input_image"]), record.inputs, strict=True):
            np.testing.assert_array_equal(decode((folder / name).read_bytes(), name=name), pixels)


def test_only_questions_lack_a_target_image(records: list[DemoRecord]) -> None:
    for record in records:
        assert (record.target is None) == (record.task.format is Format.VQA)
        assert (record.answer is None) == (record.task.format is Format.IMAGE_EDITING)


def test_no_input_already_is_its_target(records: list[DemoRecord]) -> None:
    for record in records:
        assert record.target is None or not np.array_equal(record.inputs[0], record.target), record.chance.name


def test_provenance_names_record_phantom_and_seed(rows: Rows) -> None:
    for _, row in rows:
        provenance = _provenance(row)

        assert provenance["source"] == SOURCE
        assert provenance["phantom"]
        assert provenance["seed"] == Chance(str(provenance["record"])).seed


def test_the_right_answer_is_one_of_the_choices_that_the_instruction_lists(records: list[DemoRecord]) -> None:
    choosing = [record for record in records if record.task is Task.MULTIPLE_CHOICE]

    for record in choosing:
        assert record.choices == choices_in(record.instruction)
        assert record.answer in record.choices


def test_right_options_are_not_always_at_the_same_letter(records: list[DemoRecord]) -> None:
    letters = Counter(str(record.answer)[0] for record in records if record.task is Task.MULTIPLE_CHOICE)

    assert set(letters) == set("ABCD")


def test_blanks_are_marked_in_instructions(records: list[DemoRecord]) -> None:
    for record in records:
        assert ("____" in record.instruction) == (record.task is Task.BLANK_FILLING)


def test_reports_have_the_three_sections(records: list[DemoRecord]) -> None:
    reports = [record.answer for record in records if record.task is Task.REPORT_GENERATION]

    assert len(reports) == 3
    for report in reports:
        assert isinstance(report, dict)
        assert list(report) == ["EXAMINATION", "FINDINGS", "IMPRESSION"]
        assert all(report.values())


def test_boxes_in_instructions_lie_inside_the_image_and_hold_every_change(records: list[DemoRecord]) -> None:
    boxed = [record for record in records if BOX.search(record.instruction)]
    assert {record.task for record in boxed} == {Task.ORGANIC_REMOVAL, Task.ORGANIC_RECONSTRUCTION}

    for record in boxed:
        left, right, top, bottom = (int(number) for number in _match(BOX, record.instruction).groups())
        height, width, _ = record.inputs[0].shape
        assert 0 <= left < right < width
        assert 0 <= top < bottom < height
        changed = _changed(record)
        changed[top : bottom + 1, left : right + 1] = False
        assert not changed.any()


def test_marks_have_the_named_colour_and_touch_nothing_else(records: list[DemoRecord]) -> None:
    colours = {"red": (255, 0, 0), "green": (0, 255, 0), "yellow": (255, 255, 0)}
    for record in (record for record in records if record.task is Task.ANATOMICAL_ANNOTATION):
        named = [colour for colour in colours if re.search(rf"\b{colour}\b", record.instruction)]
        assert record.target is not None

        marked = record.target[_changed(record)]

        assert len(named) == 1
        assert {tuple(int(level) for level in pixel) for pixel in marked} == {colours[named[0]]}


def test_resolution_records_name_the_size_of_their_target(records: list[DemoRecord]) -> None:
    for record in (record for record in records if record.task is Task.RESOLUTION_EDITING):
        assert record.target is not None
        height, width, _ = record.target.shape

        assert f"{width}x{height} pixels" in record.instruction
        assert record.inputs[0].shape[0] < height


def test_projections_are_the_maximum_of_their_slices(records: list[DemoRecord]) -> None:
    for record in (record for record in records if record.task is Task.PROJECTION_3D_TO_2D):
        slices = np.split(record.inputs[0], 3, axis=1)

        np.testing.assert_array_equal(record.target, np.maximum(np.maximum(slices[0], slices[1]), slices[2]))


def test_radiological_sides_are_those_of_the_patient() -> None:
    chance = Chance("a patient")

    right = ct.draw_abdomen(chance).box("right kidney")
    effusion = xray.draw_chest(chance, effusion="right").box("effusion")

    assert right.right < ct.WIDTH / 2
    assert effusion.right < xray.WIDTH / 2


def test_the_heart_that_reports_call_enlarged_takes_more_than_half_of_the_chest() -> None:
    ratios = {}
    for scale in (1.0, xray.ENLARGED):
        phantom = xray.draw_chest(Chance("report-generation/xray"), heart=scale)
        lungs = phantom.mask("left lung") | phantom.mask("right lung")
        columns = np.flatnonzero(lungs.any(axis=0))
        heart = phantom.box("heart")
        ratios[scale] = (heart.right - heart.left) / (columns.max() - columns.min())

    assert ratios[1.0] < 0.5 < ratios[xray.ENLARGED]


def test_a_cyst_is_dark_and_what_lies_behind_it_bright() -> None:
    chance = Chance("a cyst")
    with_cyst, without = ultrasound.draw_liver(chance, cyst=True), ultrasound.draw_liver(chance)
    box = with_cyst.box("cyst")
    inside = (slice(box.top + 5, box.bottom - 4), slice(box.left + 5, box.right - 4))
    behind = (slice(box.bottom + 4, box.bottom + 14), slice(box.left + 5, box.right - 4))

    assert with_cyst.pixels[inside].mean() < 10 < without.pixels[inside].mean()
    assert with_cyst.pixels[behind].mean() > without.pixels[behind].mean() + 20


def test_copying_the_input_passes_some_records_and_fails_others(records: list[DemoRecord]) -> None:
    drawn = [record for record in records if record.target is not None]

    similar = [record for record in drawn if _ssim(_copied(record), record) >= 0.7]
    near = [record for record in drawn if _psnr(_copied(record), record) >= 28.0]

    assert 8 <= len(similar) <= len(drawn) - 8
    assert 4 <= len(near) <= len(drawn) - 8


@pytest.mark.parametrize("name", ["contrast-enhancement/xray", "contrast-enhancement/ultrasound"])
def test_stretching_the_contrast_makes_flat_images_accurate(records: list[DemoRecord], name: str) -> None:
    record = next(record for record in records if record.chance.name == name)
    flat = record.inputs[0].astype(np.float64)
    low, high = np.percentile(flat, [0.5, 99.8])

    stretched = np.rint(np.clip((flat - low) / (high - low), 0.0, 1.0) * 255).astype(np.uint8)

    assert _ssim(record.inputs[0], record) < 0.7 < _ssim(stretched, record)


def _provenance(row: Row) -> dict[str, object]:
    provenance = row["_organization"]
    assert isinstance(provenance, dict)
    return provenance


def _texts(value: object) -> list[str]:
    assert isinstance(value, list)
    return [str(item) for item in value]


def _match(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    match = pattern.search(text)
    assert match is not None
    return match


def _changed(record: DemoRecord) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray((record.inputs[0] != record.target).any(axis=2))


def _copied(record: DemoRecord) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    assert record.target is not None
    height, width, _ = record.target.shape
    return resize(record.inputs[0], width=width, height=height)


def _ssim(preds: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], record: DemoRecord) -> float:
    assert record.target is not None
    grey = [from_pil(to_pil(pixels).convert("L"))[..., 0] for pixels in (preds, record.target)]
    return float(structural_similarity(grey[0], grey[1], data_range=255))


def _psnr(preds: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], record: DemoRecord) -> float:
    assert record.target is not None
    return float(peak_signal_noise_ratio(record.target, preds, data_range=255))
