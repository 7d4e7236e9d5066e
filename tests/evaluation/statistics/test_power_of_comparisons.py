"""Which differences samples can show, and how many samples a difference takes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.power import NormalIndPower, normal_sample_size_one_tail
from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

from medgen_pytest.evaluation.statistics import (
    detectable_difference,
    detectable_mean_difference,
    exact_interval,
    samples_for_rate,
    samples_for_rates,
    samples_to_decide,
    samples_to_detect,
)


@pytest.mark.parametrize(("difference", "discordant"), [(0.03, 0.1), (-0.03, 0.1), (0.2, 0.5), (0.1, 0.1)])
@pytest.mark.parametrize("power", [0.8, 0.9])
def test_the_samples_for_a_paired_difference_are_those_of_statsmodels(
    difference: float, discordant: float, power: float
) -> None:
    found = samples_to_detect(difference, discordant=discordant, power=power)

    theirs = normal_sample_size_one_tail(
        difference,
        power,
        0.025,
        std_null=math.sqrt(discordant),
        std_alternative=math.sqrt(discordant - difference**2),
    )
    assert found == math.ceil(theirs)


@pytest.mark.parametrize(("samples", "discordant"), [(6623, 0.1), (500, 0.2), (60, 0.9)])
def test_the_detectable_difference_is_the_one_that_takes_so_many_samples(samples: int, discordant: float) -> None:
    found = detectable_difference(samples, discordant=discordant)

    assert found is not None
    theirs = normal_sample_size_one_tail(
        found, 0.8, 0.025, std_null=math.sqrt(discordant), std_alternative=math.sqrt(discordant - found**2)
    )
    assert theirs == pytest.approx(samples, abs=1e-6)


@pytest.mark.parametrize("discordant", [0.0, 0.001])
def test_where_hardly_a_pair_differs_all_that_differ_would_have_to_do_so_one_way(discordant: float) -> None:
    found = detectable_difference(100, discordant=discordant)

    assert found is not None
    assert found > discordant
    assert samples_to_detect(found, discordant=discordant) == pytest.approx(100, abs=1)


def test_a_few_samples_show_no_difference_at_all() -> None:
    assert detectable_difference(3, discordant=0.5) is None
    assert detectable_difference(0, discordant=0.0) is None


@settings(deadline=None)
@given(st.floats(1, 1e5), st.floats(0, 1))
def test_more_samples_show_smaller_differences(samples: float, discordant: float) -> None:
    few = detectable_difference(samples, discordant=discordant)
    many = detectable_difference(4 * samples, discordant=discordant)

    assert few is None or (many is not None and 0 < many <= few <= 1)


@pytest.mark.parametrize(("rate", "bound"), [(0.85, 0.8), (0.75, 0.8), (0.5, 0.4)])
def test_the_samples_for_a_rate_against_a_bound_are_those_of_statsmodels(rate: float, bound: float) -> None:
    theirs = normal_sample_size_one_tail(
        rate - bound, 0.8, 0.05, std_null=math.sqrt(bound * (1 - bound)), std_alternative=math.sqrt(rate * (1 - rate))
    )

    assert samples_for_rate(rate, bound) == math.ceil(theirs)


@pytest.mark.parametrize(("first", "second"), [(0.6, 0.5), (0.9, 0.95)])
def test_the_samples_for_two_rates_are_those_of_statsmodels(first: float, second: float) -> None:
    theirs = samplesize_proportions_2indep_onetail(first - second, second, 0.8, alpha=0.05, alternative="two-sided")

    assert samples_for_rates(first, second) == math.ceil(theirs)


def test_the_detectable_difference_of_means_is_that_of_statsmodels() -> None:
    found = detectable_mean_difference(1 / math.sqrt(50))

    theirs = NormalIndPower().power(found, nobs1=50, alpha=0.025, ratio=0, alternative="larger")
    assert theirs == pytest.approx(0.8, abs=1e-9)


@pytest.mark.parametrize(("rate", "bound"), [(0.95, 0.9), (1.0, 0.9), (0.5, 0.9), (0.0, 0.02)])
def test_so_many_samples_decide_and_one_fewer_do_not(rate: float, bound: float) -> None:
    samples = samples_to_decide(rate, bound)

    assert samples is not None
    assert _is_decided(rate, bound, samples)
    assert not _is_decided(rate, bound, samples - 1)


def _is_decided(rate: float, bound: float, samples: int) -> bool:
    interval = exact_interval(rate * samples, samples, level=0.9)
    return interval is not None and (interval.low > bound or interval.high < bound)


def test_samples_of_clusters_decide_later() -> None:
    alone = samples_to_decide(0.95, 0.9)

    assert alone is not None
    assert samples_to_decide(0.95, 0.9, effect=2.5) == math.ceil(2.5 * alone)


def test_a_rate_at_its_bound_is_never_decided() -> None:
    assert samples_to_decide(0.9, 0.9) is None
    assert samples_for_rate(0.9, 0.9) is None
    assert samples_for_rates(0.9, 0.9) is None


@pytest.mark.parametrize("difference", [0.0, 1.5])
def test_no_samples_show_what_is_no_difference(difference: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        samples_to_detect(difference, discordant=0.5)


@pytest.mark.parametrize(("power", "alpha"), [(1.0, 0.05), (0.01, 0.05), (0.8, 0.0)])
def test_power_and_alpha_are_chances(power: float, alpha: float) -> None:
    with pytest.raises(ValueError, match="0 < alpha < power < 1"):
        detectable_difference(100, discordant=0.1, power=power, alpha=alpha)


@pytest.mark.parametrize("rates", [(1.2, 0.5), (0.5, -0.1)])
def test_what_is_no_rate_is_refused(rates: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match=r"0\.\.1"):
        samples_for_rate(*rates)
