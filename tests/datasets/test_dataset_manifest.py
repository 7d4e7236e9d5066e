"""The manifest of a tree must promise what is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.datasets.opening import read_dataset
from medgen_pytest.datasets.reading import Terms
from tests.datasets.conftest import RECORDS

if TYPE_CHECKING:
    from tests.datasets.conftest import Builder

EDIT = RECORDS[2]


def problems_with(build: Builder, manifest: bytes) -> list[str]:
    root = build.tree([EDIT])
    (root / "manifest.json").write_bytes(manifest)
    return [str(problem) for problem in read_dataset(root, terms=Terms()).problems]


@pytest.mark.parametrize(
    ("manifest", "problems"),
    [
        ({}, []),
        ({"tasks": {"ImageEditing/noise-reconstruction": {"record_count": 1}}}, []),
        (
            {"tasks": {"ImageEditing/noise-reconstruction": {"record_count": 6}}},
            ["'tasks' promises 6 records in 'ImageEditing/noise-reconstruction', but 1 are there"],
        ),
        (
            {"tasks": {}},
            ["'tasks' does not list 'ImageEditing/noise-reconstruction', where 1 records are"],
        ),
        (
            {"tasks": {"ImageEditing/noise-reconstruction": {"record_count": 1}, "VQA/x": {"record_count": 2}}},
            ["'tasks' promises 2 records in 'VQA/x', but 0 are there"],
        ),
        (
            {"tasks": {"ImageEditing/noise-reconstruction": {"record_count": True}}},
            ["'tasks' gives no record_count for 'ImageEditing/noise-reconstruction'"],
        ),
        (
            {"tasks": {"ImageEditing/noise-reconstruction": 1}},
            ["'tasks' gives no record_count for 'ImageEditing/noise-reconstruction'"],
        ),
        ({"tasks": []}, ["'tasks' must be an object, not a list"]),
        (
            {"validation": {"actual_record_count": 96}},
            ["'actual_record_count' promises 96 records, but 1 are there"],
        ),
        (
            {"validation": {"actual_record_count": "1"}},
            ["'actual_record_count' must be a whole number, not '1'"],
        ),
        ({"validation": None}, []),
    ],
)
def test_promises_are_held_against_what_is_there(
    build: Builder, manifest: dict[str, object], problems: list[str]
) -> None:
    found = problems_with(build, json.dumps(manifest).encode())

    assert found == [f"manifest.json: {problem}" for problem in problems]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "not JSON: Expecting value at column 1"),
        (b'{\n"tasks": }', "not JSON: Expecting value at line 2 column 10"),
        (b"[]", "not a JSON object but a list"),
        (b"\xff", "not UTF-8: byte 0xff at position 0"),
        (b" " * (16 * 1024 * 1024 + 1), "the file has more than 16 MiB"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_named(build: Builder, content: bytes, problem: str) -> None:
    assert problems_with(build, content) == [f"manifest.json: {problem}"]


def test_a_folder_for_a_manifest_is_named(build: Builder) -> None:
    root = build.tree([EDIT], manifest=False)
    (root / "manifest.json").mkdir()

    (problem,) = read_dataset(root, terms=Terms()).problems

    assert str(problem).startswith("manifest.json: cannot be read: ")


def test_bad_records_are_counted_as_being_there(build: Builder) -> None:
    root = build.tree([EDIT])
    (root / EDIT.folder / "data.jsonl").write_text("{\n", encoding="utf-8")

    problems = read_dataset(root, terms=Terms()).problems

    assert [problem.where for problem in problems] == [f"{EDIT.folder}/data.jsonl:1"]
