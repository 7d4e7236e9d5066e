from __future__ import annotations

import math

import pytest

from medgen_pytest.evaluation.tally import Tally, counted
from medgen_pytest.reports.figures import clock, mean_text, metric_heading, percent, rate_text


@pytest.mark.parametrize(
    ("rate", "text"),
    [(0.0, "0.0%"), (0.0004, "<0.1%"), (30 / 36, "83.3%"), (0.9996, ">99.9%"), (1.0, "100.0%")],
)
def test_only_all_is_100_percent_and_only_none_is_0(rate: float, text: str) -> None:
    assert percent(rate) == text


def test_a_rate_has_the_planned_samples_as_its_denominator() -> None:
    assert rate_text(Tally(accurate=3, inaccurate=1, error=1, missing=1)) == "50.0% (3/6)"


def test_without_samples_there_is_no_rate() -> None:
    assert rate_text(Tally()) == "-"


@pytest.mark.parametrize(("mean", "text"), [(0.41236, "0.4124 (n=36)"), (math.inf, "inf (n=36)"), (None, "-")])
def test_a_mean_has_the_number_of_its_scores(mean: float | None, text: str) -> None:
    assert mean_text(mean, scored=36) == text


def test_a_heading_tells_the_threshold_or_that_there_is_none() -> None:
    assert metric_heading("psnr", 28.0, direction="higher") == "psnr >= 28"
    assert metric_heading("lpips", 0.6, direction="lower") == "lpips <= 0.6"
    assert metric_heading("token_f1", None, direction="higher") == "token_f1 mean"


def test_one_is_singular() -> None:
    assert (counted(1, "error"), counted(0, "error")) == ("1 error", "0 errors")


@pytest.mark.parametrize(("seconds", "text"), [(-1.0, "0:00"), (9.6, "0:10"), (250.0, "4:10"), (3850.0, "1:04:10")])
def test_a_duration_is_read_off_a_clock(seconds: float, text: str) -> None:
    assert clock(seconds) == text
