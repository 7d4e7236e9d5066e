"""Scores: the threshold in the metric's direction, and numbers through strict JSON."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.score import Direction, Score, dump_number, load_number


def _score(value: float | None, *, direction: Direction = "higher") -> Score:
    return Score(metric="ssim", value=value, direction=direction, convention="ssim/canonical@1")


@pytest.mark.parametrize(
    ("value", "direction", "threshold", "meets"),
    [
        (0.7, "higher", 0.7, True),
        (0.7000001, "higher", 0.7, True),
        (0.6999999, "higher", 0.7, False),
        (0.6, "lower", 0.6, True),
        (0.5, "lower", 0.6, True),
        (0.6000001, "lower", 0.6, False),
        (math.inf, "higher", 28.0, True),
        (-math.inf, "higher", 28.0, False),
        (math.inf, "lower", 0.6, False),
        (-math.inf, "lower", 0.6, True),
        (math.nan, "higher", -math.inf, None),
        (math.nan, "lower", math.inf, None),
        (None, "higher", -math.inf, None),
        (None, "lower", math.inf, None),
        (0.0, "higher", 0.0, True),
        (0.9, "higher", math.nan, False),
    ],
)
def test_a_score_meets_a_threshold_in_the_direction_of_its_metric(
    value: float | None, direction: Direction, threshold: float, *, meets: bool | None
) -> None:
    assert _score(value, direction=direction).meets(threshold) is meets


@pytest.mark.parametrize(("value", "is_scored"), [(0.0, True), (math.inf, True), (math.nan, False), (None, False)])
def test_a_score_is_scored_when_it_has_a_value(value: float | None, *, is_scored: bool) -> None:
    assert _score(value).is_scored is is_scored


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@settings(deadline=None)
@given(FINITE, FINITE, FINITE)
def test_a_better_score_never_misses_a_threshold_that_a_worse_one_meets(a: float, b: float, threshold: float) -> None:
    low, high = sorted((a, b))

    assert _score(high).meets(threshold) or not _score(low).meets(threshold)
    assert _score(low, direction="lower").meets(threshold) or not _score(high, direction="lower").meets(threshold)


@settings(deadline=None)
@given(st.none() | st.floats(allow_nan=False))
def test_a_number_survives_strict_json(value: float | None) -> None:
    text = json.dumps(dump_number(value), allow_nan=False)

    assert load_number(json.loads(text)) == value


def test_nan_survives_strict_json() -> None:
    text = json.dumps(dump_number(math.nan), allow_nan=False)

    loaded = load_number(json.loads(text))

    assert loaded is not None
    assert math.isnan(loaded)


@pytest.mark.parametrize(("value", "dumped"), [(math.inf, "inf"), (-math.inf, "-inf"), (1.5, 1.5), (None, None)])
def test_infinities_are_dumped_as_words(value: float | None, dumped: object) -> None:
    assert dump_number(value) == dumped


@pytest.mark.parametrize(
    "value", [True, False, "", "0.7", "infinity", "Inf", " inf", "1_000", [], {}, 10**400, b"1", 1j]
)
def test_anything_that_dump_number_does_not_write_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not a number"):
        load_number(value)


def test_a_whole_number_is_loaded_as_a_float() -> None:
    loaded = load_number(28)

    assert (loaded, type(loaded)) == (28.0, float)


def test_a_score_leaves_out_what_it_does_not_have() -> None:
    assert _score(0.5).to_dict() == {
        "metric": "ssim",
        "value": 0.5,
        "direction": "higher",
        "convention": "ssim/canonical@1",
    }
