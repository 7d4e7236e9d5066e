"""A cache of features, bounded in bytes: what was used longest ago goes first."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

_V = TypeVar("_V")


class FeatureCache(Generic[_V]):
    """Features of references by a digest of what they were made from."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held: OrderedDict[Hashable, tuple[_V, int]] = OrderedDict()
        self._bytes = 0

    @property
    def held_bytes(self) -> int:
        """The sizes of what is held, in total; never more than the bound."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._held)

    def get(self, key: Hashable) -> _V | None:
        """The features of a key, if they are held."""
        found = self._held.get(key)
        if found is None:
            return None
        self._held.move_to_end(key)
        return found[0]

    def put(self, key: Hashable, value: _V, *, size: int) -> None:
        """Holds features of `size` bytes; what is larger than the whole bound is not held."""
        if key in self._held:
            self._bytes -= self._held.pop(key)[1]
        if size > self._max_bytes:
            return
        self._held[key] = (value, size)
        self._bytes += size
        while self._bytes > self._max_bytes:
            _, (_, freed) = self._held.popitem(last=False)
            self._bytes -= freed
