"""The last word on a sample: the later result, unless it is an error that would hide an answer."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.store import RunDirectory
from tests.store.records import DIGESTS, result

if TYPE_CHECKING:
    from medgen_pytest.domain.result import SampleResult

NEW_MODEL = {**DIGESTS, "model": "m2"}


def at(second: int) -> str:
    return f"2026-11-22T10:00:{second:02d}.000+00:00"


def last_word(tmp_path: Path, *results: SampleResult, workers: tuple[str, ...] = ("main",)) -> SampleResult:
    run = RunDirectory(tmp_path / "run")
    run.create({})
    for index, item in enumerate(results):
        run.append(item, worker=workers[index % len(workers)])
    run.close()
    (found,) = run.load().results.values()
    return found


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("answered", "answered", "second"),
        ("answered", "invalid", "second"),
        ("invalid", "answered", "second"),
        ("error", "answered", "second"),
        ("error", "error", "second"),
        ("answered", "error", "first"),
        ("invalid", "error", "first"),
    ],
)
@pytest.mark.parametrize("workers", [("main",), ("gw0", "gw1"), ("gw1", "gw0")])
def test_the_later_result_counts_but_an_error_never_hides_an_answer(
    tmp_path: Path, first: str, second: str, expected: str, workers: tuple[str, ...]
) -> None:
    found = last_word(
        tmp_path,
        result(status=first, text="first", finished=at(1)),  # type: ignore[arg-type]  # one of the statuses
        result(status=second, text="second", finished=at(2)),  # type: ignore[arg-type]  # one of the statuses
        workers=workers,
    )

    assert found.output.text == expected


def test_an_answer_of_an_earlier_revision_does_not_hide_an_error_of_the_present_one(tmp_path: Path) -> None:
    found = last_word(
        tmp_path,
        result(status="answered", finished=at(1)),
        result(status="error", finished=at(2), digests=NEW_MODEL),
    )

    assert found.status == "error"


def test_a_sample_whose_image_broke_is_an_error_though_it_was_answered_before(tmp_path: Path) -> None:
    found = last_word(
        tmp_path, result(status="answered", finished=at(1)), result(status="error", finished=at(2), digests={})
    )

    assert found.status == "error"


def test_time_decides_and_not_the_name_of_the_worker(tmp_path: Path) -> None:
    found = last_word(
        tmp_path,
        result(text="late", finished=at(9)),
        result(text="early", finished=at(1)),
        workers=("gw0", "gw1"),
    )

    assert found.output.text == "late"


RESULTS = st.lists(
    st.builds(
        result,
        st.integers(1, 4),
        status=st.sampled_from(["answered", "invalid", "error"]),
        text=st.text(max_size=20),
        finished=st.integers(0, 59).map(at),
        digests=st.sampled_from([DIGESTS, NEW_MODEL, {}]),
    ),
    max_size=8,
)


@settings(deadline=None)  # a busy machine is no fault
@given(RESULTS, st.data())
def test_a_run_cut_anywhere_loses_at_most_the_last_result(results: list[SampleResult], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = RunDirectory(Path(folder))
        run.create({})
        for item in results:
            run.append(item, worker="main")
        run.close()
        path = run.path / "results-main.jsonl"
        whole = path.read_bytes() if results else b""
        kept = data.draw(st.integers(0, len(whole)))
        path.write_bytes(whole[:kept])
        complete = whole[:kept].count(b"\n")

        run.append(result(9, text="next"), worker="main")
        run.close()
        stored = run.load()

        assert stored.damaged <= 1
        assert stored.results[result(9).key].output.text == "next"
        allowed = {item.key for item in results[: complete + 1]} | {result(9).key}
        needed = {item.key for item in results[:complete]} | {result(9).key}
        assert needed <= set(stored.results) <= allowed
        assert all(item in [*results, result(9, text="next")] for item in stored.results.values())
