"""Two models, or a run and its baseline, on the same samples."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import multinomial, norm, permutation_test, wilcoxon
from statsmodels.stats.contingency_tables import mcnemar

from medgen_pytest.evaluation.statistics import (
    compare_many_means,
    compare_means,
    compare_rates,
    drop_bound,
    mean_interval,
)
from medgen_pytest.evaluation.statistics.score_difference import score_ends
from medgen_pytest.evaluation.statistics.sign_flips import enumerated_p, sign_flip_p

PAIRS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1)), min_size=1, max_size=80)
GENERATOR = np.random.default_rng(21)
FIRST = GENERATOR.normal(0.7, 0.1, 60)
SECOND = FIRST + GENERATOR.normal(0.02, 0.05, 60)
CLUSTERS = GENERATOR.integers(0, 9, 60).tolist()


@settings(deadline=None)
@given(PAIRS)
def test_the_p_value_of_two_rates_is_the_exact_mcnemar_of_statsmodels(pairs: list[tuple[int, int]]) -> None:
    first, second = zip(*pairs, strict=True)

    found = compare_rates(first, second)

    table = [[pairs.count((1, 1)), pairs.count((1, 0))], [pairs.count((0, 1)), pairs.count((0, 0))]]
    assert found.p_value == pytest.approx(mcnemar(table, exact=True).pvalue, abs=1e-9)
    assert (found.method, found.pairs, found.clusters) == ("mcnemar", len(pairs), len(pairs))
    assert (found.only_first, found.only_second) == (pairs.count((1, 0)), pairs.count((0, 1)))
    assert found.difference == pytest.approx((sum(second) - sum(first)) / len(pairs))


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 12), st.integers(0, 12), st.integers(1, 30), st.sampled_from([0.9, 0.95]))
def test_the_ends_of_the_score_interval_are_where_the_score_test_turns(
    only_first: int, only_second: int, alike: int, level: float
) -> None:
    assume(only_first + only_second > 0)
    total = only_first + only_second + alike
    tail = (1 - level) / 2

    low, high = score_ends(only_first, only_second, total, tail=tail)

    for end, sign in ((low, 1), (high, -1)):
        assert _score(only_first, only_second, total, end) == pytest.approx(sign * norm.isf(tail), abs=1e-3)


def _score(only_first: int, only_second: int, total: int, difference: float) -> float:
    """The score statistic with the likeliest share found by search rather than by formula."""

    def misfit(share: float) -> float:
        chances = (share, share + difference, 1 - 2 * share - difference)
        counts = (only_first, only_second, total - only_first - only_second)
        terms = (count * math.log(max(chance, 1e-300)) for count, chance in zip(counts, chances, strict=True))
        return -math.fsum(terms)

    bounds = (max(0.0, -difference), (1 - difference) / 2)
    share = minimize_scalar(misfit, bounds=bounds, method="bounded", options={"xatol": 1e-13}).x
    variance = (2 * share + difference - difference**2) / total
    return float(((only_second - only_first) / total - difference) / np.sqrt(variance))


@pytest.mark.parametrize("samples", [20, 1000])
def test_where_no_pair_differs_the_difference_is_still_not_certain(samples: int) -> None:
    found = compare_rates([1] * samples, [1] * samples)

    reach = norm.isf(0.025) ** 2 / (samples + norm.isf(0.025) ** 2)
    assert found.p_value == 1
    assert found.interval is not None
    assert (found.interval.low, found.interval.high) == pytest.approx((-reach, reach), abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 5)), min_size=1, max_size=40))
def test_clustered_rates_are_compared_by_turning_whole_clusters_round(samples: list[tuple[int, int, int]]) -> None:
    first, second, clusters = zip(*samples, strict=True)

    found = compare_rates(first, second, clusters)

    sums = [sum(b - a for a, b, name in samples if name == cluster) for cluster in dict.fromkeys(clusters)]
    turned = [abs(np.dot(signs, sums)) for signs in itertools.product((-1, 1), repeat=len(sums))]
    expected = np.mean([value >= abs(sum(sums)) for value in turned])
    assert found.p_value == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sampled_from([-1, -2 / 3, -0.5, -1 / 3, 0, 1 / 3, 0.5, 1]), min_size=2, max_size=9))
def test_parts_of_samples_are_counted_out_as_scipy_permutes_them(differences: list[float]) -> None:
    found = sign_flip_p(np.array(differences))

    theirs = permutation_test(
        (np.round(np.multiply(differences, 6)),),
        lambda values, axis: values.sum(axis=axis),
        permutation_type="samples",
        n_resamples=np.inf,
        vectorized=True,
    )
    assert found == pytest.approx(float(theirs.pvalue), abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(-6, 6), max_size=12))
def test_a_drop_counted_out_is_that_of_trying_all_signs(differences: list[int]) -> None:
    numbers = np.array(differences, dtype=np.float64)

    assert sign_flip_p(numbers, alternative="drop") == pytest.approx(
        enumerated_p(numbers, alternative="drop"), abs=1e-9
    )


def test_differences_without_a_common_unit_are_drawn() -> None:
    found = sign_flip_p(SECOND - FIRST, draws=999)

    assert found == enumerated_p(SECOND - FIRST, draws=999)
    assert found == pytest.approx(
        2 * norm.sf(abs((SECOND - FIRST).sum()) / np.sqrt(((SECOND - FIRST) ** 2).sum())), abs=0.02
    )


@pytest.mark.parametrize("number", [12, 60])
def test_the_p_value_of_two_means_is_wilcoxons(number: int) -> None:
    found = compare_means(FIRST[:number], SECOND[:number])

    assert found.p_value == pytest.approx(float(wilcoxon(SECOND[:number] - FIRST[:number]).pvalue), abs=1e-9)
    assert found.method == "wilcoxon"


def test_the_interval_of_two_means_is_that_of_their_differences() -> None:
    found = compare_means(FIRST, SECOND, CLUSTERS)

    assert found.interval == mean_interval(SECOND - FIRST, CLUSTERS)
    assert (found.only_first, found.only_second) == ((SECOND < FIRST).sum(), (SECOND > FIRST).sum())


def test_many_means_at_once_give_what_one_by_one_gives() -> None:
    generator = np.random.default_rng(3)
    series = [
        (generator.normal(size=number), generator.normal(size=number), clusters)
        for number, clusters in ((0, None), (1, None), (12, None), (12, list("aabbccddeeff")), (30, None))
    ]

    assert compare_many_means(series, level=0.9) == [compare_means(*one, level=0.9) for one in series]


def test_clustered_ranks_are_summed_by_cluster_and_turned_round() -> None:
    found = compare_means(FIRST, SECOND, CLUSTERS)

    apart = SECOND - FIRST
    ranks = np.sign(apart) * (np.argsort(np.argsort(np.abs(apart))) + 1)
    sums = [ranks[np.equal(CLUSTERS, name)].sum() for name in dict.fromkeys(CLUSTERS)]
    turned = [abs(np.dot(signs, sums)) for signs in itertools.product((-1, 1), repeat=len(sums))]
    assert found.method == "clustered_wilcoxon"
    assert found.p_value == pytest.approx(np.mean(np.array(turned) >= abs(sum(sums))), abs=1e-9)


def test_many_clustered_ranks_take_the_normal_approximation_of_rosner_glynn_and_lee() -> None:
    apart = GENERATOR.normal(0.1, 1, 300)
    clusters = [place // 3 for place in range(300)]

    found = compare_means(np.zeros(300), apart, clusters)

    ranks = np.sign(apart) * (np.argsort(np.argsort(np.abs(apart))) + 1)
    sums = ranks.reshape(100, 3).sum(axis=1)
    assert found.p_value == pytest.approx(2 * norm.sf(abs(sums.sum()) / np.sqrt((sums**2).sum())), abs=1e-9)


def test_without_pairs_nothing_can_be_said() -> None:
    for found in (compare_rates([], []), compare_means([], [])):
        assert (found.pairs, found.first, found.second, found.difference) == (0, None, None, None)
        assert (found.interval, found.p_value, found.detectable) == (None, None, None)
    assert drop_bound([], []) is None


def test_a_series_compared_with_itself_does_not_differ() -> None:
    rates, means = compare_rates([1, 0, 1], [1, 0, 1]), compare_means(FIRST, FIRST)

    assert (rates.p_value, rates.difference, means.p_value, means.difference) == (1, 0, 1, 0)
    assert means.interval is not None
    assert (means.interval.method, means.interval.low, means.interval.high) == ("constant", 0, 0)


@settings(deadline=None, max_examples=50)
@given(PAIRS, st.sampled_from([0.9, 0.95]))
def test_the_bound_of_a_drop_is_a_little_beyond_the_end_of_the_interval_of_the_difference(
    pairs: list[tuple[int, int]], level: float
) -> None:
    baseline, current = zip(*pairs, strict=True)

    found = drop_bound(baseline, current, level=level)

    both = compare_rates(baseline, current, level=2 * level - 1).interval
    assert both is not None
    assert found is not None
    assert 0 <= found + both.low + 1e-9 <= 1 / len(pairs) + 1e-9


@pytest.mark.parametrize("pairs", [12, 30])
@pytest.mark.parametrize(("fell", "rose"), [(0.1, 0.1), (0.1, 0.05), (0.05, 0.02), (0.06, 0.01), (0.3, 0.1)])
def test_the_bound_of_a_drop_keeps_its_level_on_either_side(pairs: int, fell: float, rose: float) -> None:
    """Over all tables that there are: exactly, without any simulation."""
    below = above = 0.0
    for down in range(pairs + 1):
        for up in range(pairs - down + 1):
            same = pairs - down - up
            chance = multinomial.pmf([down, up, same], pairs, [fell, rose, 1 - fell - rose])
            before, now = [1] * down + [0] * (up + same), [0] * down + [1] * up + [0] * same
            high, low = drop_bound(before, now), drop_bound(now, before)
            assert high is not None
            assert low is not None
            below += chance * (high < fell - rose)
            above += chance * (-low > fell - rose)

    assert max(below, above) <= 0.05


def test_nothing_beyond_the_other_side_is_a_plain_zero() -> None:
    found = compare_rates([0.0, 0.0], [1.0, 0.0])

    assert math.copysign(1, found.only_first) == 1.0


def test_swapping_the_models_turns_the_comparison_round() -> None:
    there, back = compare_rates([1, 1, 0, 1], [0, 1, 1, 0]), compare_rates([0, 1, 1, 0], [1, 1, 0, 1])

    assert there.difference == -(back.difference or 0)
    assert there.p_value == back.p_value
    assert there.interval is not None
    assert back.interval is not None
    assert (there.interval.low, there.interval.high) == pytest.approx((-back.interval.high, -back.interval.low))


def test_a_comparison_is_plain_values_for_reports() -> None:
    data = compare_rates([1, 1, 0, 1], [0, 1, 1, 0]).to_dict()

    assert data["interval"] == {
        "low": pytest.approx(-0.80, abs=0.1),
        "high": pytest.approx(0.50, abs=0.1),
        "level": 0.95,
        "method": "score",
    }
    assert (data["pairs"], data["only_first"], data["only_second"], data["p_value"]) == (4, 2.0, 1.0, 1.0)


def test_series_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="2 and 3 samples are no pairs"):
        compare_rates([1, 0], [1, 0, 1])


def test_the_root_of_a_known_table_is_found_by_another_solver() -> None:
    low, high = score_ends(12, 2, 50, tail=0.025)

    z = norm.isf(0.025)
    assert low == pytest.approx(brentq(lambda end: _score(12, 2, 50, end) - z, -0.6, -0.2, xtol=1e-12), abs=1e-6)
    assert high == pytest.approx(brentq(lambda end: _score(12, 2, 50, end) + z, -0.2, 0.2, xtol=1e-12), abs=1e-6)
