"""Batches are halved when the memory of the device is full, and nothing is lost or computed out of order."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.metrics.torch_runtime import in_batches
from tests.learned.packages import require

if TYPE_CHECKING:
    from collections.abc import Sequence

torch = require("torch")


class Device:
    """Doubles numbers, as many at once as fit."""

    def __init__(self, room: int, error: Exception) -> None:
        self.room = room
        self.error = error
        self.tried: list[int] = []

    def run(self, batch: Sequence[int]) -> list[int]:
        self.tried.append(len(batch))
        if len(batch) > self.room:
            raise self.error
        return [2 * item for item in batch]


ERRORS = [
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: not enough memory"),
]


@pytest.mark.parametrize("error", ERRORS, ids=["gpu", "cpu"])
def test_the_batch_is_halved_until_it_fits_and_stays_so(error: Exception) -> None:
    device = Device(room=3, error=error)

    assert in_batches(range(20), device.run, size=16) == [2 * item for item in range(20)]
    assert device.tried == [16, 8, 4, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]


@pytest.mark.parametrize("error", ERRORS, ids=["gpu", "cpu"])
def test_one_item_that_does_not_fit_is_an_error(error: Exception) -> None:
    device = Device(room=0, error=error)

    with pytest.raises(type(error)):
        in_batches(range(4), device.run, size=4)
    assert device.tried == [4, 2, 1]


def test_other_errors_are_not_taken_for_a_lack_of_memory() -> None:
    device = Device(room=1, error=RuntimeError("shapes do not fit"))

    with pytest.raises(RuntimeError, match="shapes do not fit"):
        in_batches(range(4), device.run, size=4)
    assert device.tried == [4]


@given(count=st.integers(0, 60), size=st.integers(1, 40), room=st.integers(1, 40))
def test_every_item_has_its_result_in_order(count: int, size: int, room: int) -> None:
    device = Device(room=room, error=ERRORS[1])

    assert in_batches(range(count), device.run, size=size) == [2 * item for item in range(count)]
