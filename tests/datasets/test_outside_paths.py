"""Images outside the dataset are read only with leave, whatever the way out."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.datasets import open_dataset
from medgen_pytest.datasets.opening import read_dataset
from medgen_pytest.datasets.reading import Terms
from tests.datasets.conftest import RECORDS, png, prepared_line, tree_line

if TYPE_CHECKING:
    from pathlib import Path

    from tests.datasets.conftest import Builder

EDIT = RECORDS[2]
FILE = "ImageEditing/noise-reconstruction/data.jsonl"
THROUGH_LINK = (
    "leaves the dataset through a link; "
    "allow it with --medgen-allow-outside-paths or `dataset.allow_outside_paths: true`"
)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "elsewhere" / "secret.png"
    path.parent.mkdir()
    path.write_bytes(png(77))
    return path


@pytest.fixture
def link(tmp_path: Path) -> None:
    try:
        (tmp_path / "probe").symlink_to(tmp_path)
    except OSError:  # Windows without the privilege
        pytest.skip("this system lets us make no symbolic links")


def one_record(build: Builder, image: str) -> Path:
    root = build.tree([EDIT], manifest=False)
    line = tree_line(EDIT) | {"input_image": [image]}
    (root / FILE).write_text(json.dumps(line), encoding="utf-8")
    return root


def problems_of(root: Path, *, allow: bool = False) -> list[str]:
    return [str(problem) for problem in read_dataset(root, terms=Terms(allow_outside_paths=allow)).problems]


def test_an_absolute_path_is_read_with_leave(build: Builder, secret: Path) -> None:
    root = one_record(build, secret.as_posix())

    (sample,) = open_dataset(root, allow_outside_paths=True)

    assert sample.inputs[0].read() == png(77)


def test_a_climbing_path_is_read_with_leave(build: Builder, secret: Path) -> None:
    root = one_record(build, f"../../../elsewhere/{secret.name}")

    (sample,) = open_dataset(root, allow_outside_paths=True)

    assert sample.inputs[0].read() == png(77)


@pytest.mark.usefixtures("link")
def test_a_linked_image_is_refused_without_leave(build: Builder, secret: Path) -> None:
    root = one_record(build, "images/link.png")
    (root / EDIT.folder / "images/link.png").symlink_to(secret)

    found = problems_of(root)

    assert found == [f"{FILE}:1: image path 'images/link.png' {THROUGH_LINK}"]
    assert problems_of(root, allow=True) == []


@pytest.mark.usefixtures("link")
def test_a_linked_folder_is_refused_without_leave(build: Builder, secret: Path) -> None:
    root = one_record(build, "more/secret.png")
    (root / EDIT.folder / "more").symlink_to(secret.parent, target_is_directory=True)

    found = problems_of(root)

    assert found == [f"{FILE}:1: image path 'more/secret.png' {THROUGH_LINK}"]


@pytest.mark.usefixtures("link")
def test_a_link_that_stays_inside_is_fine(build: Builder) -> None:
    root = one_record(build, "images/link.png")
    (root / EDIT.folder / "images/link.png").symlink_to(root / EDIT.folder / "images/0_in.png")

    assert problems_of(root) == []


@pytest.mark.usefixtures("link")
def test_a_link_to_nothing_does_not_exist(build: Builder) -> None:
    root = one_record(build, "images/link.png")
    (root / EDIT.folder / "images/link.png").symlink_to(root / "nothing.png")

    assert problems_of(root) == [f"{FILE}:1: image file 'images/link.png' does not exist"]


@pytest.mark.usefixtures("link")
def test_a_link_to_itself_cannot_be_read(build: Builder) -> None:
    root = one_record(build, "images/link.png")
    (root / EDIT.folder / "images/link.png").symlink_to("link.png")

    (found,) = problems_of(root)

    assert found.startswith(f"{FILE}:1: image file 'images/link.png' cannot be read: ")


@pytest.mark.usefixtures("link")
def test_a_dataset_reached_through_a_link_is_whole(build: Builder, tmp_path: Path) -> None:
    (tmp_path / "entrance").symlink_to(build.tree(), target_is_directory=True)

    assert len(open_dataset(tmp_path / "entrance")) == 5


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_no_image_file(build: Builder) -> None:
    root = one_record(build, "images/pipe.png")
    os.mkfifo(root / EDIT.folder / "images/pipe.png")

    assert problems_of(root) == [f"{FILE}:1: image path 'images/pipe.png' is not a file"]


def test_a_gigantic_image_file_is_refused_unread(build: Builder) -> None:
    root = one_record(build, "images/0_in.png")
    with (root / EDIT.folder / "images/0_in.png").open("r+b") as handle:
        handle.truncate(513 * 1024 * 1024)

    assert problems_of(root) == [f"{FILE}:1: image file 'images/0_in.png' has more than 512 MiB"]


def test_a_name_longer_than_the_system_allows_is_named(build: Builder) -> None:
    root = one_record(build, "images/" + "x" * 5000)

    (found,) = problems_of(root)

    assert found.startswith(f"{FILE}:1: image file 'images/xxx")


def linked_view(build: Builder) -> Path:
    """A prepared view whose images lie behind `source`, which is still to be made."""
    build.tree([EDIT])
    root = build.prepared([EDIT])
    line = prepared_line(EDIT) | {
        "input_image": f"source/{EDIT.folder}/images/0_in.png",
        "input_images": [f"source/{EDIT.folder}/images/0_in.png"],
        "ground_truth_image": f"source/{EDIT.folder}/images/0_out.png",
    }
    (root / "edit.jsonl").write_text(json.dumps(line), encoding="utf-8")
    return root


@pytest.mark.usefixtures("link")
def test_the_link_of_a_prepared_view_needs_leave(build: Builder) -> None:
    root = linked_view(build)
    (root / "source").symlink_to("../tree", target_is_directory=True)

    found = problems_of(root)

    assert found == [
        f"edit.jsonl:1: image path 'source/{EDIT.folder}/images/0_in.png' {THROUGH_LINK}",
        f"edit.jsonl:1: image path 'source/{EDIT.folder}/images/0_out.png' {THROUGH_LINK}",
    ]
    assert problems_of(root, allow=True) == []


def test_a_link_that_was_checked_out_as_text_is_followed_with_leave(build: Builder) -> None:
    root = linked_view(build)
    (root / "source").write_text("../tree\n", encoding="utf-8")

    (sample,) = open_dataset(root, allow_outside_paths=True)

    assert sample.inputs[0].read() == EDIT.inputs["0_in.png"]
    assert len(problems_of(root)) == 2


@pytest.mark.parametrize("content", [b"no folder", b"\xff\xfe", b"a\0b", b""])
def test_any_other_file_named_source_is_no_link(build: Builder, content: bytes) -> None:
    root = linked_view(build)
    (root / "source").write_bytes(content)

    found = problems_of(root, allow=True)

    assert found[0] == f"edit.jsonl:1: image file 'source/{EDIT.folder}/images/0_in.png' does not exist"
