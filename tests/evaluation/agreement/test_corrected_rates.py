"""Corrected rates: estimates, score intervals and what they are made of."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize
from scipy.stats import norm

from medgen_pytest.evaluation.agreement.corrected import Evidence, Origin, bound_rate, estimate_rate, measure_misfit
from medgen_pytest.evaluation.agreement.likelihood import Counts, fit_error_rates
from medgen_pytest.evaluation.agreement.proportion import make_proportion

CELLS = st.tuples(*[st.integers(0, 40)] * 4)
ORIGINS = st.sampled_from(["run", "elsewhere"])


def make_evidence(*cells: float, accurate: float, judged: float, origin: Origin = "run") -> Evidence:
    columns = [np.array([float(cell)]) for cell in (*cells, accurate, judged)]
    return Evidence(
        true_accurate=columns[0],
        false_accurate=columns[1],
        false_inaccurate=columns[2],
        true_inaccurate=columns[3],
        accurate=columns[4],
        judged=columns[5],
        origin=origin,
    )


def bounds_of(evidence: Evidence, *, level: float = 0.95) -> tuple[float, float]:
    low, high = bound_rate(evidence, level=level)
    return float(low[0]), float(high[0])


def test_the_estimate_of_a_sample_from_the_run_is_the_experts_share_of_each_verdict() -> None:
    evidence = make_evidence(30, 10, 6, 54, accurate=500, judged=1000)

    assert estimate_rate(evidence)[0] == pytest.approx(0.5 * 0.75 + 0.5 * 0.1, abs=1e-12)


def test_the_estimate_from_elsewhere_is_that_of_rogan_and_gladen() -> None:
    evidence = make_evidence(45, 10, 5, 40, accurate=500, judged=1000, origin="elsewhere")

    # (judge's rate + specificity - 1) / (sensitivity + specificity - 1)
    assert estimate_rate(evidence)[0] == pytest.approx((0.5 + 0.8 - 1) / (0.9 + 0.8 - 1), abs=1e-12)


def test_both_estimates_are_one_where_the_sample_is_like_the_run() -> None:
    cells = (30, 10, 6, 54)
    here = make_evidence(*cells, accurate=400, judged=1000)
    there = make_evidence(*cells, accurate=400, judged=1000, origin="elsewhere")

    assert estimate_rate(here)[0] == pytest.approx(0.36, abs=1e-12)
    assert estimate_rate(there)[0] == pytest.approx(0.36, abs=1e-12)


@settings(deadline=None, max_examples=40)
@given(CELLS, st.integers(0, 200), st.integers(0, 200), st.floats(0.02, 0.98))
def test_error_rates_fit_as_well_as_those_that_a_general_optimiser_finds(
    cells: tuple[int, int, int, int], more_accurate: int, more_inaccurate: int, rate: float
) -> None:
    numbers = np.array([*cells, more_accurate, more_inaccurate], dtype=float)
    counts = Counts(**{name: numbers[place : place + 1] for place, name in enumerate(Counts.__slots__)})

    def loss(point: np.ndarray) -> float:
        a, b = (1 / (1 + math.exp(-value)) for value in point)
        q = rate * a + (1 - rate) * b
        shares = np.array([a, b, 1 - a, 1 - b, q, 1 - q])
        return -float(numbers @ np.log(np.maximum(shares, 1e-300)))

    a, b = fit_error_rates(np.array([rate]), counts, start=(np.array([0.5]), np.array([0.5])))

    ours = loss(np.log(np.concatenate([a, b]) / (1 - np.concatenate([a, b]))))
    theirs = minimize(loss, [0.0, 0.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-11, "maxiter": 4000})
    # A cell that holds nothing counts 1e-9 in ours, which is what there may be between the two.
    assert ours <= theirs.fun + 1e-6


@settings(deadline=None, max_examples=60)
@given(CELLS, st.integers(0, 500), st.integers(0, 500), ORIGINS)
def test_an_interval_lies_in_0_to_1_around_the_estimate(
    cells: tuple[int, int, int, int], more: int, less: int, origin: Origin
) -> None:
    accurate = more + (cells[0] + cells[1] if origin == "run" else 0)
    judged = accurate + less + (cells[2] + cells[3] if origin == "run" else 0)
    assume(judged)
    evidence = make_evidence(*cells, accurate=accurate, judged=judged, origin=origin)
    estimate = float(estimate_rate(evidence)[0])
    assume(math.isfinite(estimate))

    low, high = bounds_of(evidence)

    assert math.isnan(low) == math.isnan(high)
    if not math.isnan(low):
        assert 0 <= low <= min(max(estimate, 0), 1) + 1e-8
        assert min(max(estimate, 0), 1) - 1e-8 <= high <= 1


@settings(deadline=None, max_examples=40)
@given(CELLS.filter(lambda cells: cells[0] + cells[2] and cells[1] + cells[3]), st.integers(0, 300), ORIGINS)
def test_what_is_said_of_inaccurate_outputs_is_the_mirror_of_what_is_said_of_accurate_ones(
    cells: tuple[int, int, int, int], more: int, origin: Origin
) -> None:
    judged, accurate = sum(cells) + 300.0, cells[0] + cells[1] + more
    assume(cells[0] + cells[1] and cells[2] + cells[3])
    assume(cells[0] * (cells[1] + cells[3]) > cells[1] * (cells[0] + cells[2]))

    low, high = bounds_of(make_evidence(*cells, accurate=accurate, judged=judged, origin=origin))
    turned = make_evidence(*cells[::-1], accurate=judged - accurate, judged=judged, origin=origin)

    assert bounds_of(turned) == pytest.approx((1 - high, 1 - low), abs=1e-6, nan_ok=True)


def test_with_a_judge_that_never_errs_and_labels_for_all_the_interval_is_wilsons() -> None:
    evidence = make_evidence(30, 0, 0, 70, accurate=30, judged=100)

    wilson = make_proportion(0.3, of=100)
    assert bounds_of(evidence) == pytest.approx((wilson.low, wilson.high), abs=1e-6)


def test_ends_are_where_the_misfit_is_what_the_level_allows() -> None:
    evidence = make_evidence(42, 9, 6, 43, accurate=520, judged=1000)
    low, high = bounds_of(evidence, level=0.9)

    def excess(rate: float) -> float:
        start = (np.array([0.5]), np.array([0.5]))
        return float(measure_misfit(evidence, np.array([rate]), start=start)[0][0] - norm.isf(0.05) ** 2)

    assert low == pytest.approx(brentq(excess, 0.2, 0.45), abs=1e-9)
    assert high == pytest.approx(brentq(excess, 0.5, 0.8), abs=1e-9)


def test_more_labels_and_a_larger_run_make_an_interval_narrower() -> None:
    def width(scale: int, judged: int) -> float:
        cells = (21 * scale, 4 * scale, 3 * scale, 22 * scale)
        low, high = bounds_of(make_evidence(*cells, accurate=judged / 2, judged=judged))
        return float(high - low)

    assert width(8, 1000) < width(2, 1000) < width(1, 1000)
    assert width(2, 6000) < width(2, 1000)


def test_data_sets_go_together_as_each_alone() -> None:
    columns = np.array([[42, 9, 6, 43, 520, 1000], [5, 0, 1, 90, 60, 2000], [20, 1, 0, 4, 800, 900]], dtype=float)
    names = [name for name in Evidence.__slots__ if name != "origin"]
    together = Evidence(**dict(zip(names, columns.T, strict=True)), origin="run")

    low, high = bound_rate(together)

    for place, row in enumerate(columns):
        alone = bounds_of(make_evidence(*row[:4], accurate=row[4], judged=row[5]))
        assert (low[place], high[place]) == pytest.approx(alone, abs=1e-9)


def test_a_run_that_contradicts_the_error_rates_has_no_interval() -> None:
    evidence = make_evidence(190, 100, 10, 100, accurate=10, judged=1000, origin="elsewhere")

    assert all(math.isnan(end) for end in bounds_of(evidence))


@pytest.mark.parametrize("origin", ["run", "elsewhere"])
def test_the_interval_covers_the_truth_in_about_95_of_100_simulations(origin: Origin) -> None:
    # All settings are in benchmarks/judge_calibration.py; this one has 4,000 simulations, a standard error of 0.35 %.
    generator = np.random.default_rng(3)
    rate, sensitivity, specificity, samples, run = 0.5, 0.85, 0.9, 150, 2000
    chances = [rate * sensitivity, (1 - rate) * (1 - specificity), rate * (1 - sensitivity), (1 - rate) * specificity]
    cells = generator.multinomial(samples, chances, 4000).T.astype(float)
    others = run - (samples if origin == "run" else 0)
    accurate = generator.binomial(others, chances[0] + chances[1], 4000) + (origin == "run") * (cells[0] + cells[1])
    names = ("true_accurate", "false_accurate", "false_inaccurate", "true_inaccurate")
    evidence = Evidence(
        **dict(zip(names, cells, strict=True)), accurate=accurate, judged=np.full(4000, float(run)), origin=origin
    )

    low, high = bound_rate(evidence)

    assert 0.94 <= float(((low <= rate) & (rate <= high)).mean()) <= 0.96
