"""Intervals and one-sided bounds of accuracy rates."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, t
from statsmodels.stats.proportion import proportion_confint

from medgen_pytest.evaluation.statistics import (
    design_effect,
    exact_interval,
    lower_bound,
    rate_interval,
    upper_bound,
    wilson_interval,
)
from tests.evaluation.statistics.series import CLUSTERED, LEVELS, VERDICTS

if TYPE_CHECKING:
    from medgen_pytest.evaluation.statistics.rates import RateMethod

METHODS = st.sampled_from(["wilson", "exact"])
COUNTS = st.integers(1, 2000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


@settings(deadline=None)
@given(COUNTS, LEVELS)
def test_wilsons_interval_is_that_of_statsmodels(counts: tuple[int, int], level: float) -> None:
    found = wilson_interval(*counts, level=level)

    theirs = proportion_confint(*counts, alpha=1 - level, method="wilson")
    assert found is not None
    assert (found.low, found.high) == pytest.approx(theirs, abs=1e-9)
    assert (found.level, found.method) == (level, "wilson")


@settings(deadline=None)
@given(COUNTS, LEVELS)
def test_the_exact_interval_is_that_of_statsmodels(counts: tuple[int, int], level: float) -> None:
    found = exact_interval(*counts, level=level)

    theirs = proportion_confint(*counts, alpha=1 - level, method="beta")
    # Theirs has no number at the open ends in some versions; there the interval reaches 0 or 1 by definition.
    low, high = (end if math.isfinite(end) else edge for end, edge in zip(theirs, (0.0, 1.0), strict=True))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9)


@settings(deadline=None)
@given(VERDICTS, METHODS, LEVELS)
def test_samples_that_stand_alone_give_the_interval_of_their_count(
    verdicts: list[int], method: RateMethod, level: float
) -> None:
    by_count = {"wilson": wilson_interval, "exact": exact_interval}[method]

    found = rate_interval(verdicts, level=level, method=method)

    expected = by_count(sum(verdicts), len(verdicts), level=level)
    assert found is not None
    assert expected is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


@settings(deadline=None)
@given(VERDICTS, METHODS)
def test_clusters_of_one_are_no_clusters(verdicts: list[int], method: RateMethod) -> None:
    named: list[str | None] = [f"patient {place}" if place % 2 else None for place in range(len(verdicts))]

    assert rate_interval(verdicts, named, method=method) == rate_interval(verdicts, method=method)


@settings(deadline=None)
@given(CLUSTERED, METHODS, LEVELS)
def test_an_interval_lies_in_0_to_1_around_its_rate_and_clusters_never_narrow_it(
    samples: list[tuple[int, int]], method: RateMethod, level: float
) -> None:
    verdicts, clusters = zip(*samples, strict=True)

    found = rate_interval(verdicts, clusters, level=level, method=method)
    alone = rate_interval(verdicts, level=level, method=method)

    assert found is not None
    assert alone is not None
    assert 0 <= found.low <= sum(verdicts) / len(verdicts) + 1e-12
    assert sum(verdicts) / len(verdicts) - 1e-12 <= found.high <= 1
    assert found.high - found.low >= alone.high - alone.low - 1e-9


def test_the_effective_number_of_samples_is_that_of_korn_and_graubard_with_two_clusters_more() -> None:
    clusters = [0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 3]
    verdicts = [1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 1]

    found = rate_interval(verdicts, clusters)

    samples, groups, rate = 12, 4, 7 / 12
    sums, sizes = [3, 1, 2, 1], [3, 3, 2, 4]
    off = sum((one - rate * size) ** 2 for one, size in zip(sums, sizes, strict=True))
    clustered = groups / (groups - 1) * off / samples**2
    seen = clustered / (rate * (1 - rate) / (samples - 1))
    # All four clusters hold an accurate sample, two one that is not.
    effect = (2 * seen + 2 * sum(size**2 for size in sizes) / samples) / 4
    effective = samples / effect * (t.ppf(0.975, samples - 1) / t.ppf(0.975, groups - 1)) ** 2
    expected = wilson_interval(rate * effective, effective)
    assert effective < samples
    assert found is not None
    assert expected is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_where_all_are_accurate_a_cluster_counts_as_if_its_samples_were_always_alike() -> None:
    assert rate_interval([1] * 40, [place // 4 for place in range(40)]) == wilson_interval(10, 10)


def test_one_cluster_counts_as_one_sample() -> None:
    assert rate_interval([1] * 30, ["one patient"] * 30) == wilson_interval(1, 1)


def test_parts_of_samples_count_as_whole_ones_at_most() -> None:
    found = rate_interval([0.5] * 10)

    assert found == wilson_interval(5, 10)


def test_the_design_effect_is_how_many_samples_say_as_much_as_one_alone() -> None:
    clusters = [place // 4 for place in range(40)]

    assert design_effect([1] * 40, clusters) == pytest.approx(4)
    assert design_effect([0, 1] * 20) == pytest.approx(1)
    assert design_effect([]) is None


def test_without_samples_there_is_no_interval_and_no_bound() -> None:
    assert (rate_interval([]), wilson_interval(0, 0), exact_interval(0, 0)) == (None, None, None)
    assert (lower_bound([]), upper_bound([])) == (None, None)


@settings(deadline=None)
@given(CLUSTERED, METHODS, LEVELS)
def test_a_bound_is_the_end_of_the_interval_that_leaves_as_much_on_each_side(
    samples: list[tuple[int, int]], method: RateMethod, level: float
) -> None:
    verdicts, clusters = zip(*samples, strict=True)

    bounds = (
        lower_bound(verdicts, clusters, level=level, method=method),
        upper_bound(verdicts, clusters, level=level, method=method),
    )

    both = rate_interval(verdicts, clusters, level=2 * level - 1, method=method)
    assert both is not None
    assert bounds == pytest.approx((both.low, both.high), abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(COUNTS, LEVELS)
def test_one_sided_bounds_are_those_of_scipys_binomial_test(counts: tuple[int, int], level: float) -> None:
    accurate, total = counts
    verdicts = [1] * accurate + [0] * (total - accurate)

    found = lower_bound(verdicts, level=level), upper_bound(verdicts, level=level)

    low = binomtest(accurate, total, alternative="greater").proportion_ci(level, method="exact").low
    high = binomtest(accurate, total, alternative="less").proportion_ci(level, method="exact").high
    assert found == pytest.approx((low, high), abs=1e-9)


def test_a_bound_is_exact_unless_said_otherwise() -> None:
    assert lower_bound([1] * 20) == pytest.approx(0.05 ** (1 / 20), abs=1e-12)
    assert upper_bound([0] * 20) == pytest.approx(1 - 0.05 ** (1 / 20), abs=1e-12)


def test_an_interval_is_plain_values_for_reports() -> None:
    found = wilson_interval(0, 10)

    assert found is not None
    assert found.to_dict() == {"low": 0.0, "high": pytest.approx(0.2775, abs=1e-4), "level": 0.95, "method": "wilson"}


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, float("nan")])
def test_a_level_outside_0_to_1_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        rate_interval([1, 0], level=level)


@pytest.mark.parametrize("shares", [[0.5, 1.5], [-0.1], [float("nan")], [[0.5]]])
def test_what_is_no_share_is_refused(shares: list[float]) -> None:
    with pytest.raises(ValueError, match=r"0\.\.1|finite|one list"):
        rate_interval(shares)


@pytest.mark.parametrize("counts", [(3, 2), (-1, 2), (1, math.inf)])
def test_what_is_no_rate_is_refused(counts: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="no rate"):
        wilson_interval(*counts)


def test_clusters_of_other_samples_are_refused() -> None:
    with pytest.raises(ValueError, match="3 samples have 3 clusters, not 2"):
        rate_interval([1, 0, 1], ["a", "b"])
