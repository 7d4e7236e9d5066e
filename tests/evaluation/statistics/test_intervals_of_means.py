"""Bootstrap intervals of mean scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import bootstrap, norm
from statsmodels.api import OLS

from medgen_pytest.evaluation.statistics import mean_interval, mean_intervals
from medgen_pytest.evaluation.statistics.clusters import cluster_codes, cluster_sums, standard_error

GENERATOR = np.random.default_rng(20)
SCORES = GENERATOR.gamma(2.0, 1.0, 40)
CLUSTERS = GENERATOR.integers(0, 12, 40).tolist()
VALUES = st.lists(st.floats(-100, 100), min_size=1, max_size=30)


@pytest.mark.parametrize(("number", "level"), [(5, 0.9), (40, 0.95), (40, 0.99)])
def test_the_interval_of_a_mean_is_scipys_bca_on_the_same_resamples(number: int, level: float) -> None:
    found = mean_interval(SCORES[:number], level=level)

    theirs = bootstrap(
        (SCORES[:number],),
        np.mean,
        method="BCa",
        n_resamples=2000,
        confidence_level=level,
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
    without = [np.concatenate(groups[:place] + groups[place + 1 :]).mean() for place in range(len(groups))]
    lost = np.mean(without) - without
    acceleration = (lost**3).sum() / (6 * (lost**2).sum() ** 1.5)
    bias = norm.ppf(np.mean(np.array(drawn) < SCORES.mean()))
    points = [bias + norm.ppf(tail) for tail in (0.025, 0.975)]
    shares = [norm.cdf(bias + point / (1 - acceleration * point)) for point in points]
    assert found is not None
    assert (found.low, found.high) == pytest.approx(np.quantile(drawn, shares).tolist(), abs=1e-9)


def test_many_slices_at_once_have_the_intervals_that_each_has_alone() -> None:
    members = np.vstack([GENERATOR.random((6, 40)) < 0.5, np.zeros((1, 40)), np.ones((1, 40))]).astype(bool)

    together = mean_intervals(SCORES, members, CLUSTERS)

    alone = [mean_interval(SCORES[held], [CLUSTERS[place] for place in np.flatnonzero(held)]) for held in members]
    assert together[6] is None
    for one, other in zip(together, alone, strict=True):
        assert (one and (one.low, one.high)) == (other and pytest.approx((other.low, other.high), abs=1e-12))


@settings(deadline=None, max_examples=30)
@given(VALUES, st.floats(0.1, 10), st.floats(-50, 50))
def test_an_interval_moves_with_its_values_and_never_holds_what_is_no_number(
    values: list[float], scale: float, shift: float
) -> None:
    found = mean_interval(np.round(values, 3), resamples=200)
    moved = mean_interval(np.round(values, 3) * scale + shift, resamples=200)

    assert (found is None) == (moved is None) == (len(values) < 2)
    if found and moved:
        assert min(values) - 0.001 <= found.low <= found.high <= max(values) + 0.001
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


def test_members_of_other_samples_are_refused() -> None:
    with pytest.raises(ValueError, match=r"members are \(slices, 2\)"):
        mean_intervals([0.5, 0.6], [[True, False, True]])


@pytest.mark.parametrize("clusters", [CLUSTERS, list(range(40))])
def test_the_standard_error_is_the_clustered_one_of_statsmodels(clusters: list[int]) -> None:
    found = standard_error(cluster_sums(SCORES, cluster_codes(clusters, 40)))

    theirs = OLS(SCORES, np.ones(40)).fit(cov_type="cluster", cov_kwds={"groups": np.array(clusters)}).bse[0]
    assert found == pytest.approx(theirs, abs=1e-9)


def test_one_cluster_has_no_standard_error() -> None:
    assert standard_error(cluster_sums(SCORES, np.zeros(40, dtype=np.intp))) is None
