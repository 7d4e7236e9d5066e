"""Opening: one dataset, three layouts, the same samples."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.datasets import BenchmarkDataset, open_dataset, validate_dataset
from medgen_pytest.domain.contracts import Dataset
from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.errors import DatasetError, MissingExtraError
from tests.datasets.conftest import IDS, RECORDS, png, write_parquet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.datasets.conftest import Builder

ROOT = Path(__file__).resolve().parents[2]
LAYOUTS = ("parquet", "tree", "prepared")
EXPECTED = (
    "a dataset is a folder with parquet/<config>/*.parquet (the parquet release), "
    "<Format>/<task>/data.jsonl and manifest.json (the organised tree), "
    "or vqa.jsonl, edit.jsonl, gen.jsonl (the prepared view)"
)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_found_by_looking(build: Builder, layout: str) -> None:
    dataset = open_dataset(build.layout(layout))

    assert dataset.layout == layout
    assert isinstance(dataset, Dataset)
    assert repr(dataset) == f"<BenchmarkDataset {layout} {str(dataset.path)!r}: 5 samples>"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_samples_come_in_the_order_of_their_ids(build: Builder, layout: str) -> None:
    dataset = open_dataset(build.layout(layout))

    assert dataset.ids == IDS
    assert tuple(sample.sample_id for sample in dataset) == IDS
    assert len(dataset) == 5
    assert dataset.problems == ()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_field_of_a_sample_is_read(build: Builder, layout: str) -> None:
    sample = open_dataset(build.layout(layout)).get("edit:noise-reconstruction:000002")

    assert sample.task is Task.NOISE_RECONSTRUCTION
    assert sample.format is Format.IMAGE_EDITING
    assert sample.modality is Modality.ULTRASOUND
    assert sample.instruction == "Remove the speckle."
    assert sample.subtask == "Speckle noise"
    assert sample.target.text is None
    assert [image.read() for image in sample.inputs] == [png(40)]
    assert sample.target.image is not None
    assert sample.target.image.read() == png(41)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_report_of_sections_becomes_lines_of_text(build: Builder, layout: str) -> None:
    sample = open_dataset(build.layout(layout)).get("vqa:report-generation:000001")

    assert sample.target.text == "FINDINGS: None.\nIMPRESSION: Normal study."


@pytest.mark.parametrize("layout", LAYOUTS)
def test_several_input_images_are_kept_apart(build: Builder, layout: str) -> None:
    sample = open_dataset(build.layout(layout)).get("vqa:report-generation:000001")

    assert [image.read() for image in sample.inputs] == [png(20), png(21)]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_options_are_taken_from_the_instruction_when_they_are_not_listed(build: Builder, layout: str) -> None:
    sample = open_dataset(build.layout(layout)).get("vqa:multiple-choice:000001")

    assert sample.choices == ("A. left", "B. right")


def test_the_fingerprint_is_the_same_in_every_layout(build: Builder) -> None:
    fingerprints = {open_dataset(build.layout(layout)).fingerprint for layout in LAYOUTS}

    assert len(fingerprints) == 1


def test_the_fingerprint_changes_with_any_record(build: Builder, tmp_path: Path) -> None:
    whole = open_dataset(build.tree())
    part = open_dataset(type(build)(tmp_path / "other").tree(RECORDS[1:]))

    assert whole.fingerprint != part.fingerprint


def test_an_unknown_id_is_a_key_error(build: Builder) -> None:
    dataset = open_dataset(build.tree())

    with pytest.raises(KeyError):
        dataset.get("vqa:multiple-choice:000099")


@pytest.mark.parametrize("folder", ["", "parquet"])
def test_the_parquet_folder_itself_is_a_dataset_too(build: Builder, folder: str) -> None:
    dataset = open_dataset(build.parquet() / folder)

    assert dataset.layout == "parquet"
    assert dataset.ids == IDS


def test_a_tree_needs_no_manifest(build: Builder) -> None:
    assert open_dataset(build.tree(manifest=False)).ids == IDS


def test_any_file_of_a_prepared_view_is_enough(build: Builder) -> None:
    root = build.prepared()
    (root / "vqa.jsonl").unlink()
    (root / "gen.jsonl").unlink()
    (root / "smoke_vqa.jsonl").write_text("not read", encoding="utf-8")

    assert open_dataset(root).ids == IDS[:2]


def test_a_missing_folder_is_told_with_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        open_dataset(tmp_path / "nowhere")

    assert str(caught.value) == f"{tmp_path / 'nowhere'}: does not exist; {EXPECTED}"


def test_a_file_is_no_dataset(tmp_path: Path) -> None:
    file = tmp_path / "data.jsonl"
    file.write_text("{}", encoding="utf-8")

    with pytest.raises(DatasetError) as caught:
        open_dataset(file)

    assert str(caught.value) == f"{file}: is a file; {EXPECTED}"


def test_an_unknown_layout_is_told_with_what_is_expected(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "x.parquet").write_bytes(b"")

    with pytest.raises(DatasetError) as caught:
        open_dataset(tmp_path)

    assert str(caught.value) == f"{tmp_path}: holds no dataset; {EXPECTED}"


def test_a_manifest_alone_is_no_dataset(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{}", encoding="utf-8")

    with pytest.raises(DatasetError) as caught:
        open_dataset(tmp_path)

    assert str(caught.value) == f"{tmp_path}: has a manifest.json but no records; {EXPECTED}"


def test_a_dataset_without_records_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vqa.jsonl").write_text("\n  \n", encoding="utf-8")

    with pytest.raises(DatasetError) as caught:
        open_dataset(tmp_path)

    assert str(caught.value) == f"{tmp_path}: holds a dataset without any record; {EXPECTED}"


def test_one_bad_record_is_named_with_the_command_that_lists_all(build: Builder) -> None:
    root = build.tree(manifest=False)
    (root / "VQA/multiple-choice/data.jsonl").write_text("[]\n", encoding="utf-8")

    with pytest.raises(DatasetError) as caught:
        open_dataset(root)

    assert caught.value.where == "VQA/multiple-choice/data.jsonl:1"
    assert str(caught.value) == (
        f"VQA/multiple-choice/data.jsonl:1: not a JSON object but a list; for the whole list: medgen validate {root}"
    )


def test_several_bad_records_are_counted(build: Builder) -> None:
    root = build.tree(manifest=False)
    (root / "VQA/multiple-choice/data.jsonl").write_text("[]\n1\n\n2\n", encoding="utf-8")

    with pytest.raises(DatasetError, match=r"^VQA.*:1: not a JSON object but a list \(and 2 more problems\); for"):
        open_dataset(root)


def test_a_missing_pyarrow_names_the_extra(build: Builder, monkeypatch: pytest.MonkeyPatch) -> None:
    root = build.parquet()
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)

    with pytest.raises(MissingExtraError) as caught:
        open_dataset(root)

    assert str(caught.value) == (
        "the parquet layout needs the package 'pyarrow', which is not installed: pip install 'medgen-pytest[parquet]'"
    )


class _Opened:
    """Which files Python opens while it watches; an audit hook cannot be taken off again."""

    def __init__(self) -> None:
        self.watching = False
        self.names: list[str] = []
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.watching and event == "open":
            self.names.append(str(arguments[0]))


@pytest.fixture(scope="module")
def opened() -> Iterator[_Opened]:
    watch = _Opened()
    yield watch
    watch.watching = False


@pytest.mark.parametrize("layout", ["tree", "prepared"])
def test_opening_opens_no_image_file(build: Builder, opened: _Opened, layout: str) -> None:
    root = build.layout(layout)
    opened.names.clear()

    opened.watching = True
    dataset = open_dataset(root)
    opened.watching = False

    assert len(dataset) == 5
    assert any(name.endswith(".jsonl") for name in opened.names)
    assert not [name for name in opened.names if name.endswith(".png")]


def test_opening_a_parquet_release_reads_no_image_bytes(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "parquet" / "vqa" / "a.parquet"
    images: dict[str, object] = {"input_images": [{"bytes": bytes(range(256)) * 64, "path": "0.png"}]}
    texts = {"instruction": "Which?", "task": "question-answering", "modality": "CT", "answer": "This."}
    write_parquet(path, [images | texts])
    chunk = pq.ParquetFile(path).metadata.row_group(0).column(0)
    assert chunk.path_in_schema.endswith(".bytes")
    begin = chunk.dictionary_page_offset or chunk.data_page_offset
    content = bytearray(path.read_bytes())
    content[begin : begin + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
    path.write_bytes(content)

    dataset = open_dataset(tmp_path)
    report = validate_dataset(tmp_path)

    assert len(dataset) == 1
    assert len(report.problems) == 1
    assert str(report.problems[0]).startswith("parquet/vqa/a.parquet:0: image input_images[0] ('0.png'): ")


def test_a_dataset_is_the_public_class(build: Builder) -> None:
    dataset = open_dataset(build.tree())

    assert isinstance(dataset, BenchmarkDataset)
    assert dataset.path == build.root / "tree"
    assert isinstance(dataset.path, Path)


def test_importing_the_package_loads_no_library_of_an_extra() -> None:
    code = "import sys, medgen_pytest.datasets; print(sorted({'pyarrow', 'cv2', 'torch'} & set(sys.modules)))"

    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert found.stdout.strip() == "[]"
