"""Claims: which process asks a model for a sample, and where the result of it lies afterwards."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medgen_pytest.domain.result import ResultKey


_SHORTEST_PAUSE = 0.002
_LONGEST_PAUSE = 0.05


class Place(NamedTuple):
    """Where a result is stored: the worker whose file it is in, and the position there."""

    worker: str
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Somebody's promise to ask for a sample: `mine`, or another's; once there is a `place`, it is kept."""

    mine: bool
    place: Place | None = None


class Claims(Protocol):
    """What the processes of a session agree on: each sample is asked for by the first that claims it.

    All methods may be called from any thread. Raises StoreError where the claims cannot be kept.
    """

    def claim(self, keys: Sequence[ResultKey], *, most: int) -> tuple[list[ResultKey], int]:
        """Claims so many of these keys, in order, as nobody has yet: which, and how many keys were looked at."""

    def look(self, key: ResultKey) -> Claim | None:
        """The claim on a key, if there is one."""

    def steal(self, key: ResultKey) -> bool:
        """Takes over the claim of a process that died before it was kept; whether there was such a claim."""

    def record(self, places: Mapping[ResultKey, Place]) -> None:
        """Says where the results of claimed keys lie."""

    def release(self, keys: Iterable[ResultKey] | None = None) -> None:
        """Gives up claims of this process that are not kept, all without `keys`, so that others may ask."""

    def close(self) -> None:
        """Gives up every claim of this process that is not kept; nothing else may follow."""


def settle_claim(claims: Claims, key: ResultKey) -> Claim | None:
    """The claim on a key that is kept, or this process's own; None if it was made just now.

    Waits while another process asks, and takes over when that one dies.
    """
    pause = _SHORTEST_PAUSE
    while True:
        claim = claims.look(key)
        if claim is not None and (claim.mine or claim.place is not None):
            return claim
        if claim is None and claims.claim([key], most=1)[0]:
            return None
        if claim is not None and claims.steal(key):
            return None
        time.sleep(pause)
        pause = min(1.5 * pause, _LONGEST_PAUSE)


class OwnClaims:
    """The claims of a process that shares them with nobody."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places: dict[ResultKey, Place | None] = {}

    def claim(self, keys: Sequence[ResultKey], *, most: int) -> tuple[list[ResultKey], int]:
        """See `Claims`."""
        claimed: list[ResultKey] = []
        with self._lock:
            for looked, key in enumerate(keys):
                if len(claimed) == most:
                    return claimed, looked
                if key not in self._places:
                    self._places[key] = None
                    claimed.append(key)
        return claimed, len(keys)

    def look(self, key: ResultKey) -> Claim | None:
        """See `Claims`."""
        with self._lock:
            return Claim(mine=True, place=self._places[key]) if key in self._places else None

    def steal(self, key: ResultKey) -> bool:  # noqa: ARG002 - there is nobody to steal from
        """See `Claims`."""
        return False

    def record(self, places: Mapping[ResultKey, Place]) -> None:
        """See `Claims`."""
        with self._lock:
            self._places.update(places)

    def release(self, keys: Iterable[ResultKey] | None = None) -> None:
        """See `Claims`."""
        with self._lock:
            for key in list(self._places) if keys is None else keys:
                if self._places.get(key) is None:
                    self._places.pop(key, None)

    def close(self) -> None:
        """See `Claims`."""
        self.release()
