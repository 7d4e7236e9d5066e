"""Bootstrap intervals of mean scores."""

from __future__ import annotations

import math
from itertools import compress
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap, norm, sem, skew, t
from statsmodels.api import OLS

from medgen_pytest.evaluation.statistics import mean_interval, mean_intervals, standard_error
from medgen_pytest.evaluation.statistics.clusters import accelerations, cluster_all

if TYPE_CHECKING:
    from medgen_pytest.evaluation.statistics.clusters import Numbers

GENERATOR = np.random.default_rng(20)
SCORES = GENERATOR.gamma(2.0, 1.0, 40)
CLUSTERS = GENERATOR.integers(0, 14, 40).tolist()
SKEWED = np.append(np.random.default_rng(4).gamma(2.0, 1.0, 100), 2.0)
VALUES = st.lists(st.floats(-100, 100), min_size=1, max_size=30)


def widened(level: float, clusters: int) -> float:
    """The level of a BCa interval without Student's quantile that is as wide as ours."""
    z = math.sqrt(clusters / (clusters - 1)) * t.isf((1 - level) / 2, clusters - 1)
    return float(1 - 2 * norm.sf(z))


@pytest.mark.parametrize(("number", "level"), [(10, 0.9), (40, 0.95), (100, 0.99)])
def test_the_interval_of_a_mean_is_scipys_bca_on_the_same_resamples(number: int, level: float) -> None:
    values = np.resize(SCORES, number) + np.arange(number) / 1000

    found = mean_interval(values, level=level)

    theirs = bootstrap(
        (values,),
        np.mean,
        method="BCa",
        n_resamples=2000,
        confidence_level=widened(level, number),
        rng=np.random.default_rng([0, number]),
    ).confidence_interval
    assert found is not None
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)
    assert found.method == "bca"


def test_whole_clusters_are_drawn() -> None:
    found = mean_interval(SCORES, CLUSTERS, resamples=500)

    groups = [SCORES[np.equal(CLUSTERS, name)] for name in dict.fromkeys(CLUSTERS)]
    generator = np.random.default_rng([0, len(groups)])
    drawn = [
        np.concatenate([groups[place] for place in places]).mean()
        for places in generator.integers(0, len(groups), (500, len(groups)))
    ]
    acceleration, error = skew_and_error(groups)
    assert error > 0
    bias = norm.ppf(np.mean(np.array(drawn) < SCORES.mean()))
    reach = norm.isf((1 - widened(0.95, len(groups))) / 2)
    shares = [norm.cdf(bias + (bias + z) / (1 - acceleration * (bias + z))) for z in (-reach, reach)]
    assert len(groups) >= 10
    assert found is not None
    assert (found.low, found.high) == pytest.approx(np.quantile(drawn, shares).tolist(), abs=1e-9)


def skew_and_error(groups: list[Numbers]) -> tuple[float, float]:
    """The acceleration by the jackknife, and the standard error of the bootstrap of the ratio of sums."""
    whole = np.concatenate(groups)
    without = [np.concatenate(groups[:place] + groups[place + 1 :]).mean() for place in range(len(groups))]
    lost = np.mean(without) - without
    off = [group.sum() - whole.mean() * len(group) for group in groups]
    return float((lost**3).sum() / (6 * (lost**2).sum() ** 1.5)), math.sqrt(sum(one**2 for one in off)) / len(whole)


@pytest.mark.parametrize("clusters", [3, 9, 300])
def test_few_and_many_clusters_take_efrons_approximation(clusters: int) -> None:
    values = np.random.default_rng(3).gamma(2.0, 1.0, 3 * clusters)
    names = np.repeat(np.arange(clusters), 3).tolist()

    found = mean_interval(values, names)

    skew, error = skew_and_error(np.split(values, clusters))
    reach = norm.isf((1 - widened(0.95, clusters)) / 2)
    ends = [values.mean() + error * w / (1 - skew * w) ** 2 for w in (skew - reach, skew + reach)]
    assert found is not None
    assert found.method == "abc"
    assert (found.low, found.high) == pytest.approx(ends, abs=1e-9)


def test_very_many_slices_have_the_intervals_that_each_has_alone() -> None:
    generator = np.random.default_rng(5)
    values, clusters = generator.beta(4, 2, 60), generator.integers(0, 45, 60).tolist()
    members = generator.random((1100, 60)) < generator.uniform(0.1, 0.9, (1100, 1))

    together = mean_intervals(values, members, clusters, resamples=200)

    drawn = [place for place, found in enumerate(together) if found is not None and found.method == "bca"]
    assert len(drawn) > 512  # of which on they are drawn by several threads
    for place in range(0, 1100, 20):
        held = members[place]
        alone = mean_interval(values[held], list(compress(clusters, held)), resamples=200)
        found = together[place]
        assert found is not None
        assert alone is not None
        assert (found.low, found.high) == pytest.approx((alone.low, alone.high), abs=1e-12)
        assert found.method == alone.method


