"""Files of lines: whatever happens to a file, its whole records come back and the next one is kept apart."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.store.lines import LineWriter, read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
JSON_VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.text(max_size=8).filter(lambda key: key != "seal")
RECORDS = st.lists(st.dictionaries(KEYS, JSON_VALUES, max_size=4), max_size=6)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "results-main.jsonl"


def write(path: Path, *records: dict[str, object]) -> None:
    writer = LineWriter(path)
    for record in records:
        writer.append(record)
    writer.close()


def records_in(path: Path) -> list[Mapping[str, object] | None]:
    """What each line says, None for one that cannot be read."""
    return [None if line.state == "unreadable" else line.record for line in read_lines(path)]


def test_records_come_back_in_order(path: Path) -> None:
    write(path, {"n": 1}, {"n": 2, "text": "Röntgen\nline two"})

    assert records_in(path) == [{"n": 1}, {"n": 2, "text": "Röntgen\nline two"}]


def test_a_record_is_readable_before_the_file_is_closed(path: Path) -> None:
    writer = LineWriter(path)

    writer.append({"n": 1})

    assert records_in(path) == [{"n": 1}]
    writer.close()


def test_a_writer_that_wrote_nothing_makes_no_file(path: Path) -> None:
    LineWriter(path).close()

    assert not path.exists()


def test_a_second_writer_goes_on_behind_the_first(path: Path) -> None:
    write(path, {"n": 1})
    write(path, {"n": 2})

    assert path.read_bytes() == b'{"n":1,"seal":"817b43d6aa4feccb"}\n{"n":2,"seal":"6f37ed135edf5d11"}\n'


def test_a_writer_can_go_on_after_it_was_closed(path: Path) -> None:
    writer = LineWriter(path)
    writer.append({"n": 1})
    writer.close()

    writer.append({"n": 2})
    writer.close()

    assert records_in(path) == [{"n": 1}, {"n": 2}]


def test_a_torn_line_does_not_swallow_the_next_record(path: Path) -> None:
    path.write_bytes(b'{"n":1}\n{"n":2,"te')

    write(path, {"n": 3})

    assert records_in(path) == [{"n": 1}, None, {"n": 3}]


def test_a_line_whose_end_alone_was_lost_is_whole(path: Path) -> None:
    path.write_bytes(b'{"n":1}')

    write(path, {"n": 2})

    assert records_in(path) == [{"n": 1}, {"n": 2}]


def test_an_empty_file_has_no_records_and_takes_the_first(path: Path) -> None:
    path.touch()
    before = records_in(path)

    write(path, {"n": 1})

    assert before == []
    assert path.read_bytes() == b'{"n":1,"seal":"817b43d6aa4feccb"}\n'


def test_empty_lines_are_passed_over(path: Path) -> None:
    path.write_bytes(b'\n{"n":1}\n\n  \r\n{"n":2}\r\n')

    assert records_in(path) == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    "junk",
    [
        b"\x00\x01\xff\xfe\x80",
        b"\x00" * 512,
        b'{"n":1}\x00\x00\x00',
        b'{"n": 1',
        b"[1, 2]",
        b'"text"',
        b"null",
        b'{"a":"\xff"}',
        b"\xff\xfe{\x00}\x00",
        b"[" * 100_000,
        b'{"n":' + b"9" * 10_000 + b"}",
    ],
    ids=["binary", "NULs", "NULs behind", "cut", "list", "text", "null", "not UTF-8", "UTF-16", "deep", "huge number"],
)
def test_a_damaged_line_is_told_and_the_others_are_read(path: Path, junk: bytes) -> None:
    path.write_bytes(b'{"n":1}\n' + junk + b'\n{"n":2}\n')

    records = records_in(path)

    assert records[0] == {"n": 1}
    assert records[-1] == {"n": 2}
    assert set(map(type, records[1:-1])) == {type(None)}


def test_a_very_long_record_comes_back(path: Path) -> None:
    text = "µ" * 3_000_000

    write(path, {"text": text}, {"n": 2})

    assert records_in(path) == [{"text": text}, {"n": 2}]


@pytest.mark.parametrize("text", ["\ud800", "left \udcff right", "\\\udc00", "\x00\x1f\x7f", "\u2028\u2029\x85"])
def test_texts_that_utf_8_or_line_readers_stumble_over_come_back(path: Path, text: str) -> None:
    write(path, {"text": text})

    assert records_in(path) == [{"text": text}]
    assert path.read_bytes().count(b"\n") == 1


def test_a_number_that_json_does_not_know_is_refused_and_leaves_the_file_whole(path: Path) -> None:
    writer = LineWriter(path)
    writer.append({"n": 1})

    with pytest.raises(ValueError, match="JSON"):
        writer.append({"n": float("nan")})
    writer.close()

    assert records_in(path) == [{"n": 1}]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_an_error_each_time() -> None:
    writer = LineWriter(Path("/dev/full"))

    for _ in range(2):
        with pytest.raises(OSError, match="space"):
            writer.append({"n": 1})


@settings(deadline=None)  # a busy machine is no fault
@given(RECORDS)
def test_any_records_come_back(records: list[dict[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.jsonl"
        path.touch()
        write(path, *records)

        assert records_in(path) == json.loads(json.dumps(records))


@settings(deadline=None)  # a busy machine is no fault
@given(RECORDS, st.data())
def test_a_file_cut_anywhere_loses_at_most_its_last_record_and_takes_the_next(
    records: list[dict[str, object]], data: st.DataObject
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.jsonl"
        path.touch()
        write(path, *records)
        whole = path.read_bytes()
        kept = data.draw(st.integers(0, len(whole)))
        path.write_bytes(whole[:kept])

        write(path, {"next": True})

        survivors = [record for record in records_in(path) if record is not None]
        expected = json.loads(json.dumps(records))
        complete = whole[:kept].count(b"\n")
        # Only the line break may be what was cut off: then the record in front of it is whole.
        assert survivors in (
            [*expected[:complete], {"next": True}],
            [*expected[: complete + 1], {"next": True}],
        )
