from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.errors import StoreError
from medgen_pytest.reports.files import write_text_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def break_down() -> Iterator[str]:
    yield "half of it"
    raise RuntimeError("the generator broke")


def test_a_report_is_utf_8_with_line_feeds_in_a_folder_made_for_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "report.txt"

    write_text_atomically(path, ["Röntgen\n", "影像\n"])

    assert path.read_bytes() == "Röntgen\n影像\n".encode()


def test_a_report_takes_the_place_of_an_older_one_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("older", encoding="utf-8")

    write_text_atomically(path, ["newer"])

    assert path.read_text(encoding="utf-8") == "newer"
    assert list(tmp_path.iterdir()) == [path]


def test_a_report_that_breaks_half_way_leaves_the_older_one(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    path.write_text("older", encoding="utf-8")

    with pytest.raises(RuntimeError, match="the generator broke"):
        write_text_atomically(path, break_down())

    assert path.read_text(encoding="utf-8") == "older"
    assert list(tmp_path.iterdir()) == [path]


def test_a_lone_surrogate_is_kept_visible(tmp_path: Path) -> None:
    path = tmp_path / "report.txt"

    write_text_atomically(path, ["broken \ud800 text"])

    assert path.read_text(encoding="utf-8") == "broken \\ud800 text"


def test_a_name_as_long_as_the_file_system_allows_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("r" * 120 + ".txt")

    write_text_atomically(path, ["text"])

    assert path.read_text(encoding="utf-8") == "text"


def test_a_path_below_a_file_is_named_in_the_error(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("", encoding="utf-8")

    with pytest.raises(StoreError, match=r"report .*report\.json: cannot be written: .+; give the path of a file"):
        write_text_atomically(blocker / "report.json", ["text"])


def test_a_path_that_is_a_folder_is_named_in_the_error_and_left_alone(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        write_text_atomically(tmp_path, ["text"])

    assert list(tmp_path.iterdir()) == []
