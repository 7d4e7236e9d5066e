"""Retry policies: how often each kind of fault is tried again, and after which wait."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from medgen_pytest.models.remote.fault import EndpointError, FaultKind

_FIRST_WAIT = 0.5
_LONGEST_WAIT = 30.0
_PATIENT = 1000
"""Tries for what costs nothing and passes: the time of the sample ends them."""
_FRESH_CONNECTIONS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often a request is tried again.

    `retries` bounds the tries after failures of the server and lost replies; a timeout, which may have
    cost as much as an answer, is tried once more at most. Limits, and connections to an endpoint that has
    answered before, are tried until the time of the sample is over. The rest is not tried again.
    """

    retries: int = 4

    def most(self, kind: FaultKind, *, known: bool) -> int:
        """How many more tries a kind of fault gets; `known` says whether the endpoint ever answered."""
        if kind == "limited":
            return _PATIENT if self.retries else 0
        if kind == "connection":
            return min(self.retries, _FRESH_CONNECTIONS) if not known or not self.retries else _PATIENT
        if kind == "timeout":
            return min(1, self.retries)
        return self.retries if kind in {"server", "reply"} else 0


@dataclass(slots=True)
class Tries:
    """The tries of one request so far."""

    policy: RetryPolicy
    faults: Counter[FaultKind] = field(default_factory=Counter)

    def wait_after(self, fault: EndpointError, *, known: bool, chance: random.Random) -> float | None:
        """Seconds to wait before the next try; None when there is none.

        Waits double from 0.5 s to 30 s, each shortened by up to half at random so that requests that
        failed together do not come back together; none is shorter than the endpoint asked for.
        """
        self.faults[fault.kind] += 1
        if self.faults[fault.kind] > self.policy.most(fault.kind, known=known):
            return None
        step: float = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(sum(self.faults.values()) - 1, 10))
        wait = step * chance.uniform(0.5, 1.0)
        return max(wait, fault.retry_after or 0.0)
