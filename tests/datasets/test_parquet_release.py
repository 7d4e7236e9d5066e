"""The parquet release: shards, rows, and images that are read a few at a time."""

from __future__ import annotations

import multiprocessing
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medgen_pytest.datasets import open_dataset, validate_dataset
from medgen_pytest.datasets.opening import read_dataset
from medgen_pytest.datasets.parquet_images import CURSORS, ImageCell, ParquetImages
from medgen_pytest.datasets.reading import Terms
from medgen_pytest.errors import ImageError
from tests.datasets.conftest import RECORDS, Record, png, row, write_parquet

if TYPE_CHECKING:
    from multiprocessing.queues import SimpleQueue
    from pathlib import Path

    from tests.datasets.conftest import Builder

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

FILE = "parquet/image_editing/train-00000-of-00001.parquet"
EDIT = RECORDS[2]
ROWS = 23


def edits(count: int) -> list[Record]:
    """Editing records whose images all differ."""
    return [
        Record(
            form="ImageEditing",
            task="noise-reconstruction",
            instruction=f"Remove the noise, case {number}.",
            modality="CT",
            inputs={f"{number}_in.png": png(number)},
            reference={f"{number}_out.png": png(100 + number)},
        )
        for number in range(count)
    ]


def problems_of(root: Path) -> list[str]:
    return [str(problem) for problem in read_dataset(root, terms=Terms()).problems]


def with_row(tmp_path: Path, changes: dict[str, Any]) -> Path:
    cells = {key: value for key, value in (row(EDIT) | changes).items() if value is not ...}
    write_parquet(tmp_path / FILE, [row(EDIT), cells])
    return tmp_path


def test_ordinals_count_the_rows_of_a_task_over_sorted_shards(tmp_path: Path) -> None:
    folder = tmp_path / "parquet" / "image_editing"
    cases = [row(record) for record in edits(5)]
    other = row(EDIT) | {"task": "style-transfer"}
    write_parquet(folder / "train-00001-of-00002.parquet", cases[3:])
    write_parquet(folder / "train-00000-of-00002.parquet", [cases[0], other, *cases[1:3]])

    dataset = open_dataset(tmp_path)

    instructions = {sample.sample_id: sample.instruction for sample in dataset}
    assert instructions["edit:noise-reconstruction:000004"] == "Remove the noise, case 3."
    assert instructions["edit:style-transfer:000001"] == "Remove the noise."
    assert dataset.resolve("medgen:image_editing:train-00001-of-00002:000000") == "edit:noise-reconstruction:000004"
    assert dataset.get("edit:noise-reconstruction:000002").where == (
        "parquet/image_editing/train-00000-of-00002.parquet:2"
    )


def test_provenance_names_file_row_and_the_authors_name(build: Builder) -> None:
    sample = open_dataset(build.parquet()).get("edit:noise-reconstruction:000002")

    assert sample.provenance == {
        "file": FILE,
        "row": 1,
        "sample_id": "medgen:image_editing:train-00000-of-00001:000001",
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"instruction": None}, "field 'instruction' is missing"),
        ({"task": "style-transfr"}, "field 'task': unknown task 'style-transfr'; did you mean 'style-transfer'?"),
        ({"task": "multiple-choice"}, "task 'multiple-choice' contradicts the config 'image_editing'"),
        ({"task": None}, "the task is missing (field 'task')"),
        ({"modality": "CTT"}, "field 'modality': unknown modality 'CTT'; did you mean 'CT'?"),
        ({"input_images": []}, "the record has no input image (column 'input_images')"),
        ({"input_images": None}, "the record has no input image (column 'input_images')"),
        ({"output_images": []}, "the reference image is missing (field 'output_images')"),
        (
            {"output_images": [{"bytes": b"a", "path": "a"}] * 2},
            "field 'output_images' names 2 reference images; a sample has one",
        ),
    ],
)
def test_a_bad_row_is_one_line(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    root = with_row(tmp_path, changes)

    found = problems_of(root)

    assert found == [f"{FILE}:1: {message}"]


def test_text_that_is_no_utf8_is_a_problem_of_its_row(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([row(record) | {"subtask": "s"} for record in edits(3)])
    texts = pa.array([b"fine", b"\xff\xfe", b"fine too"], pa.binary())
    broken = pa.StringArray.from_buffers(3, *texts.buffers()[1:])
    path = tmp_path / FILE
    path.parent.mkdir(parents=True)
    pq.write_table(table.set_column(table.schema.get_field_index("instruction"), "instruction", broken), path)

    dataset = read_dataset(tmp_path, terms=Terms())

    assert [str(one) for one in dataset.problems] == [f"{FILE}:1: not UTF-8: a text of this row cannot be decoded"]
    assert len(dataset) == 2


@pytest.mark.parametrize("column", ["instruction", "task", "modality", "input_images", "output_images"])
def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path, column: str) -> None:
    cells = row(EDIT)
    del cells[column]
    write_parquet(tmp_path / FILE, [cells])

    found = problems_of(tmp_path)

    assert found == [f"{FILE}: column {column!r} is missing; the columns are {', '.join(sorted(cells))}"]


def test_questions_need_an_answer_column(tmp_path: Path) -> None:
    cells = row(RECORDS[0])
    del cells["answer"]
    write_parquet(tmp_path / "vqa" / "a.parquet", [cells])

    (found,) = problems_of(tmp_path)

    assert found.startswith("vqa/a.parquet: column 'answer' is missing; ")


def test_image_columns_must_hold_lists_of_bytes_and_path(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.parent.mkdir(parents=True)
    cells = row(EDIT) | {"input_images": ["0.png"]}
    pq.write_table(pa.Table.from_pylist([cells]), path)

    assert problems_of(tmp_path) == [f"{FILE}: column 'input_images' must hold lists of {{bytes, path}}"]


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not parquet at all", b"PAR1" + bytes(40) + b"PAR1"])
def test_a_file_that_is_no_parquet_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / FILE
    path.parent.mkdir(parents=True)
    path.write_bytes(content)

    (found,) = problems_of(tmp_path)

    assert found.startswith(f"{FILE}: not a readable parquet file: ")


def test_a_config_nobody_knows_is_named(build: Builder) -> None:
    root = build.parquet()
    write_parquet(root / "parquet" / "video" / "a.parquet", [row(EDIT)])

    found = problems_of(root)

    assert found == [
        "parquet/video/a.parquet: unknown format 'video'; known: image_editing, multimodal_generation, vqa"
    ]


@pytest.mark.parametrize("row_group_size", [1, 3, ROWS])
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.tuples(st.integers(0, ROWS - 1), st.booleans()), min_size=1, max_size=60))
def test_images_come_right_in_any_order(
    tmp_path_factory: pytest.TempPathFactory, row_group_size: int, order: list[tuple[int, bool]]
) -> None:
    path = tmp_path_factory.getbasetemp() / f"order-{row_group_size}.parquet"
    if not path.exists():
        write_parquet(path, [row(record) for record in edits(ROWS)], row_group_size=row_group_size)
    images = ParquetImages()

    for number, is_input in order:
        column = "input_images" if is_input else "output_images"
        cell = ImageCell(shard=path, row=number, column=column, index=0, name="x")
        assert images.read(cell) == png(number if is_input else 100 + number)