def test_the_approximation_goes_on_where_drawing_ends() -> None:
    drawn, approximate = mean_interval(SKEWED[:100]), mean_interval(SKEWED)

    assert drawn is not None
    assert approximate is not None
    assert (drawn.method, approximate.method) == ("bca", "abc")
    assert (approximate.low, approximate.high) == pytest.approx((drawn.low, drawn.high), abs=0.04)


def test_two_samples_have_students_interval() -> None:
    found = mean_interval([0.2, 0.6])

    reach = float(t.isf(0.025, 1)) * 0.2
    assert found is not None
    assert (found.low, found.high) == pytest.approx((0.4 - reach, 0.4 + reach), abs=1e-9)


@pytest.mark.parametrize("level", [0.999, 0.999999])
@pytest.mark.parametrize("number", [4, 12, 250])
def test_a_level_near_1_of_skewed_values_gives_a_wide_interval_not_a_broken_one(number: int, level: float) -> None:
    values = np.zeros(number)
    values[0] = 1.0

    found, narrower = mean_interval(values, level=level), mean_interval(values)

    assert found is not None
    assert narrower is not None
    assert found.low <= narrower.low <= 1 / number <= narrower.high <= found.high < math.inf


def test_turned_round_values_have_the_turned_interval() -> None:
    found, turned = mean_interval(SCORES, CLUSTERS), mean_interval(-SCORES, CLUSTERS)

    assert found is not None
    assert turned is not None
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low), abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(VALUES, st.floats(0.1, 10), st.floats(-50, 50))
def test_an_interval_moves_with_its_values_and_never_holds_what_is_no_number(
    values: list[float], scale: float, shift: float
) -> None:
    found = mean_interval(np.round(values, 3), resamples=200)
    moved = mean_interval(np.round(values, 3) * scale + shift, resamples=200)

    assert (found is None) == (moved is None) == (len(values) < 2)
    if found and moved:
        assert found.low <= found.high
        assert (moved.low, moved.high) == pytest.approx(
            (found.low * scale + shift, found.high * scale + shift), abs=1e-6
        )


def test_one_sample_or_one_cluster_has_no_interval() -> None:
    assert mean_interval([]) is None
    assert mean_interval([0.5]) is None
    assert mean_interval([0.5, 0.6, 0.7], ["one"] * 3) is None


def test_where_nothing_varies_the_interval_is_the_mean_and_says_so() -> None:
    found = mean_interval([0.1, 0.1, 0.1], ["a", "a", "b"])

    assert found is not None
    assert found.method == "constant"
    assert (found.low, found.high) == pytest.approx((0.1, 0.1))


@pytest.mark.parametrize("values", [[0.5, float("nan")], [0.5, float("inf")]])
def test_values_that_are_not_finite_are_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="not finite"):
        mean_interval(values)


@pytest.mark.parametrize("number", [3, 12, 150])
@pytest.mark.parametrize("scale", [2.0**900, 2.0**-900])
def test_the_scale_of_values_does_not_matter(number: int, scale: float) -> None:
    values = np.random.default_rng(5).gamma(2.0, 1.0, number)

    found, scaled = mean_interval(values), mean_interval(values * scale)

    assert found is not None
    assert scaled is not None
    assert (scaled.low / scale, scaled.high / scale) == (found.low, found.high)
    assert (standard_error(values * scale) or 0) / scale == standard_error(values)


def test_values_too_large_to_be_summed_have_no_interval() -> None:
    assert mean_interval([1.7e308, 1.6e308, 1.0], ["a", "a", "b"]) is None
    assert standard_error([1.7e308, 1.6e308, 1.0], ["a", "a", "b"]) is None


def test_members_of_other_samples_are_refused() -> None:
    with pytest.raises(ValueError, match=r"members are \(slices, 2\)"):
        mean_intervals([0.5, 0.6], [[True, False, True]])


@pytest.mark.parametrize("clusters", [CLUSTERS, list(range(40))])
def test_the_standard_error_is_the_clustered_one_of_statsmodels(clusters: list[int]) -> None:
    found = standard_error(SCORES, clusters)

    theirs = OLS(SCORES, np.ones(40)).fit(cov_type="cluster", cov_kwds={"groups": np.array(clusters)}).bse[0]
    assert found == pytest.approx(theirs, abs=1e-9)


def test_of_single_samples_it_is_that_of_scipy() -> None:
    assert standard_error(SCORES) == pytest.approx(sem(SCORES), abs=1e-9)


def test_the_acceleration_of_a_mean_of_single_samples_is_its_skewness_as_scipy_has_it() -> None:
    found = accelerations(cluster_all(SKEWED, np.arange(len(SKEWED))))

    assert found == pytest.approx(skew(SKEWED) / (6 * math.sqrt(len(SKEWED))), abs=1e-9)


def test_one_cluster_has_no_standard_error() -> None:
    assert standard_error(SCORES, ["one"] * 40) is None
    assert standard_error([]) is None
