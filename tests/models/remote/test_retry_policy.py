"""Retry policies: how often each kind of fault is tried again, and after which wait."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.models.remote.fault import EndpointError, FaultKind
from medgen_pytest.models.remote.retry_policy import RetryPolicy, Tries

if TYPE_CHECKING:
    from collections.abc import Iterator

KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
CHANCE = random.Random(1)  # noqa: S311 - spreads waits, guards nothing


def waits(kind: FaultKind, *, retries: int = 4, known: bool = False, most: int = 50) -> Iterator[float]:
    """The waits before each further try, until there is none."""
    tries, chance = Tries(RetryPolicy(retries=retries)), CHANCE
    for _ in range(most):
        wait = tries.wait_after(EndpointError(kind, "it"), known=known, chance=chance)
        if wait is None:
            return
        yield wait


@pytest.mark.parametrize(
    ("kind", "known", "tries"),
    [
        ("limited", False, 50),
        ("server", False, 4),
        ("reply", False, 4),
        ("timeout", True, 1),
        ("connection", False, 2),
        ("connection", True, 50),
        ("denied", True, 0),
        ("redirect", True, 0),
    ],
)
def test_each_kind_of_fault_has_its_number_of_tries(kind: FaultKind, known: bool, tries: int) -> None:  # noqa: FBT001 - a case
    assert len(list(waits(kind, known=known))) == tries


@pytest.mark.parametrize("kind", KINDS)
def test_without_retries_nothing_is_tried_again(kind: FaultKind) -> None:
    assert list(waits(kind, retries=0, known=True)) == []


def test_waits_double_up_to_half_a_minute_and_are_shortened_by_half_at_most() -> None:
    found = list(waits("limited", most=12))

    for index, wait in enumerate(found):
        step = min(30.0, 0.5 * 2**index)
        assert step / 2 <= wait <= step


def test_kinds_are_counted_apart_but_waits_grow_together() -> None:
    tries, chance = Tries(RetryPolicy(retries=1)), CHANCE

    first = tries.wait_after(EndpointError("server", "it"), known=True, chance=chance)
    second = tries.wait_after(EndpointError("reply", "it"), known=True, chance=chance)
    third = tries.wait_after(EndpointError("server", "it"), known=True, chance=chance)

    assert first is not None
    assert second is not None
    assert 0.5 <= second <= 1
    assert third is None


@given(st.floats(0, 1e6), st.integers(0, 20))
def test_no_wait_is_shorter_than_the_endpoint_asked_for(asked: float, before: int) -> None:
    tries, chance = Tries(RetryPolicy()), CHANCE
    for _ in range(before):
        tries.wait_after(EndpointError("limited", "it"), known=True, chance=chance)

    wait = tries.wait_after(EndpointError("limited", "it", retry_after=asked), known=True, chance=chance)

    assert wait is not None
    assert wait >= asked
