"""A metric of one's own keeps to what it says of its numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.contract import Pair
from medgen_pytest.metrics.own import define_metric

if TYPE_CHECKING:
    from medgen_pytest.domain.score import Score

PAIR = Pair(task=Task.QUESTION_ANSWERING, pred_text="a", target_text="b")


def score(value: float, *, low: float = -math.inf, high: float = math.inf) -> Score:
    definition = define_metric("mine", lambda _: value, kind="text", direction="higher", low=low, high=high)
    (made,) = definition.under("canonical", MetricContext()).score([PAIR])
    return made


@pytest.mark.parametrize("value", [7.0, -0.1, math.inf, 1.001])
def test_a_number_outside_the_bounds_is_no_score_and_says_so(value: float) -> None:
    made = score(value, low=0, high=1)

    assert made.value is None
    assert made.reason == f"mine gave {value:g}, which lies outside of 0 to 1"


def test_what_single_precision_makes_of_an_end_is_that_end() -> None:
    assert score(1.0000001, low=0, high=1).value == 1.0


def test_without_bounds_every_number_is_a_score() -> None:
    assert score(1e9).value == 1e9
    assert score(math.inf).value == math.inf


def test_what_is_no_number_is_no_score() -> None:
    assert score(math.nan, low=0, high=1).reason == "mine gave no number (NaN)"
