"""Faulting: which fault a request meets, decided by the seed and by what the faults go by."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from medgen_pytest.fake_server.chance import unit
from medgen_pytest.fake_server.fault import IMAGE_KINDS, JUDGE_KINDS, TEXT_KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.fake_server.fault import Fault
    from medgen_pytest.fake_server.question import Question


class Faulting:
    """The faults of a server with what they have done so far."""

    def __init__(self, faults: Sequence[Fault], *, seed: int) -> None:
        self._faults = tuple(faults)
        self._seed = seed
        self._met: Counter[tuple[int, str]] = Counter()

    def draw(self, question: Question, *, path: str, digest: str, number: int) -> Fault | None:
        """The fault that the request of this content and number (from 1) meets: the first that hits it."""
        for index, fault in enumerate(self._faults):
            if not _concerns(fault, question, path):
                continue
            if fault.by == "number":
                if unit(self._seed, index, "block", (number - 1) // fault.burst) < fault.rate:
                    return fault
                continue
            content = question.judge.subject if question.judge and fault.kind in JUDGE_KINDS else digest
            if unit(self._seed, index, content) < fault.rate and self._has_tries_left(index, fault, content):
                return fault
        return None

    def reset(self) -> None:
        """Forgets which contents have met what."""
        self._met.clear()

    def _has_tries_left(self, index: int, fault: Fault, digest: str) -> bool:
        if fault.times is None:
            return True
        self._met[index, digest] += 1
        return self._met[index, digest] <= fault.times


def _concerns(fault: Fault, question: Question, path: str) -> bool:
    if fault.path not in path or fault.only == ("model" if question.judge else "judge"):
        return False
    if fault.kind in JUDGE_KINDS:
        return question.judge is not None
    if fault.kind in IMAGE_KINDS:
        return question.wants_image
    return question.wants_text if fault.kind in TEXT_KINDS else True
