"""Bounds of means: exact for two values, as of random weights for others, and seldom wrong of skewed ones."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, gamma, ks_1samp
from statsmodels.stats.proportion import proportion_confint

from medgen_pytest.evaluation.statistics import lower_mean_bound, samples_to_bound, upper_mean_bound
from medgen_pytest.evaluation.statistics.exponential_sums import chances_up_to_zero

SCORES = np.random.default_rng(7).beta(8, 2, 24)
CLUSTERS = [number % 5 if number < 15 else number for number in range(24)]
COUNTS = st.integers(1, 300).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))
LEVELS = st.sampled_from([0.75, 0.95, 0.975, 0.9999])
WEIGHTS = st.builds(
    lambda size, power, sign: sign * size * 10**power, st.floats(1, 10), st.floats(-6, 0), st.sampled_from([-1, 1])
)
VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@settings(deadline=None, max_examples=15)
@given(COUNTS, LEVELS)
def test_the_bounds_of_zeros_and_ones_are_the_exact_ones_of_statsmodels(counts: tuple[int, int], level: float) -> None:
    accurate, total = counts
    values = [1.0] * accurate + [0.0] * (total - accurate)

    found = lower_mean_bound(values, level=level, end=0), upper_mean_bound(values, level=level, end=1)

    low, high = proportion_confint(accurate, total, alpha=2 * (1 - level), method="beta")
    # statsmodels has no number where all samples are alike.
    expected = (0.0 if accurate == 0 else low), (1.0 if accurate == total else high)
    assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("total", [1, 2, 5000])
def test_where_all_values_are_alike_the_bound_is_a_power_of_the_tail(total: int) -> None:
    assert lower_mean_bound([0.7] * total, end=-1) == pytest.approx(-1 + 1.7 * 0.05 ** (1 / total), abs=1e-9)


@pytest.mark.parametrize("end", [-1.0, 0.5, -50.0])
def test_the_bound_is_the_quantile_of_means_with_random_weights(end: float) -> None:
    weights = np.random.default_rng(1).dirichlet(np.ones(len(SCORES) + 1), 200_000)

    found = lower_mean_bound(SCORES, end=end)

    drawn = np.sort(weights @ np.append(SCORES, end))
    assert found is not None
    # Of 200,000 draws 5 % are 10,000 +- 100.
    assert drawn[9_600] < found < drawn[10_400]


def test_whole_clusters_and_one_as_large_as_the_largest_have_the_weights() -> None:
    names = sorted(set(CLUSTERS))
    sums = np.array([SCORES[[name == one for one in CLUSTERS]].sum() for name in names])
    sizes = np.array([CLUSTERS.count(name) for name in names], dtype=float)
    weights = np.random.default_rng(1).dirichlet(np.ones(len(names) + 1), 200_000)

    found = lower_mean_bound(SCORES, CLUSTERS, end=-1)

    drawn = weights @ np.append(sums, -sizes.max()) / (weights @ np.append(sizes, sizes.max()))
    assert found is not None
    assert (drawn <= found).mean() == pytest.approx(0.05, abs=0.002)


@pytest.mark.parametrize("times", [1.0, 2.5, 400.0])
def test_the_chance_of_a_weighted_sum_is_that_of_scipys_beta(times: float) -> None:
    weights = np.array([[0.3, -0.7]])

    found = chances_up_to_zero(weights, np.array([times, 1.0]))

    # 0.3 X <= 0.7 Y where X / (X + Y) <= 0.7.
    assert found == pytest.approx(beta.cdf(0.7, times, 1.0), abs=1e-12)


@pytest.mark.parametrize("one", [-5.0, -0.2, -1e-3])
def test_the_chance_of_many_weights_is_that_of_scipys_gamma_and_one_more(one: float) -> None:
    weights = np.append(np.full(50, 0.02), one)[None]

    found = chances_up_to_zero(weights)

    # A sum of 50 alike is at most |w| E with the chance that E, of mean 1, is at least as large: exp(-sum / |w|).
    sums = 0.02 * gamma.ppf((np.arange(100_000) + 0.5) / 100_000, 50)
    assert found == pytest.approx(float(np.exp(-sums / abs(one)).mean()), abs=1e-6)


@settings(deadline=None, max_examples=50)
@given(st.lists(WEIGHTS, min_size=2, max_size=12, unique=True))
def test_the_chance_of_weights_of_any_size_is_that_of_partial_fractions(weights: list[float]) -> None:
    found = chances_up_to_zero(np.array([weights]))[0]

    exact = _chance_by_partial_fractions(weights)
    assert found == pytest.approx(float(exact), abs=1e-12)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(WEIGHTS, st.integers(1, 5000)), min_size=2, max_size=5))
def test_a_chance_and_that_of_the_opposite_sum_are_one(weights: list[tuple[float, int]]) -> None:
    held, times = np.array(weights).T

    found = chances_up_to_zero(np.stack([held, -held]), times)

    assert found.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("mean", [7.972, 7.984, 7.99, 7.993, 7.999])
def test_few_far_weights_beside_a_thousand_small_ones_do_not_lead_the_path_astray(mean: float) -> None:
    # A judge who gives 8, to 23 of 1,000 samples 7, and at most 10.
    alike, worse, end = mean - 8, mean - 7, mean - 10

    found = chances_up_to_zero(np.array([[alike, worse, end]]), np.array([977.0, 23.0, 1.0]))[0]

    middles = (np.arange(2000) + 0.5) / 2000
    sums = alike * gamma.ppf(middles, 977)[:, None] + worse * gamma.ppf(middles, 23)
    # The last is an exponential number times the end: it is enough with the chance exp(-sum / |end|).
    assert found == pytest.approx(float(np.exp(-np.maximum(sums, 0) / -end).mean()), abs=2e-5)


def test_where_no_path_to_the_chance_agrees_with_itself_there_is_no_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [8.0] * 977 + [7.0] * 23
    known = upper_mean_bound(values, level=0.99, end=10)

    monkeypatch.setattr("medgen_pytest.evaluation.statistics.exponential_sums._PATHS", ((1.0, 0.12),))

    assert known == pytest.approx(7.9909, abs=5e-4)
    assert upper_mean_bound(values, level=0.99, end=10) is None


@pytest.mark.parametrize("spread", [1e-6, 1e-3, 0.01])
@pytest.mark.parametrize("total", [100, 1000])
def test_the_chance_grows_with_the_mean_from_the_end_to_the_largest_value(spread: float, total: int) -> None:
    values = np.append(np.random.default_rng(2).normal(0.95, spread, total), -1.0)
    means = np.linspace(0.7, values.max(), 60)[:, None]

    chances = chances_up_to_zero(values - means)

    assert (np.diff(chances) >= -1e-12).all()
    assert chances[[0, -1]] == pytest.approx([0, 1], abs=1e-2)


@settings(deadline=None, max_examples=15)
@given(VALUES, LEVELS)
def test_a_bound_lies_between_the_end_and_the_mean_and_turns_round_with_its_values(
    values: list[float], level: float
) -> None:
    found = lower_mean_bound(values, level=level, end=0)

    assert found is not None
    assert -1e-12 <= found <= np.mean(values) + 1e-12
    assert upper_mean_bound([1 - value for value in values], level=level, end=1) == pytest.approx(1 - found, abs=1e-9)


@settings(deadline=None, max_examples=15)
@given(VALUES, st.floats(1e-3, 1e3), st.floats(-10, 10))
def test_a_bound_moves_with_its_values(values: list[float], scale: float, shift: float) -> None:
    found = lower_mean_bound(values, end=0)
    moved = lower_mean_bound([value * scale + shift for value in values], end=shift)

    assert found is not None
    assert moved == pytest.approx(found * scale + shift, abs=1e-9 * (scale + abs(shift)))


def test_a_higher_level_and_a_farther_end_lower_the_bound() -> None:
    bounds = [lower_mean_bound(SCORES, level=level, end=end) for level, end in ((0.9, 0), (0.95, 0), (0.95, -1))]

    held = [bound for bound in bounds if bound is not None]
    assert len(set(held)) == 3
    assert held == sorted(held, reverse=True)


def test_where_scores_have_no_end_the_farthest_cluster_twice_as_far_stands_in_for_it() -> None:
    end = 2 * float(SCORES.min()) - float(SCORES.mean())

    assert lower_mean_bound(SCORES) == pytest.approx(lower_mean_bound(SCORES, end=end))


def test_nine_samples_without_an_end_have_no_bound_and_ten_have_one() -> None:
    assert upper_mean_bound(SCORES[:9]) is None
    assert upper_mean_bound(SCORES[:10]) is not None
    assert upper_mean_bound(np.repeat(SCORES[:9], 2), np.repeat(np.arange(9), 2).tolist()) is None


def test_without_samples_and_of_values_too_large_to_be_summed_there_is_no_bound() -> None:
    assert lower_mean_bound([], end=0) is None
    assert upper_mean_bound([], end=1) is None
    assert lower_mean_bound([1.7e308, 1.6e308], ["a", "a"], end=0) is None
    assert samples_to_bound([], bound=0.5, end=0) is None


@pytest.mark.parametrize("values", [[math.nan], [0.5, math.inf]])
def test_values_that_are_not_finite_are_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="a value is not finite"):
        lower_mean_bound(values, end=0)


def test_what_lies_beyond_the_end_by_rounding_is_at_it() -> None:
    assert lower_mean_bound([-1e-17, -1e-17], end=0) == pytest.approx(0, abs=1e-16)


@pytest.mark.parametrize("bound", [0.3, 0.55])
def test_so_many_samples_like_these_have_a_bound_above_it_and_one_copy_less_has_not(bound: float) -> None:
    needed = samples_to_bound(SCORES, bound=bound, end=0)
    assert needed is not None
    copies = math.ceil(needed / len(SCORES))

    enough = lower_mean_bound(np.tile(SCORES, copies), end=0)
    fewer = lower_mean_bound(np.tile(SCORES, copies - 1), end=0) if copies > 1 else None

    assert enough is not None
    assert enough > bound
    assert fewer is None or fewer <= bound


def test_one_accurate_sample_needs_as_many_more_as_the_exact_bound_of_a_rate() -> None:
    assert samples_to_bound([1.0], bound=0.9, end=0) == 29
    assert samples_to_bound([1.0], bound=1.0, end=0) is None


def test_samples_without_an_end_need_ten_at_least() -> None:
    assert samples_to_bound([0.5, 0.6], bound=-100.0) == 10


@pytest.mark.parametrize("samples", [5, 30])
def test_where_a_few_scores_are_far_off_a_bound_is_still_wrong_in_at_most_5_of_100_runs(samples: int) -> None:
    generator = np.random.default_rng(samples)
    values = np.where(generator.random((2000, samples)) < 0.04, -1.0, generator.beta(50, 2, (2000, samples)))
    mean = 0.96 * 50 / 52 - 0.04

    above = chances_up_to_zero(np.column_stack([values - mean, np.full(2000, -1 - mean)])) < 0.05
    below = chances_up_to_zero(np.column_stack([mean - values, np.full(2000, mean - 1)])) < 0.05

    # Three standard errors of 2,000 runs.
    assert max(above.mean(), below.mean()) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 2000)


def test_the_chance_at_the_true_mean_is_never_small_too_often() -> None:
    generator = np.random.default_rng(0)
    values = generator.beta(9, 0.5, (2000, 30))

    chances = chances_up_to_zero(np.column_stack([values - 9 / 9.5, np.full(2000, -9 / 9.5)]))

    # At no level, not at 5 % alone: as a p-value, uniform or larger.
    assert ks_1samp(chances, lambda share: share, alternative="greater").pvalue > 1e-3


def _chance_by_partial_fractions(weights: list[float]) -> Fraction:
    """The chance that a sum of exponential numbers with weights, no two alike, is at most 0."""
    exact = [Fraction(weight) for weight in weights]
    above = Fraction(0)
    for number, weight in enumerate(exact):
        if weight > 0:
            rest = exact[:number] + exact[number + 1 :]
            above += math.prod((weight / (weight - other) for other in rest), start=Fraction(1))
    return 1 - above
