"""Where the demo dataset is written, what it leaves alone, and what happens when it is disturbed."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from medgen_pytest.datasets.demo import DEMO_VERSION, write_demo_dataset
from medgen_pytest.errors import DatasetError

WRITE = (
    "import sys, pathlib; from medgen_pytest.datasets.demo import write_demo_dataset as w; w(pathlib.Path(sys.argv[1]))"
)


@pytest.fixture
def copy(demo: Path, tmp_path: Path) -> Path:
    """A copy of the dataset that a test may spoil."""
    return shutil.copytree(demo, tmp_path / "copy")


def test_an_empty_folder_is_filled_and_no_scratch_folder_stays(tmp_path: Path) -> None:
    place = tmp_path / "empty"
    place.mkdir()

    written = write_demo_dataset(place)

    assert written == place
    assert json.loads((place / "manifest.json").read_text("utf-8"))["demo_version"] == DEMO_VERSION
    assert [child.name for child in tmp_path.iterdir()] == ["empty"]


def test_missing_parents_are_made(demo: Path) -> None:
    # The fixture writes below a folder that did not exist.
    assert demo.parent.name == "not-there-yet"
    assert (demo / "manifest.json").is_file()


def test_a_complete_dataset_is_left_as_it_is(copy: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in copy.rglob("*")}

    write_demo_dataset(copy)

    assert {file: file.stat().st_mtime_ns for file in copy.rglob("*")} == before


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work", encoding="utf-8")

    with pytest.raises(DatasetError, match="not empty and holds no demo dataset; name a new or empty folder"):
        write_demo_dataset(tmp_path)

    assert [child.name for child in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    "manifest",
    [b"", b"[]", b"{", b"\xff\xfe", b'{"name": "medgen-mini"}', b"[" * 200_000, b" " * 2_000_000],
    ids=["empty", "a list", "torn", "no text", "another dataset", "deeply nested", "huge"],
)
def test_a_folder_with_a_strange_manifest_is_no_demo_dataset(tmp_path: Path, manifest: bytes) -> None:
    (tmp_path / "manifest.json").write_bytes(manifest)

    with pytest.raises(DatasetError, match="holds no demo dataset"):
        write_demo_dataset(tmp_path)


def test_a_dataset_of_another_version_is_refused(copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
    (copy / "manifest.json").write_text(json.dumps({**manifest, "demo_version": 0}), encoding="utf-8")

    with pytest.raises(DatasetError, match=f"holds version 0 of the demo dataset, this is version {DEMO_VERSION}"):
        write_demo_dataset(copy)


def test_a_dataset_that_lost_a_file_is_refused(copy: Path) -> None:
    (copy / "VQA" / "multiple-choice" / "data.jsonl").unlink()

    with pytest.raises(DatasetError, match=r"not complete \(1 of \d+ files are missing\); delete the folder"):
        write_demo_dataset(copy)


@pytest.mark.parametrize("files", [[], "all", None, {"VQA": 1}])
def test_a_manifest_that_lists_no_files_is_not_complete(copy: Path, files: object) -> None:
    manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
    (copy / "manifest.json").write_text(json.dumps({**manifest, "files": files}), encoding="utf-8")

    with pytest.raises(DatasetError, match="not complete"):
        write_demo_dataset(copy)


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    place = tmp_path / "demo"
    place.write_text("a file", encoding="utf-8")

    with pytest.raises(DatasetError) as caught:
        write_demo_dataset(place)

    assert caught.value.where == str(place)
    assert caught.value.message == "a file is in the way of the demo dataset; name a new folder"


def test_a_parent_that_is_a_file_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file", encoding="utf-8")

    with pytest.raises(DatasetError, match="cannot be written"):
        write_demo_dataset(tmp_path / "file" / "demo")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_links_that_form_a_loop_are_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")

    with pytest.raises(DatasetError, match=r"form a loop|cannot be written"):
        write_demo_dataset(tmp_path / "a")


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_a_link_to_an_empty_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)

    write_demo_dataset(tmp_path / "link")

    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "manifest.json").is_file()


def test_the_empty_working_folder_is_not_pulled_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(DatasetError, match="the working folder cannot be replaced"):
        write_demo_dataset(Path())

    assert list(tmp_path.iterdir()) == []


def test_several_processes_at_once_leave_one_complete_dataset(tmp_path: Path, demo: Path) -> None:
    command = [sys.executable, "-c", WRITE, str(tmp_path / "demo")]

    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    results = [(process.communicate(timeout=120)[1], process.returncode) for process in processes]

    assert results == [("", 0)] * 2
    assert [child.name for child in tmp_path.iterdir()] == ["demo"]
    assert _files(tmp_path / "demo") == _files(demo)


def test_a_killed_writer_leaves_nothing_under_the_name(tmp_path: Path) -> None:
    place = tmp_path / "demo"
    process = subprocess.Popen([sys.executable, "-c", WRITE, str(place)])
    _wait_for_first_image(tmp_path, process)

    process.kill()
    process.wait(timeout=30)

    assert not place.exists()
    assert write_demo_dataset(place) == place


def test_drawing_is_loaded_only_when_something_is_drawn(demo: Path) -> None:
    look = "print('medgen_pytest.datasets.demo.catalogue' in sys.modules)"
    command = [sys.executable, "-c", f"{WRITE}; {look}", str(demo)]

    found = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)

    assert found.stdout.strip() == "False"


def _files(folder: Path) -> list[str]:
    return sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file())


def _wait_for_first_image(folder: Path, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while not any(folder.rglob("*.png")):
        assert process.poll() is None, "the writer ended before it could be killed"
        assert time.monotonic() < end, "the writer drew nothing for a minute"
        time.sleep(0.005)
