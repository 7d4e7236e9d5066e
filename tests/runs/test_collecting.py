"""Collection put off: no search for cycles inside, none of what was made inside soon after, and all as before."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.runs.collecting import collection_paused

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _collector_as_before() -> Iterator[None]:
    was_enabled = gc.isenabled()
    gc.collect()
    yield
    gc.unfreeze()
    (gc.enable if was_enabled else gc.disable)()


@pytest.mark.parametrize("is_enabled", [True, False])
def test_the_search_is_off_inside_and_as_before_afterwards(*, is_enabled: bool) -> None:
    (gc.enable if is_enabled else gc.disable)()

    with collection_paused():
        inside = gc.isenabled()

    assert (inside, gc.isenabled()) == (False, is_enabled)


def test_the_search_is_on_again_after_an_error() -> None:
    gc.enable()

    with pytest.raises(ValueError, match="broken"), collection_paused():
        raise ValueError("broken")

    assert gc.isenabled()


def test_what_was_made_inside_is_not_looked_through_by_the_next_search() -> None:
    gc.enable()

    with collection_paused():
        made = [[number] for number in range(5000)]

    young = {id(one) for generation in (0, 1) for one in gc.get_objects(generation)}
    assert not young & {id(one) for one in made}


def test_what_somebody_else_has_frozen_stays_frozen() -> None:
    gc.enable()
    gc.freeze()
    frozen = gc.get_freeze_count()

    with collection_paused():
        pass

    assert gc.get_freeze_count() == frozen > 0