def test_few_places_are_held_open_however_images_are_read(build: Builder) -> None:
    root = build.parquet(edits(ROWS), row_group_size=ROWS)
    images = ParquetImages()
    cells = [
        ImageCell(shard=root / FILE, row=number, column=column, index=0, name="x")
        for number in (*range(ROWS), *reversed(range(ROWS)))
        for column in ("input_images", "output_images")
    ]

    for cell in cells:
        images.read(cell)

    assert len(images._open[os.getpid()].cursors) <= CURSORS


def test_reading_ahead_and_behind_by_turns_reads_each_column_once(build: Builder) -> None:
    root = build.parquet(edits(ROWS), row_group_size=ROWS)
    images = ParquetImages()

    for number in range(ROWS - 8):
        images.read(ImageCell(shard=root / FILE, row=number + 8, column="input_images", index=0, name="x"))
        images.read(ImageCell(shard=root / FILE, row=number, column="output_images", index=0, name="x"))

    assert len(images._open[os.getpid()].cursors) == 2


def test_threads_read_the_right_images(build: Builder) -> None:
    dataset = open_dataset(build.parquet(edits(ROWS), row_group_size=7))
    samples = list(dataset) * 4

    with ThreadPoolExecutor(max_workers=6) as pool:
        contents = list(pool.map(lambda sample: sample.inputs[0].read(), samples))

    assert contents == [png(number) for number in range(ROWS)] * 4


def _read_in_child(images: ParquetImages, cell: ImageCell, answers: SimpleQueue[bytes]) -> None:
    answers.put(images.read(cell))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_reads_on_its_own_even_while_a_thread_of_its_parent_reads(build: Builder) -> None:
    root = build.parquet(edits(ROWS), row_group_size=ROWS)
    images = ParquetImages()
    cell = ImageCell(shard=root / FILE, row=2, column="input_images", index=0, name="x")
    images.read(cell)
    context = multiprocessing.get_context("fork")
    answers: SimpleQueue[bytes] = context.SimpleQueue()
    child = context.Process(target=_read_in_child, args=(images, cell, answers))

    with images._open[os.getpid()].lock:
        child.start()
        child.join(timeout=30)

    assert child.exitcode == 0
    assert answers.get() == png(2)


def test_a_shard_that_vanished_is_an_image_error(build: Builder) -> None:
    root = build.parquet(edits(2))
    sample = next(iter(open_dataset(root)))
    (root / FILE).unlink()

    with pytest.raises(ImageError, match=r"^parquet/.*:0 input_images\[0\] \('0_in.png'\): the image file "):
        sample.inputs[0].read()


def test_an_image_without_bytes_is_an_image_error(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    write_parquet(path, [row(EDIT) | {"input_images": [{"bytes": None, "path": "a.png"}]}])
    images = ParquetImages()

    with pytest.raises(ImageError, match=r"^x: the image has no bytes in the parquet file, only a path$"):
        images.read(ImageCell(shard=path, row=0, column="input_images", index=0, name="x"))


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        (
            {"input_images": [{"bytes": png(1), "path": "a"}, {"bytes": None, "path": "b.png"}]},
            "input_images[1] ('b.png')",
        ),
        ({"output_images": [{"bytes": None, "path": None}]}, "output_images[0]"),
        ({"output_images": [None]}, "output_images[0]"),
    ],
)
def test_images_without_bytes_are_found_by_validation(tmp_path: Path, changes: dict[str, Any], name: str) -> None:
    root = with_row(tmp_path, changes)

    report = validate_dataset(root)

    assert [str(problem) for problem in report.problems] == [
        f"{FILE}:1: image {name}: the image has no bytes in the parquet file, only a path"
    ]


def test_a_row_that_vanished_is_an_image_error(build: Builder) -> None:
    root = build.parquet(edits(3))
    last = list(open_dataset(root))[-1]
    write_parquet(root / FILE, [row(EDIT)])

    with pytest.raises(ImageError, match=r"the image file cannot be read: row 2 is no longer in the file$"):
        last.inputs[0].read()
