"""Records of older exports, whose words differ, are read as the records they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from medgen_pytest.datasets import open_dataset
from medgen_pytest.domain.taxonomy import Modality, Task
from tests.datasets.conftest import RECORDS, append_line, prepared_line, tree_line, write_images

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.domain.sample import Sample
    from tests.datasets.conftest import Builder

MULTIPLE_CHOICE, _, EDIT, SECOND_EDIT, _ = RECORDS


def only_sample(build: Builder, changes: dict[str, Any], *, record: Any = EDIT, folder: str = "") -> Sample:
    root = build.root / "tree"
    folder = folder or record.folder
    write_images(root / folder / "images", record)
    append_line(root / folder / "data.jsonl", tree_line(record) | changes)
    (sample,) = open_dataset(root)
    return sample


@pytest.mark.parametrize(
    ("changes", "folder"),
    [
        ({"paper_task": "image-edit", "sub-category": "Gaussian noise"}, "ImageEditing/noise-reconstruction"),
        ({"paper_task": None}, "ImageEditing/noise-reconstruction"),
        ({"paper_task": "image-edit", "sub-category": "noise_reconstruction"}, "ImageEditing/image-edit"),
        ({"paper_task": "noise_reconstruction"}, "ImageEdit/edit"),
    ],
)
def test_the_task_is_found_wherever_an_export_puts_it(build: Builder, changes: dict[str, Any], folder: str) -> None:
    sample = only_sample(build, changes, folder=folder)

    assert sample.task is Task.NOISE_RECONSTRUCTION
    assert sample.sample_id == "edit:noise-reconstruction:000001"


@pytest.mark.parametrize(
    ("spelling", "modality"),
    [
        ("Radiography", Modality.X_RAY),
        ("X-ray", Modality.X_RAY),
        ("Magnetic_Resonance_Imaging", Modality.MRI),
        ("Clinical Photo", Modality.CLINICAL_PHOTOGRAPHY),
        (" ct ", Modality.CT),
    ],
)
def test_modalities_have_several_spellings(build: Builder, spelling: str, modality: Modality) -> None:
    assert only_sample(build, {"modality": spelling}).modality is modality


@pytest.mark.parametrize(
    ("changes", "subtask"),
    [
        ({"paper_subtask": "a", "observed_subtask": "b", "sub-category": "c"}, "a"),
        ({"paper_subtask": None, "observed_subtask": "b", "sub-category": "c"}, "b"),
        ({"paper_subtask": "", "sub-category": " c "}, "c"),
        ({"paper_subtask": None, "sub-category": "noise-reconstruction"}, None),
        ({"paper_subtask": None, "sub-category": "image-edit"}, None),
        ({"paper_subtask": None}, None),
    ],
)
def test_the_first_label_that_says_something_finer_is_the_subtask(
    build: Builder, changes: dict[str, Any], subtask: str | None
) -> None:
    assert only_sample(build, changes).subtask == subtask


def test_a_single_path_may_stand_without_a_list(build: Builder) -> None:
    changes = {"input_image": "images/0_in.png", "ground_truth_image": "images/0_out.png"}

    sample = only_sample(build, changes)

    assert [image.name for image in sample.inputs] == ["ImageEditing/noise-reconstruction/images/0_in.png"]


def test_an_answer_to_an_editing_task_is_no_target(build: Builder) -> None:
    assert only_sample(build, {"answer": "Noise was removed."}).target.text is None


def test_white_space_around_texts_is_taken_off(build: Builder) -> None:
    sample = only_sample(
        build, {"instruction": "  Which side? A. left B. right\n", "answer": " B "}, record=MULTIPLE_CHOICE
    )

    assert sample.instruction == "Which side? A. left B. right"
    assert sample.target.text == "B"


def test_listed_options_win_over_those_of_the_instruction(build: Builder) -> None:
    sample = only_sample(build, {"choice": ["A. yes ", "B. no"]}, record=MULTIPLE_CHOICE)

    assert sample.choices == ("A. yes", "B. no")


def test_provenance_says_file_line_and_what_the_record_says(build: Builder) -> None:
    sample = only_sample(build, {"eval_adapter": {"source_line": 5}})

    assert sample.where == "ImageEditing/noise-reconstruction/data.jsonl:1"
    assert sample.provenance == {
        "file": "ImageEditing/noise-reconstruction/data.jsonl",
        "line": 1,
        "_organization": {"source": "made for a test"},
        "eval_adapter": {"source_line": 5},
    }


def test_a_path_that_climbs_but_stays_inside_is_fine(build: Builder) -> None:
    sample = only_sample(build, {"input_image": ["../../ImageEditing/noise-reconstruction/images/0_in.png"]})

    assert sample.inputs[0].read() == EDIT.inputs["0_in.png"]


def test_prepared_records_without_ids_are_counted_by_task(build: Builder) -> None:
    tree = open_dataset(build.tree())

    dataset = open_dataset(build.prepared(ids=False))

    assert dataset.ids == tree.ids
    assert dataset.fingerprint == tree.fingerprint


def test_a_view_prepared_from_parquet_has_the_ids_of_the_release(build: Builder) -> None:
    root = build.prepared()
    lines = []
    for row, record in enumerate((EDIT, SECOND_EDIT)):
        line = prepared_line(record) | {
            "sample_id": f"medgen:image_editing:train-00000-of-00001:{row:06d}",
            "sub-category": record.task,
            "dataset_source": {"config": "image_editing", "shard": "train-00000-of-00001.parquet", "row_index": row},
        }
        lines.append(json.dumps(line))
    (root / "edit.jsonl").write_text("\n".join(lines), encoding="utf-8")

    prepared = open_dataset(root)
    release = open_dataset(build.parquet())

    assert prepared.fingerprint == release.fingerprint
    name = "medgen:image_editing:train-00000-of-00001:000001"
    assert prepared.resolve(name) == release.resolve(name) == "edit:noise-reconstruction:000002"


def test_a_multi_image_record_without_originals_falls_back_to_its_sheet(build: Builder) -> None:
    root = build.prepared([RECORDS[1]])
    line = prepared_line(RECORDS[1]) | {"input_images": []}
    (root / "vqa.jsonl").write_text(json.dumps(line), encoding="utf-8")

    (sample,) = open_dataset(root)

    assert [image.name for image in sample.inputs] == ["images/sheet.png"]


@pytest.mark.parametrize(
    ("text", "sample_id"),
    [
        ("edit:noise-reconstruction:000002", "edit:noise-reconstruction:000002"),
        ("tableiv:ImageEditing:noise-reconstruction:000002", "edit:noise-reconstruction:000002"),
        ("medgen:ImageEditing:noise_reconstruction:2", "edit:noise-reconstruction:000002"),
        ("medgen:MultimodalGeneration:organ-removal:000001", "gen:organic-removal:000001"),
        ("tableiv:ImageEditing:noise-reconstruction:000003", None),
        ("medgen:vqa:train-00000-of-00001:000000", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_ids_of_the_authors_are_resolved(build: Builder, text: str, sample_id: str | None) -> None:
    assert open_dataset(build.tree()).resolve(text) == sample_id


def test_lines_of_a_folder_with_a_generic_name_are_resolved(build: Builder) -> None:
    root = build.root / "tree"
    for record, task in ((EDIT, "artifact-removal"), (SECOND_EDIT, "noise-reconstruction")):
        write_images(root / "ImageEditing/image-edit/images", record)
        changes = {"paper_task": "image-edit", "sub-category": task}
        append_line(root / "ImageEditing/image-edit/data.jsonl", tree_line(record) | changes)

    dataset = open_dataset(root)

    assert dataset.resolve("tableiv:ImageEditing:image-edit:000002") == "edit:noise-reconstruction:000001"
    assert dataset.resolve("medgen:ImageEditing:image-edit:000001") == "edit:artifact-removal:000001"


def test_rows_of_a_release_are_resolved_from_0(build: Builder) -> None:
    dataset = open_dataset(build.parquet())

    assert dataset.resolve("medgen:vqa:train-00000-of-00001:000000") == "vqa:multiple-choice:000001"
    assert dataset.resolve("medgen:vqa:train-00000-of-00001:000001") == "vqa:report-generation:000001"
    assert dataset.resolve("medgen:vqa:train-00000-of-00001:000002") is None


def image_names(root: Path) -> list[str]:
    return [image.name for sample in open_dataset(root) for image in sample.inputs]


def test_images_are_named_relative_to_the_dataset(build: Builder) -> None:
    assert "VQA/multiple-choice/images/0.png" in image_names(build.tree())
    assert "images/multiple-choice_0.png" in image_names(build.prepared())
    assert "parquet/vqa/train-00000-of-00001.parquet:0 input_images[0] ('0.png')" in image_names(build.parquet())
