"""The rhythm of progress lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.plugin.rhythm import Rhythm


def due(rhythm: Rhythm, *, seconds: int, per_second: int) -> list[int]:
    """The seconds at which a line is due."""
    return [second for second in range(1, seconds + 1) if rhythm.is_due(second * per_second, now=float(second))]


def test_a_terminal_gets_a_line_after_each_interval() -> None:
    assert due(Rhythm(10.0, planned=10_000, is_log=False, now=0.0), seconds=45, per_second=1) == [10, 20, 30, 40]


def test_a_log_of_a_slow_run_gets_one_after_three() -> None:
    assert due(Rhythm(10.0, planned=10_000, is_log=True, now=0.0), seconds=65, per_second=1) == [30, 60]


def test_a_log_gets_one_when_a_tenth_more_is_done_but_never_more_often_than_a_terminal() -> None:
    assert due(Rhythm(10.0, planned=150, is_log=True, now=0.0), seconds=45, per_second=1) == [15, 30, 45]
    assert due(Rhythm(10.0, planned=50, is_log=True, now=0.0), seconds=45, per_second=1) == [10, 20, 30, 40]


@given(st.integers(0, 1000), st.booleans())
def test_without_an_interval_no_line_is_due(planned: int, is_log: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    assert due(Rhythm(0.0, planned=planned, is_log=is_log, now=0.0), seconds=100, per_second=10) == []
