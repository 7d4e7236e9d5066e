"""Lanes: threads of the CPU that each take one image at a time through a network."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_T = TypeVar("_T")
_R = TypeVar("_R")


class Lanes:
    """Runs torch for many items side by side, each item in a thread of its own.

    Torch itself would share each operation out among its threads, which then wait for each other after
    every one of them. And a kernel may add up in another order when it has more threads: here the numbers
    do not depend on how many there are.
    """

    def __init__(self, torch: Any, count: int) -> None:
        self._torch = torch
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="lpips", initializer=self._narrow)

    def each(self, run: Callable[[_T], _R], items: Iterable[_T]) -> list[_R]:
        """The results of `run`, in the order of the items, computed without gradients."""
        threads = self._torch.get_num_threads()
        try:
            return list(self._pool.map(lambda item: self._run(run, item), items))
        finally:
            # What a lane sets for itself is also what threads that are yet to come begin with.
            self._torch.set_num_threads(threads)

    def _run(self, run: Callable[[_T], _R], item: _T) -> _R:
        with self._torch.inference_mode():
            return run(item)

    def _narrow(self) -> None:
        self._torch.set_num_threads(1)
