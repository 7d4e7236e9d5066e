"""Recorded answers are replayed, and what is wrong with them is known before the run."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medgen_pytest.datasets import open_dataset
from medgen_pytest.domain.taxonomy import Format, Task
from medgen_pytest.errors import ConfigError, ModelError, OutputError
from medgen_pytest.images import encode_png
from medgen_pytest.models import ModelContext
from medgen_pytest.models.recorded_lines import MAX_LINE, parse_record
from medgen_pytest.models.replay import Replay, build
from tests.models.conftest import Record, record_of, write_records
from tests.models.samples import TinyDataset, context_of, every_task, make_sample, of_format, picture

if TYPE_CHECKING:
    from pathlib import Path

QUESTION = make_sample(Task.QUESTION_ANSWERING)
EDIT = make_sample(Task.STYLE_TRANSFER)


def replay_of(path: Path, dataset: TinyDataset | None = None, **more: object) -> Replay:
    return build("old", {"path": str(path), **more}, context_of(dataset or every_task(), root=path.parent))


def write(path: Path, *records: Record) -> Path:
    return write_records(path, list(records))


def test_a_recorded_answer_comes_back(recorded: Path) -> None:
    sample = make_sample(Task.INSTRUCTION_EDITING)

    output = replay_of(recorded).answer(sample.request())

    assert output.text == "answer to gen:instruction-editing:000001"
    assert output.raw == "raw"
    assert output.image is not None
    np.testing.assert_array_equal(output.image, picture(list(Task).index(Task.INSTRUCTION_EDITING)))


def test_a_folder_means_all_its_files_sorted(tmp_path: Path) -> None:
    write(tmp_path / "b.jsonl", record_of(QUESTION))
    write(tmp_path / "a.jsonl", record_of(EDIT))
    (tmp_path / "notes.txt").write_text("not an answer", encoding="utf-8")

    model = build("old", {"path": "."}, context_of(TinyDataset([EDIT, QUESTION]), root=tmp_path))

    assert model.check() == []
    assert model.formats == {Format.VQA, Format.IMAGE_EDITING}


def test_several_files_are_one_model(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", record_of(EDIT))
    write(tmp_path / "b" / "b.jsonl", record_of(QUESTION))

    model = build("old", {"path": ["a.jsonl", "b"]}, context_of(TinyDataset([EDIT, QUESTION]), root=tmp_path))

    assert model.answer(QUESTION.request()).text == "answer to vqa:question-answering:000001"
    assert model.answer(EDIT.request()).image is not None


def test_only_the_formats_of_the_files_are_answered(tmp_path: Path) -> None:
    path = write(tmp_path / "vqa.jsonl", *(record_of(sample) for sample in of_format(Format.VQA)))

    model = replay_of(path)

    assert model.formats == {Format.VQA}
    assert model.check() == []


@pytest.mark.parametrize(
    "foreign",
    ["tableiv:VQA:question-answering:000001", "medgen:VQA:question_answer:1", "vqa:question-answering:000001"],
)
def test_ids_of_the_authors_are_understood(tmp_path: Path, foreign: str) -> None:
    path = write(tmp_path / "a.jsonl", {**record_of(QUESTION), "sample_id": foreign})

    assert replay_of(path, TinyDataset([QUESTION])).check() == []


def test_an_older_record_without_id_is_matched_by_its_content(tmp_path: Path) -> None:
    second = make_sample(Task.QUESTION_ANSWERING, 2)
    old = {**record_of(second), "input_image": r"some\other\folder\0002_0.png", "paper_task": "question_answer"}
    del old["sample_id"]
    path = write(tmp_path / "a.jsonl", old, record_of(QUESTION))

    model = replay_of(path, TinyDataset([QUESTION, second]))

    assert model.check() == []
    assert model.answer(second.request()).text == "answer to vqa:question-answering:000002"


def test_an_older_record_names_its_task_in_the_sub_category(tmp_path: Path) -> None:
    old = {**record_of(EDIT), "paper_task": "image-edit", "sub-category": "style-transfer"}
    del old["sample_id"]

    assert replay_of(write(tmp_path / "a.jsonl", old), TinyDataset([EDIT])).check() == []


def test_several_images_of_an_older_record_are_all_compared(tmp_path: Path) -> None:
    sample = make_sample(Task.QUESTION_ANSWERING, images=2)
    old = {**record_of(sample), "input_image": "sheet.jpg", "input_images": ["x/0001_0.png", "x/0001_1.png"]}
    del old["sample_id"]

    assert replay_of(write(tmp_path / "a.jsonl", old), TinyDataset([sample])).check() == []


def test_an_older_record_that_fits_two_samples_is_a_problem(tmp_path: Path) -> None:
    twin = replace(QUESTION, sample_id="vqa:question-answering:000002")
    old = record_of(QUESTION)
    del old["sample_id"]

    problems = replay_of(write(tmp_path / "a.jsonl", old), TinyDataset([QUESTION, twin]), on_missing="error").check()

    assert problems == ["a.jsonl:1: no 'sample_id', and 2 samples of the dataset have its task, instruction and image"]


def without(record: Record, *names: str) -> Record:
    return {name: value for name, value in record.items() if name not in names}


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        (without(record_of(QUESTION), "response"), "missing field 'response'"),
        (without(record_of(EDIT), "output_image"), "missing field 'output_image'"),
        ({**record_of(QUESTION), "response": 3}, "the field 'response' is a int, not a text"),
        ({**record_of(EDIT), "output_image": ["a.png"]}, "the field 'output_image' is a list, not a text"),
        ({**record_of(QUESTION), "sample_id": "vqa:question-answering:000099"}, "is not in the dataset"),
        ({**record_of(QUESTION), "sample_id": "whatever"}, "sample id 'whatever' is not FORMAT:TASK:NUMBER"),
        ({**record_of(QUESTION), "instruction": "Another?"}, "the answers are another dataset's"),
        ({"response": "yes"}, "missing field 'sample_id', and without it 'paper_task', 'instruction', 'input_image'"),
        (without({**record_of(QUESTION), "paper_task": "dance"}, "sample_id"), "unknown task 'dance'"),
        (without({**record_of(QUESTION), "instruction": "?"}, "sample_id"), "and no samples of the dataset have"),
        ({**record_of(EDIT), "output_image": "gone.png"}, "output_image 'gone.png' does not exist"),
        ({**record_of(EDIT), "output_image": "a\0b.png"}, "holds a NUL character"),
        ({**record_of(EDIT), "output_image": "x" * 5000}, "does not exist"),
        ({**record_of(EDIT), "output_image": "."}, "does not exist"),
    ],
)
def test_a_wrong_record_is_a_problem_at_its_line(tmp_path: Path, record: Record, problem: str) -> None:
    path = write(tmp_path / "a.jsonl", record)

    problems = replay_of(path, TinyDataset([QUESTION, EDIT]), on_missing="error").check()

    assert problems[0].startswith("a.jsonl:1: ")
    assert problem in problems[0]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b"{oops", "not JSON: Expecting property name enclosed in double quotes (column 2)"),
        (b"[1]", "a JSON list, not an object"),
        (b'{"response": "\xff"}', "not UTF-8 (byte 14 of the line)"),
        (b'{"response": "\\ud800"}', r"holds half a surrogate pair (\ud800), which is no text"),
        (b'{"a":' * 200_000, "not JSON"),
        (b'{"response": "' + b"x" * MAX_LINE + b'"}', f"longer than {MAX_LINE} bytes"),
    ],
    ids=["syntax", "list", "encoding", "surrogate", "depth", "length"],
)
def test_a_line_that_is_no_record_is_a_problem_and_the_others_go_on(tmp_path: Path, line: bytes, problem: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"\n" + line + b"\r\n" + json.dumps(record_of(QUESTION)).encode() + b"\n")

    model = replay_of(path, TinyDataset([QUESTION]))

    assert len(model.check()) == 1
    assert model.check()[0].startswith(f"a.jsonl:2: {problem}")
    assert model.answer(QUESTION.request()).text == "answer to vqa:question-answering:000001"


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps(record_of(QUESTION)), encoding="utf-8-sig")

    assert replay_of(path, TinyDataset([QUESTION])).check() == []


def test_two_answers_to_one_sample_are_a_problem_that_names_both(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", record_of(QUESTION))
    write(tmp_path / "b.jsonl", record_of(QUESTION))

    model = build("old", {"path": "."}, context_of(TinyDataset([QUESTION]), root=tmp_path))

    assert model.check() == ["b.jsonl:1: a second answer to 'vqa:question-answering:000001'; the first is at a.jsonl:1"]


def test_missing_answers_are_counted_and_the_first_ones_named(tmp_path: Path) -> None:
    samples = [make_sample(Task.QUESTION_ANSWERING, number) for number in range(1, 7)]
    path = write(tmp_path / "a.jsonl", record_of(samples[0]))

    problems = replay_of(path, TinyDataset([*samples, EDIT])).check()

    assert problems == [
        (
            "5 samples have no usable recorded answer: vqa:question-answering:000002, vqa:question-answering:000003,"
            " vqa:question-answering:000004, ...; 'on_missing: error' runs without them"
        )
    ]


def test_only_samples_that_will_be_asked_can_be_missing(tmp_path: Path) -> None:
    samples = [make_sample(Task.QUESTION_ANSWERING, number) for number in (1, 2)]
    path = write(tmp_path / "a.jsonl", record_of(samples[0]))
    context = ModelContext(dataset=TinyDataset(samples), root=tmp_path, sample_ids=[samples[0].sample_id])

    assert build("old", {"path": str(path)}, context).check() == []


def test_a_missing_answer_may_be_an_error_of_its_sample(tmp_path: Path) -> None:
    samples = [make_sample(Task.QUESTION_ANSWERING, number) for number in (1, 2)]
    path = write(tmp_path / "a.jsonl", record_of(samples[0]))

    model = replay_of(path, TinyDataset(samples), on_missing="error")

    assert model.check() == []
    with pytest.raises(ModelError, match="no recorded answer to 'vqa:question-answering:000002'"):
        model.answer(samples[1].request())


def test_files_without_an_answer_are_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("\n", encoding="utf-8")

    problems = replay_of(tmp_path / "a.jsonl").check()

    assert problems == ["the files of recorded answers hold no answer to any sample of the dataset"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere.jsonl", "the path 'nowhere.jsonl' of recorded answers does not exist"),
        ("empty", "the path 'empty' of recorded answers holds no *.jsonl file"),
        ([], "'path' names no file of recorded answers"),
    ],
)
def test_a_path_without_files_is_refused_when_the_model_is_built(tmp_path: Path, path: object, message: str) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(ConfigError) as caught:
        build("old", {"path": path}, context_of(every_task(), root=tmp_path))

    assert message in str(caught.value)
    assert str(caught.value).startswith("model 'old':")


@pytest.mark.parametrize("outside", ["../secret.png", "images/../../secret.png", "/etc/secret.png", "C:\\secret.png"])
def test_an_image_outside_the_folder_is_refused(tmp_path: Path, outside: str) -> None:
    (tmp_path / "secret.png").write_bytes(encode_png(picture()))
    path = write(tmp_path / "in" / "a.jsonl", {**record_of(EDIT), "output_image": outside})

    problems = replay_of(path, TinyDataset([EDIT], path=tmp_path / "in"), on_missing="error").check()

    assert len(problems) == 1
    assert "leaves the folder of its file and the dataset; set 'allow_outside_paths: true'" in problems[0]


@pytest.mark.skipif(not hasattr(os, "symlink") or os.name == "nt", reason="symbolic links need a right on Windows")
def test_an_image_behind_a_link_to_the_outside_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.png").write_bytes(encode_png(picture()))
    path = write(tmp_path / "in" / "a.jsonl", {**record_of(EDIT), "output_image": "link.png"})
    (tmp_path / "in" / "link.png").symlink_to(tmp_path / "secret.png")

    refused = replay_of(path, TinyDataset([EDIT], path=tmp_path / "in"), on_missing="error")
    allowed = replay_of(path, TinyDataset([EDIT], path=tmp_path / "in"), allow_outside_paths=True)

    assert "leaves the folder" in refused.check()[0]
    assert allowed.check() == []
    assert allowed.answer(EDIT.request()).image is not None


def test_images_outside_are_read_when_that_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "other.png").write_bytes(encode_png(picture(5)))
    path = write(tmp_path / "in" / "a.jsonl", {**record_of(EDIT), "output_image": "../other.png"})

    model = replay_of(path, TinyDataset([EDIT]), allow_outside_paths=True)

    np.testing.assert_array_equal(model.answer(EDIT.request()).image, picture(5))


def test_an_image_is_looked_for_beside_the_file_and_then_in_the_dataset(tmp_path: Path) -> None:
    home = tmp_path / "data"
    (home / "pictures").mkdir(parents=True)
    (home / "pictures" / "x.png").write_bytes(encode_png(picture(6)))
    path = write(tmp_path / "answers" / "a.jsonl", {**record_of(EDIT), "output_image": r"pictures\x.png"})

    model = replay_of(path, TinyDataset([EDIT], path=home))

    assert model.check() == []
    np.testing.assert_array_equal(model.answer(EDIT.request()).image, picture(6))


@pytest.mark.parametrize("nothing", ["", None])
def test_an_answer_without_image_or_text_is_passed_on(tmp_path: Path, nothing: object) -> None:
    path = write(
        tmp_path / "a.jsonl", {**record_of(EDIT), "output_image": nothing}, {**record_of(QUESTION), "response": nothing}
    )

    model = replay_of(path, TinyDataset([EDIT, QUESTION]))

    assert model.check() == []
    assert model.answer(EDIT.request()).image is None
    assert model.answer(QUESTION.request()).text == nothing


def test_an_image_that_cannot_be_decoded_is_the_models_fault(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", record_of(EDIT))
    (tmp_path / "images" / "edit_style-transfer_000001.png").write_bytes(b"<html>sorry</html>")

    with pytest.raises(OutputError, match="not an image of a known format"):
        replay_of(path, TinyDataset([EDIT])).answer(EDIT.request())


def test_files_that_vanish_during_the_run_are_not_the_models_fault(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", record_of(EDIT))
    model = replay_of(path, TinyDataset([EDIT]))

    (tmp_path / "images" / "edit_style-transfer_000001.png").unlink()
    with pytest.raises(ModelError, match="the recorded image cannot be read"):
        model.answer(EDIT.request())
    path.unlink()
    with pytest.raises(ModelError, match=r"a\.jsonl:1: the recorded answer cannot be read"):
        model.answer(EDIT.request())


def test_the_identity_changes_with_the_answers_and_with_the_images(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", record_of(EDIT))
    first = replay_of(path, TinyDataset([EDIT])).identity

    again = replay_of(path, TinyDataset([EDIT])).identity
    (tmp_path / "images" / "edit_style-transfer_000001.png").write_bytes(encode_png(picture(9, width=60)))
    redrawn = replay_of(path, TinyDataset([EDIT])).identity
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    longer = replay_of(path, TinyDataset([EDIT])).identity

    assert first == again
    assert redrawn["digest"] == first["digest"]
    assert redrawn["images"] != first["images"]
    assert longer["digest"] != first["digest"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(data=st.binary(max_size=200))
def test_any_bytes_are_answers_or_problems(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(data)

    problems = replay_of(path).check()

    assert problems
    assert not any("\n" in problem for problem in problems)


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8"))))
def test_a_record_is_parsed_as_it_was_written(record: dict[str, str]) -> None:
    assert parse_record(json.dumps(record).encode()) == record
    assert parse_record(json.dumps(record, ensure_ascii=False).encode()) == record


def test_the_shared_classical_answers_are_complete(shared: Path) -> None:
    dataset = open_dataset(shared / "data" / "medgen-mini")
    context = ModelContext(dataset=dataset, root=shared, sample_ids=dataset.ids)

    model = build("old", {"path": "data/outputs-classical"}, context)
    outputs = {sample.sample_id: model.answer(sample.request()) for sample in dataset}

    assert model.check() == []
    assert model.formats == frozenset(Format)
    assert len(outputs) == 96
    assert sum(output.image is not None for output in outputs.values()) == 72


@pytest.fixture
def prepared(shared: Path, tmp_path: Path) -> Path:
    """The authors' prepared view with its `source`, as git leaves it on systems without symbolic links."""
    home = tmp_path / "prepared"
    shutil.copytree(shared / "data" / "medgen-mini-prepared", home)
    (home / "source").unlink()
    (home / "source").write_text(str(shared / "data" / "medgen-mini"), encoding="utf-8")
    return home


SMOKE = [f"smoke_eval_{name}.jsonl" for name in ("edit", "gen", "vqa")]


def test_the_shared_smoke_answers_of_the_authors_are_the_references(shared: Path, prepared: Path) -> None:
    dataset = open_dataset(shared / "data" / "medgen-mini")
    context = ModelContext(dataset=dataset, root=prepared, sample_ids=dataset.ids)
    sample = dataset.get("edit:style-transfer:000001")

    model = build("smoke", {"path": SMOKE, "on_missing": "error"}, context)

    assert model.check() == []
    assert sample.target.image is not None
    np.testing.assert_array_equal(model.answer(sample.request()).image, sample.target.image.array())


def test_a_source_that_leads_out_of_a_prepared_view_must_be_allowed(prepared: Path) -> None:
    dataset = open_dataset(prepared, allow_outside_paths=True)
    context = ModelContext(dataset=dataset, root=prepared, sample_ids=dataset.ids)
    given_settings = {"path": SMOKE, "on_missing": "error"}

    refused = build("smoke", given_settings, context)
    allowed = build("smoke", {**given_settings, "allow_outside_paths": True}, context)

    assert len(refused.check()) == 12
    assert all("leaves the folder" in problem for problem in refused.check())
    assert allowed.check() == []
