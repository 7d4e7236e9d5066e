"""Every way in which a record can be wrong gives one line: FILE:LINE, and what is wrong."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from medgen_pytest.datasets.opening import read_dataset
from medgen_pytest.datasets.reading import Terms
from tests.datasets.conftest import RECORDS, append_line, prepared_line, tree_line

if TYPE_CHECKING:
    from pathlib import Path

    from tests.datasets.conftest import Builder

MULTIPLE_CHOICE, REPORT, EDIT, _, GENERATION = RECORDS
FILE = "ImageEditing/noise-reconstruction/data.jsonl"
ALLOW = "allow it with --medgen-allow-outside-paths or `dataset.allow_outside_paths: true`"


def problems_of(root: Path) -> list[str]:
    return [str(problem) for problem in read_dataset(root, terms=Terms()).problems]


def with_line(build: Builder, record: Any, changes: dict[str, Any]) -> Path:
    """A tree whose only record is `record` with some fields changed; `...` removes a field."""
    root = build.tree([record], manifest=False)
    line = {key: value for key, value in (tree_line(record) | changes).items() if value is not ...}
    (root / record.folder / "data.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    return root


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"instruction": ...}, "field 'instruction' is missing"),
        ({"instruction": None}, "field 'instruction' is missing"),
        ({"instruction": " \n"}, "field 'instruction' is empty"),
        ({"instruction": ["x"]}, "field 'instruction' must be a text, not a list"),
        ({"modality": ...}, "field 'modality' is missing"),
        ({"modality": "MRY"}, "field 'modality': unknown modality 'MRY'; did you mean 'MRI'?"),
        (
            {"modality": "petscan"},
            (
                "field 'modality': unknown modality 'petscan'; "
                "known: CT, Clinical Photography, MRI, Pathology, Ultrasound, X-Ray"
            ),
        ),
        ({"modality": 3}, "field 'modality' must be a text, not a number"),
        ({"modality": "M" * 5000}, f"field 'modality' '{'M' * 79}... is too long to be a name"),
        (
            {"paper_task": "noise-reconstructon"},
            "field 'paper_task': unknown task 'noise-reconstructon'; did you mean 'noise-reconstruction'?",
        ),
        (
            {"paper_task": "style-transfer"},
            "task 'style-transfer' contradicts the folder 'ImageEditing/noise-reconstruction'",
        ),
        ({"paper_task": "generation"}, "paper_task 'generation' contradicts the folder {folder!r}"),
        ({"paper_format": "VQA"}, "paper_format 'VQA' contradicts the folder {folder!r}"),
        ({"category": "MMGeneration"}, "category 'MMGeneration' contradicts the folder {folder!r}"),
        (
            {"paper_format": "Video"},
            "field 'paper_format': unknown format 'Video'; known: image_editing, multimodal_generation, vqa",
        ),
        ({"category": True}, "field 'category' must be a text, not a truth value"),
        ({"paper_subtask": 1.5}, "field 'paper_subtask' must be a text, not a number"),
        ({"ground_truth_image": ...}, "the reference image is missing (field 'ground_truth_image')"),
        ({"ground_truth_image": []}, "the reference image is missing (field 'ground_truth_image')"),
        (
            {"ground_truth_image": ["images/0_out.png", "images/0_in.png"]},
            "field 'ground_truth_image' names 2 reference images; a sample has one",
        ),
        ({"input_image": ...}, "the record has no input image (field 'input_image')"),
        ({"input_image": []}, "the record has no input image (field 'input_image')"),
        ({"input_image": ""}, "the record has no input image (field 'input_image')"),
        ({"input_image": 7}, "field 'input_image' must be a path or a list of paths, and holds a number"),
        ({"input_image": [""]}, "field 'input_image' must be a path or a list of paths, and holds ''"),
        (
            {"input_image": [{"path": "images/0_in.png"}]},
            "field 'input_image' must be a path or a list of paths, and holds an object",
        ),
        ({"input_image": ["images/none.png"]}, "image file 'images/none.png' does not exist"),
        ({"input_image": ["images/0_in.png/x.png"]}, "image file 'images/0_in.png/x.png' does not exist"),
        ({"input_image": ["images"]}, "image path 'images' is not a file"),
        ({"input_image": ["images/"]}, "image path 'images/' names a folder, not a file"),
        ({"input_image": ["images/.."]}, "image path 'images/..' names a folder, not a file"),
        (
            {"input_image": ["images\\0_in.png"]},
            "image path 'images\\\\0_in.png' holds a backslash; paths of a dataset are written with '/'",
        ),
        ({"input_image": ["images/0_in.png\0.txt"]}, "image path 'images/0_in.png\\x00.txt' holds a NUL character"),
        ({"input_image": ["/etc/passwd"]}, f"image path '/etc/passwd' is absolute; {ALLOW}"),
        ({"input_image": ["C:/images/0.png"]}, f"image path 'C:/images/0.png' is absolute; {ALLOW}"),
        ({"input_image": ["../../../x.png"]}, f"image path '../../../x.png' leaves the dataset; {ALLOW}"),
        (
            {"input_image": ["../../../tree/x.png"]},
            f"image path '../../../tree/x.png' leaves the dataset; {ALLOW}",
        ),
        ({"choice": "A. left"}, "field 'choice' must be a list of texts, not a text"),
        ({"choice": ["A. left", 2]}, "field 'choice' must be a list of texts, none of them empty"),
    ],
)
def test_a_bad_editing_record_is_one_line(build: Builder, changes: dict[str, Any], message: str) -> None:
    root = with_line(build, EDIT, changes)

    found = problems_of(root)

    assert found == [f"{FILE}:1: {message.replace('{folder!r}', repr(EDIT.folder))}"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"answer": ...}, "field 'answer' is missing"),
        ({"answer": ""}, "field 'answer' is empty"),
        ({"answer": {}}, "field 'answer' is empty"),
        ({"answer": {"FINDINGS": " "}}, "field 'answer' is empty"),
        ({"answer": ["yes"]}, "field 'answer' must be a text or an object of report sections, not a list"),
        (
            {"answer": {"FINDINGS": "None.", "IMPRESSION": 3}},
            "section 'IMPRESSION' of field 'answer' must be a text, not a number",
        ),
        (
            {"ground_truth_image": ["images/0_0.png"]},
            "field 'ground_truth_image' names a reference image, which a sample of format vqa has not",
        ),
    ],
)
def test_a_bad_question_is_one_line(build: Builder, changes: dict[str, Any], message: str) -> None:
    root = with_line(build, REPORT, changes)

    found = problems_of(root)

    assert found == [f"VQA/report-generation/data.jsonl:1: {message}"]


def test_a_generation_record_needs_an_answer(build: Builder) -> None:
    root = with_line(build, GENERATION, {"answer": None})

    found = problems_of(root)

    assert found == ["MultimodalGeneration/organic-removal/data.jsonl:1: field 'answer' is missing"]


def test_all_that_is_wrong_with_a_record_is_told(build: Builder) -> None:
    root = with_line(build, EDIT, {"instruction": "", "modality": ..., "input_image": ["a.png", "b.png"]})

    found = problems_of(root)

    assert found == [
        f"{FILE}:1: image file 'a.png' does not exist",
        f"{FILE}:1: image file 'b.png' does not exist",
        f"{FILE}:1: field 'modality' is missing",
        f"{FILE}:1: field 'instruction' is empty",
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "not JSON: Expecting property name enclosed in double quotes at column 2"),
        (b'{"instruction": "x"', "not JSON: Expecting ',' delimiter at column 20"),
        (b"[1, 2]", "not a JSON object but a list"),
        (b"null", "not a JSON object but NoneType"),
        (b'"text"', "not a JSON object but a text"),
        (b'{"a": NaN}', "not usable JSON: NaN is no JSON number"),
        (b'{"a": "\xff"}', "not UTF-8: byte 0xff at position 7"),
        (b'{"a": "\\ud800"}', "not usable JSON: a text holds half a surrogate pair"),
        (b'{"a":' * 100_000, "not usable JSON: nested too deeply"),
    ],
)
def test_a_line_that_is_no_object_is_named(build: Builder, line: bytes, message: str) -> None:
    root = build.tree([EDIT], manifest=False)
    (root / FILE).write_bytes(line + b"\n")

    found = problems_of(root)

    assert found == [f"{FILE}:1: {message}"]


def test_a_number_with_too_many_digits_is_told_as_python_does(build: Builder) -> None:
    root = build.tree([EDIT], manifest=False)
    (root / FILE).write_bytes(b'{"a": ' + b"9" * 5000 + b"}\n")

    found = problems_of(root)

    assert len(found) == 1
    assert found[0].startswith(f"{FILE}:1: not usable JSON: Exceeds the limit")


def test_a_gigantic_line_is_skipped_and_the_next_one_read(build: Builder) -> None:
    root = build.tree([EDIT], manifest=False)
    good = (root / FILE).read_bytes()
    (root / FILE).write_bytes(b'{"a": "' + b"x" * (17 * 1024 * 1024) + b'"}\n' + good)

    dataset = read_dataset(root, terms=Terms())

    assert [str(problem) for problem in dataset.problems] == [f"{FILE}:1: the line has more than 16 MiB"]
    assert dataset.ids == ("edit:noise-reconstruction:000002",)


def test_blank_lines_are_no_records_but_take_a_number_as_the_authors_count(build: Builder) -> None:
    root = build.tree([EDIT], manifest=False)
    good = (root / FILE).read_bytes()
    (root / FILE).write_bytes(b"\n  \r\n" + good + b"\n")

    dataset = read_dataset(root, terms=Terms())

    assert dataset.problems == ()
    assert dataset.ids == ("edit:noise-reconstruction:000003",)
    assert dataset.get("edit:noise-reconstruction:000003").where == f"{FILE}:3"


def test_windows_line_ends_and_a_byte_order_mark_are_read(build: Builder) -> None:
    root = build.tree([EDIT], manifest=False)
    good = (root / FILE).read_bytes()
    (root / FILE).write_bytes(b"\xef\xbb\xbf" + good.replace(b"\n", b"\r\n"))

    assert problems_of(root) == []


def test_a_last_line_without_an_end_is_read(build: Builder) -> None:
    root = build.tree([EDIT], manifest=False)
    (root / FILE).write_bytes((root / FILE).read_bytes().rstrip(b"\n"))

    assert read_dataset(root, terms=Terms()).ids == ("edit:noise-reconstruction:000001",)


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        ("ImageEdting/noise-reconstruction", "unknown format 'ImageEdting'; did you mean 'image_editing'?"),
        ("ImageEditing/noise-reduction", "unknown task 'noise-reduction'; did you mean 'noise-reconstruction'?"),
    ],
)
def test_a_folder_nobody_knows_is_named(build: Builder, folder: str, message: str) -> None:
    root = build.tree([MULTIPLE_CHOICE], manifest=False)
    append_line(root / folder / "data.jsonl", tree_line(EDIT))

    found = problems_of(root)

    assert found == [f"{folder}/data.jsonl: {message}"]


def test_two_folders_of_one_task_give_duplicate_ids(build: Builder) -> None:
    root = build.tree([GENERATION], manifest=False)
    (root / "MultimodalGeneration/organic-removal").rename(root / "MultimodalGeneration/organ-removal")
    build.tree([GENERATION], manifest=False)

    found = problems_of(root)

    assert found == [
        (
            "MultimodalGeneration/organic-removal/data.jsonl:1: duplicate sample id 'gen:organic-removal:000001': "
            "it is already that of MultimodalGeneration/organ-removal/data.jsonl:1"
        )
    ]


def test_a_record_of_the_wrong_file_of_a_prepared_view_is_named(build: Builder) -> None:
    root = build.prepared([MULTIPLE_CHOICE])
    line = prepared_line(MULTIPLE_CHOICE)
    del line["paper_format"]
    append_line(root / "edit.jsonl", line)

    found = problems_of(root)

    assert found == ["edit.jsonl:1: task 'multiple-choice' contradicts the file edit.jsonl"]


def test_a_prepared_record_without_a_task_is_named(build: Builder) -> None:
    root = build.prepared([MULTIPLE_CHOICE])
    line = prepared_line(MULTIPLE_CHOICE)
    del line["paper_task"]
    append_line(root / "vqa.jsonl", line)

    found = problems_of(root)

    assert found == ["vqa.jsonl:2: the task is missing (field 'paper_task')"]


@pytest.mark.parametrize(
    ("sample_id", "message"),
    [
        ("17", "field 'sample_id': sample id '17' is not FORMAT:TASK:NUMBER with a number from 1"),
        (
            "tableiv:VQA:blank-filling:000001",
            "sample_id 'tableiv:VQA:blank-filling:000001' contradicts task 'multiple-choice'",
        ),
        (
            "tableiv:VQA:multiple-choise:000001",
            (
                "field 'sample_id': sample id 'tableiv:VQA:multiple-choise:000001': "
                "unknown task 'multiple-choise'; did you mean 'multiple-choice'?"
            ),
        ),
        ("x" * 300, f"field 'sample_id' '{'x' * 79}... is too long to be a name"),
        (7, "field 'sample_id' must be a text, not a number"),
    ],
)
def test_a_bad_id_of_a_prepared_record_is_named(build: Builder, sample_id: object, message: str) -> None:
    root = build.prepared([MULTIPLE_CHOICE])
    line = json.dumps(prepared_line(MULTIPLE_CHOICE) | {"sample_id": sample_id})
    (root / "vqa.jsonl").write_text(line, encoding="utf-8")

    found = problems_of(root)

    assert found == [f"vqa.jsonl:1: {message}"]


def test_a_repeated_id_of_a_prepared_view_names_the_first(build: Builder) -> None:
    root = build.prepared([MULTIPLE_CHOICE])
    line = prepared_line(MULTIPLE_CHOICE) | {"sample_id": "medgen:VQA:multi-choice:000001"}
    append_line(root / "vqa.jsonl", line)

    found = problems_of(root)

    assert found == ["vqa.jsonl:2: duplicate sample id 'vqa:multiple-choice:000001': it is already that of vqa.jsonl:1"]


def test_a_bad_line_of_a_prepared_view_is_named(build: Builder) -> None:
    root = build.prepared([MULTIPLE_CHOICE])
    with (root / "vqa.jsonl").open("a", encoding="utf-8") as handle:
        handle.write("no record\n")

    found = problems_of(root)

    assert found == ["vqa.jsonl:2: not JSON: Expecting value at column 1"]


@pytest.mark.parametrize(("layout", "name"), [("tree", f"{EDIT.folder}/data.jsonl"), ("prepared", "edit.jsonl")])
def test_a_file_that_may_not_be_read_is_named(build: Builder, layout: str, name: str) -> None:
    root = build.layout(layout)
    (root / name).chmod(0)
    if os.access(root / name, os.R_OK):
        pytest.skip("permissions do not bind this user")

    found = problems_of(root)

    assert f"{name}: cannot be read: Permission denied" in found
