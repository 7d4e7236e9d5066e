"""Prices and the sums of usages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.output import Usage
from medgen_pytest.models.remote.price import PriceSettings, add_usage

_AMOUNT = st.none() | st.integers(0, 10**9)
_USAGES = st.builds(Usage, input_tokens=_AMOUNT, output_tokens=_AMOUNT, images=_AMOUNT)


def test_each_amount_has_its_price() -> None:
    price = PriceSettings(input_per_million=2, output_per_million=10, per_image=0.5, per_request=0.125)

    assert price.cost(Usage(input_tokens=500_000, output_tokens=100_000, images=2)) == pytest.approx(1 + 1 + 1 + 0.125)


def test_what_has_no_price_need_not_be_known() -> None:
    assert PriceSettings(per_image=0.04).cost(Usage(images=1)) == pytest.approx(0.04)
    assert PriceSettings().cost(Usage()) == 0


def test_what_has_a_price_and_is_unknown_makes_the_cost_unknown() -> None:
    assert PriceSettings(per_image=0.04).cost(Usage(input_tokens=5)) is None
    assert PriceSettings(input_per_million=1).cost(Usage(output_tokens=5)) is None


@given(st.lists(_USAGES, min_size=1))
def test_a_sum_knows_an_amount_only_if_every_part_does(parts: list[Usage]) -> None:
    total = add_usage(*parts)

    assert total is not None
    for name in ("input_tokens", "output_tokens", "images"):
        amounts = [getattr(part, name) for part in parts]
        assert getattr(total, name) == (None if None in amounts else sum(amounts))


def test_parts_that_are_not_there_do_not_count() -> None:
    assert add_usage() is None
    assert add_usage(None, None) is None
    assert add_usage(None, Usage(images=1)) == Usage(images=1)


@given(st.lists(_USAGES, min_size=1, max_size=5))
def test_the_cost_of_a_sum_is_the_sum_of_the_costs(parts: list[Usage]) -> None:
    price = PriceSettings(input_per_million=3, output_per_million=7, per_image=0.01)
    costs = [price.cost(part) for part in parts]
    total = add_usage(*parts)

    assert total is not None
    known = [cost for cost in costs if cost is not None]
    expected = pytest.approx(sum(known)) if len(known) == len(costs) else None
    assert price.cost(total) == expected
