"""What experts send back: every form holds the same, and what cannot be is said with file, line and id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ConfigError
from medgen_pytest.runs.experts.labels import Label, read_labels
from tests.experts.filled import filled_csv, label_studio_tasks, page_document, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.runs.experts.export import Exported
    from tests.experts.filled import Marks


@pytest.fixture
def ids(exported: Exported) -> list[str]:
    return [item.id for item in exported.key.items]


def generated(exported: Exported) -> str:
    """An output that is asked about coherence, too."""
    return next(item.id for item in exported.key.items if item.task.format is Format.MULTIMODAL_GENERATION)


def test_every_form_gives_the_same_labels(exported: Exported, ids: list[str], tmp_path: Path) -> None:
    full = {"overall": 7, "relevance": 6, "coherence": 3, "comment": "faint, on the left"}
    marks: Marks = {generated(exported): full, ids[0]: {"overall": 9.5}, ids[1]: {"relevance": 2}}
    files = [
        filled_csv(exported, marks, tmp_path / "ab.csv"),
        write_json(page_document(exported, marks, expert="ab"), tmp_path / "page.json"),
        write_json(label_studio_tasks(exported, {"ab": marks}), tmp_path / "studio.json"),
    ]

    found = [read_labels([path], exported.key) for path in files]

    assert found[0] == found[1] == found[2]
    assert found[0].problems == ()
    assert found[0].experts == ("ab",)
    dimensions = {"coherence": 3.0, "relevance": 6.0}
    assert (
        Label(expert="ab", id=generated(exported), overall=7.0, dimensions=dimensions, comment="faint, on the left")
        in found[0].labels
    )
    assert Label(expert="ab", id=ids[1], overall=None, dimensions={"relevance": 2.0}) in found[0].labels


def test_a_table_with_semicolons_and_decimal_commas_is_read(exported: Exported, ids: list[str], tmp_path: Path) -> None:
    path = filled_csv(exported, {ids[0]: {"overall": "7,5"}}, tmp_path / "ab.csv", delimiter=";")

    assert [label.overall for label in read_labels([path], exported.key).labels] == [7.5]


def test_a_table_in_the_unicode_of_excel_is_read(exported: Exported, ids: list[str], tmp_path: Path) -> None:
    path = filled_csv(exported, {ids[0]: {"overall": 4, "comment": "groß"}}, tmp_path / "ab.csv", delimiter="\t")
    path.write_bytes(path.read_bytes().decode("utf-8-sig").encode("utf-16"))

    assert [label.comment for label in read_labels([path], exported.key).labels] == ["groß"]


def test_the_column_of_the_expert_beats_the_name_of_the_file(
    exported: Exported, ids: list[str], tmp_path: Path
) -> None:
    marks: Marks = {ids[0]: {"overall": 4, "expert": "Dr. Ä"}, ids[1]: {"overall": 5}}

    assert read_labels([filled_csv(exported, marks, tmp_path / "labels.csv")], exported.key).experts == ("Dr. Ä",)


def test_a_page_without_a_name_is_called_by_its_file(exported: Exported, ids: list[str], tmp_path: Path) -> None:
    path = write_json(page_document(exported, {ids[0]: {"overall": 4}}, expert=" "), tmp_path / "third.json")

    assert read_labels([path], exported.key).experts == ("third",)


def test_several_users_of_label_studio_are_several_experts(exported: Exported, ids: list[str], tmp_path: Path) -> None:
    tasks = label_studio_tasks(exported, {"a@x": {ids[0]: {"overall": 4}}, "b@x": {ids[0]: {"overall": 6}}})
    tasks[0]["annotations"].append({"was_cancelled": True, "result": []})  # type: ignore[attr-defined]  # a list

    found = read_labels([write_json(tasks, tmp_path / "studio.json")], exported.key)

    assert [(label.expert, label.overall) for label in found.labels] == [("a@x", 4.0), ("b@x", 6.0)]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("11", "overall 11 is not on the scale from 1 to 10"),
        ("0", "overall 0 is not on the scale from 1 to 10"),
        ("inf", "overall inf is not on the scale"),
        ("1e999", "overall inf is not on the scale"),
        ("eight", "overall is no number: 'eight'"),
        ("8/10", "overall is no number: '8/10'"),
        ("7,5", "overall is no number: '7,5'"),
        ("nan", "overall is no number: 'nan'"),
    ],
)
def test_a_mark_that_is_none_is_told_with_its_line(
    exported: Exported, ids: list[str], tmp_path: Path, value: str, text: str
) -> None:
    path = filled_csv(exported, {ids[2]: {"overall": value}, ids[3]: {"overall": 5}}, tmp_path / "ab.csv")

    found = read_labels([path], exported.key)

    (problem,) = found.problems
    assert str(problem).startswith(f"{path}, line 4: {ids[2]}: {text}")
    assert [label.id for label in found.labels] == [ids[3]]


@pytest.mark.parametrize(
    "value", ["8", True, [8], 10**400, {"number": 8}], ids=["text", "true", "list", "huge", "object"]
)
def test_a_mark_of_the_page_that_is_none_is_told_too(
    exported: Exported, ids: list[str], tmp_path: Path, value: object
) -> None:
    path = write_json(page_document(exported, {ids[0]: {"overall": value}}, expert="ab"), tmp_path / "p.json")

    (problem,) = read_labels([path], exported.key).problems

    assert str(problem).startswith(f"{path}, line 8: {ids[0]}: overall ")


def test_an_unknown_id_and_a_second_label_are_told(exported: Exported, ids: list[str], tmp_path: Path) -> None:
    document = page_document(exported, {ids[0]: {"overall": 4}, "x000000-001": {"overall": 5}}, expert="ab")
    document["labels"].append({"id": ids[0], "overall": 6, "scores": {}, "comment": ""})  # type: ignore[attr-defined]  # a list
    path = write_json(document, tmp_path / "p.json")

    unknown, second = map(str, read_labels([path], exported.key).problems)

    assert unknown.startswith(f"{path}, line 14: x000000-001: no output of export {exported.key.export} has this id")
    assert second.startswith(f"{path}, line 20: {ids[0]}: expert 'ab' has labelled it before, at {path}, line 8")


def test_the_work_of_one_expert_may_lie_in_two_files(exported: Exported, ids: list[str], tmp_path: Path) -> None:
    paths = [
        write_json(page_document(exported, {name: {"overall": 4}}, expert="ab"), tmp_path / f"{name}.json")
        for name in ids[:2]
    ]

    found = read_labels(paths, exported.key)

    assert (found.experts, len(found.labels), found.problems) == (("ab",), 2, ())


def test_a_dimension_that_is_not_asked_is_counted_and_left_out(exported: Exported, tmp_path: Path) -> None:
    other = next(item.id for item in exported.key.items if item.task.format is not Format.MULTIMODAL_GENERATION)
    path = filled_csv(exported, {other: {"overall": 4, "coherence": 9}}, tmp_path / "ab.csv")

    found = read_labels([path], exported.key)

    assert (found.not_asked, found.labels[0].dimensions, found.problems) == (1, {}, ())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"{", "no JSON"),
        (b"{}", "no file of labels that the page saves"),
        (b"[1]", "no JSON export of Label Studio"),
        (b'[{"id": 1, "overall": 3}]', "no JSON export of Label Studio with these tasks: 'data' is missing"),
        (b"id,task\n", "line 1: one column 'overall' is needed"),
        (b"id,overall\nx,\xe4\n", "line 2: not UTF-8"),
        (b"[" * 100_000, "no JSON"),
    ],
)
def test_a_file_that_holds_no_labels_is_one_line(
    exported: Exported, tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "labels"
    path.write_bytes(content)

    with pytest.raises(ConfigError) as error:
        read_labels([path], exported.key)

    assert str(path) in str(error.value)
    assert message in str(error.value)


def test_labels_of_another_export_are_refused(exported: Exported, ids: list[str], tmp_path: Path) -> None:
    document = {**page_document(exported, {ids[0]: {"overall": 4}}, expert="ab"), "export": "other"}
    tasks = label_studio_tasks(exported, {})
    tasks[0]["data"]["medgen_export"] = "other"  # type: ignore[index]  # a mapping

    for value in (document, tasks):
        with pytest.raises(ConfigError, match="belongs to export 'other', not to"):
            read_labels([write_json(value, tmp_path / "p.json")], exported.key)


def test_a_file_that_is_not_there_is_named(exported: Exported, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.csv cannot be read: No such file"):
        read_labels([tmp_path / "gone.csv"], exported.key)
