"""Placing files: nothing that is there is lost, nothing leaves the folder, and it is all or nothing."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.cli.starter.placing import NewFile, find_places, refuse_others, write_places
from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

FILES = [
    NewFile(name="a/b/first.yaml", text="first: 1\n"),
    NewFile(name="second.yaml", text="zweitens: Ä\n"),
    NewFile(name="shared.yaml", text="shared: 1\n", yields=True),
]
needs_links = pytest.mark.skipif(sys.platform == "win32", reason="links take a privilege there")


def tree(folder: Path) -> dict[str, str]:
    """Every file and empty folder below a folder, files with their text."""
    paths = sorted(folder.rglob("*"))
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") if path.is_file() else "<folder>"
        for path in paths
        if path.is_file() or not any(path.iterdir())
    }


def test_files_are_written_with_their_folders_and_nothing_beside_them(tmp_path: Path) -> None:
    places = find_places(FILES, tmp_path / "new")

    refuse_others(places)
    write_places(places)

    assert [place.state for place in places] == ["new", "new", "new"]
    assert tree(tmp_path / "new") == {file.name: file.text for file in FILES}
    assert (tmp_path / "new" / "second.yaml").read_bytes() == "zweitens: Ä\n".encode()


def test_what_is_there_already_is_told_apart_and_only_what_would_be_lost_is_in_the_way(tmp_path: Path) -> None:
    write_places(find_places(FILES, tmp_path))
    (tmp_path / "second.yaml").write_text("mine: 2\n", encoding="utf-8")
    (tmp_path / "shared.yaml").write_text("mine: 3\n", encoding="utf-8")

    places = find_places(FILES, tmp_path)

    assert [(place.state, place.is_kept) for place in places] == [("same", True), ("other", False), ("other", True)]
    with pytest.raises(ConfigError, match=r"^second\.yaml is there already, with other content; nothing was written"):
        refuse_others(places)


def test_a_file_that_is_replaced_keeps_its_permissions_and_one_of_others_its_content(tmp_path: Path) -> None:
    (tmp_path / "second.yaml").write_text("mine: 2\n", encoding="utf-8")
    (tmp_path / "second.yaml").chmod(0o600)
    (tmp_path / "shared.yaml").write_text("mine: 3\n", encoding="utf-8")

    write_places(find_places(FILES, tmp_path))

    assert tree(tmp_path) == {**{file.name: file.text for file in FILES}, "shared.yaml": "mine: 3\n"}
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "second.yaml").stat().st_mode) == 0o600


@pytest.mark.parametrize("before", [{}, {"a/b/first.yaml": "mine: 1\n"}, {"a/other.yaml": "mine: 0\n"}])
def test_a_failure_on_the_way_leaves_everything_as_it_was(tmp_path: Path, before: dict[str, str]) -> None:
    for name, text in before.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    places = find_places(FILES, tmp_path)
    (tmp_path / "second.yaml").write_text("written: meanwhile\n", encoding="utf-8")

    with pytest.raises(ConfigError, match=r"^second\.yaml: cannot be written: File exists; nothing was written$"):
        write_places(places)

    assert tree(tmp_path) == {**before, "second.yaml": "written: meanwhile\n"}


@needs_links
@pytest.mark.parametrize("link", ["a", "a/b", "second.yaml"])
def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path: Path, link: str) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "inside" / link).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "inside" / link).symlink_to(tmp_path / "outside")

    with pytest.raises(ConfigError, match=r": a link leads out of .*inside, to .*outside.*; nothing was written$"):
        find_places(FILES, tmp_path / "inside")


@needs_links
def test_a_link_to_nothing_outside_is_refused_and_one_in_a_circle_too(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "second.yaml").symlink_to("../not-there.yaml")
    with pytest.raises(ConfigError, match="a link leads out of"):
        find_places(FILES, tmp_path / "inside")

    (tmp_path / "inside" / "second.yaml").unlink()
    (tmp_path / "inside" / "second.yaml").symlink_to("second.yaml")
    with pytest.raises(ConfigError, match="nothing was written"):
        find_places(FILES, tmp_path / "inside")


@needs_links
def test_a_link_within_the_folder_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "a").symlink_to("real")

    write_places(find_places(FILES, tmp_path))

    assert (tmp_path / "a").is_symlink()
    assert (tmp_path / "real" / "b" / "first.yaml").read_text(encoding="utf-8") == "first: 1\n"


@pytest.mark.parametrize(
    ("there", "is_folder", "words"),
    [
        ("second.yaml", True, "second.yaml is there and is no file"),
        ("a", False, "a is a file, and a folder is needed"),
        ("a/b", False, "b is a file, and a folder is needed"),
    ],
)
def test_what_is_in_the_way_of_a_file_is_told(tmp_path: Path, there: str, *, is_folder: bool, words: str) -> None:
    path = tmp_path / there
    path.parent.mkdir(exist_ok=True)
    if is_folder:
        path.mkdir()
    else:
        path.touch()

    with pytest.raises(ConfigError, match=f"{words}; nothing was written$"):
        find_places(FILES, tmp_path)
