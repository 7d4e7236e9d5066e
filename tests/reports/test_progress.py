"""Progress: one line that says how far a run is, and less where there is less room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.reports.line import columns_of
from medgen_pytest.reports.progress import Standing, progress_line

HALFWAY = Standing(planned=6623, accurate=846, inaccurate=300, invalid=51, errors=3, elapsed=55.3, cost=1.2)
COUNTS = st.integers(0, 10_000)
STANDINGS = st.builds(
    Standing,
    planned=COUNTS,
    accurate=COUNTS,
    inaccurate=COUNTS,
    invalid=COUNTS,
    errors=COUNTS,
    elapsed=st.floats(0, 1e9),
    cost=st.floats(0, 1e9),
)


def test_it_tells_samples_rate_errors_speed_the_time_left_and_the_cost() -> None:
    assert progress_line(HALFWAY) == (
        "medgen 1200/6623 samples, 70.7% accurate (846/1197), 3 errors, 21.7/s, 4:10 left, cost 1.20"
    )


def test_more_is_told_where_more_is_asked_for() -> None:
    assert progress_line(HALFWAY, verbosity=1) == (
        "medgen 1200/6623 samples, 70.7% accurate (846/1197), 300 inaccurate, 51 invalid, 3 errors,"
        " 21.7/s, 4:10 left, cost 1.20"
    )


def test_less_is_told_where_less_is_asked_for() -> None:
    assert progress_line(HALFWAY, verbosity=-1) == "medgen 1200/6623 samples, 70.7% accurate, 3 errors, 4:10 left"


@pytest.mark.parametrize(
    ("width", "line"),
    [
        (90, "medgen 1200/6623 samples, 70.7% accurate (846/1197), 3 errors, 4:10 left, cost 1.20"),
        (80, "medgen 1200/6623 samples, 70.7% accurate (846/1197), 3 errors, 4:10 left"),
        (60, "medgen 1200/6623, 70.7%, 3 errors, 4:10 left"),
        (39, "medgen 1200/6623, 70.7%, 3 errors"),
        (20, "medgen 1200/6623"),
        (10, "medgen\u2026623"),
    ],
)
def test_a_narrow_terminal_is_told_less_rather_than_broken_lines(width: int, line: str) -> None:
    assert progress_line(HALFWAY, width=width) == line


def test_before_the_first_sample_nothing_is_guessed() -> None:
    assert progress_line(Standing(planned=96, elapsed=2.0)) == "medgen 0/96 samples, 0 errors"


def test_at_the_end_the_time_taken_is_told() -> None:
    standing = Standing(planned=96, accurate=95, errors=1, elapsed=3723.0)

    assert progress_line(standing) == ("medgen 96/96 samples, 100.0% accurate (95/95), 1 error, 1.5/min, took 1:02:03")


def test_repeats_are_counted_where_there_are_some() -> None:
    standing = Standing(planned=12, accurate=2, inaccurate=1, elapsed=3.0, noun="repeats")

    assert progress_line(standing) == "medgen 3/12 repeats, 66.7% accurate (2/3), 0 errors, 1.0/s, 0:09 left"


@given(STANDINGS, st.integers(1, 200), st.integers(-2, 3))
def test_it_fits_whatever_it_tells(standing: Standing, width: int, verbosity: int) -> None:
    line = progress_line(standing, width=width, verbosity=verbosity)

    assert columns_of(line) <= width
    assert line.isprintable()
