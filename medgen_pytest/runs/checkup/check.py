"""Checks: each looks at one part, in a thread of its own and in a limited time, and breaks no other."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from medgen_pytest.evaluation.checkup import Checkup, Finding, Section, problem, warning
from medgen_pytest.models.reason import reason_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_T = TypeVar("_T")

SECONDS = 30.0
"""How long a check may take, unless it says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What is looked at, under the name of its part, and the seconds that it may take."""

    part: str
    look: Callable[[], Iterable[Finding]]
    seconds: float = SECONDS


def carry_out(checks: Sequence[Check]) -> Checkup:
    """What all checks find, in their order; they run at once. Parts of one name become one; raises nothing."""
    running = [_Running(check) for check in checks]
    found: dict[str, list[Finding]] = {}
    for one in running:
        found.setdefault(one.check.part, []).extend(one.findings())
    return Checkup(sections=tuple(Section(name=name, findings=tuple(some)) for name, some in found.items() if some))


def at_once(calls: Sequence[Callable[[], _T]]) -> list[_T]:
    """What several calls return, in their order; each is made in a thread that no end of the process waits for."""
    results: list[Future[_T]] = [Future() for _ in calls]
    for call, result in zip(calls, results, strict=True):
        threading.Thread(target=_settle, args=(call, result), daemon=True).start()
    return [result.result() for result in results]


def _settle(call: Callable[[], _T], result: Future[_T]) -> None:
    try:
        result.set_result(call())
    except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
        result.set_exception(error)


class Once(Generic[_T]):
    """What a call returns, which is made when it is first asked for; several checks may ask."""

    def __init__(self, call: Callable[[], _T]) -> None:
        self._call = call
        self._lock = threading.Lock()
        self._result: Future[_T] | None = None

    def __call__(self) -> _T:
        """That. Raises what the call raises, each time."""
        with self._lock:
            if self._result is None:
                result: Future[_T] = Future()
                _settle(self._call, result)
                self._result = result
        return self._result.result()

    @property
    def known(self) -> _T | None:
        """That, if the call was made and returned."""
        result = self._result
        return None if result is None or result.exception() is not None else result.result()


class _Running:
    """A check that has been started."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self._found: list[Finding] = []
        self._ends = time.monotonic() + check.seconds
        # Nobody waits for it when the process ends: what hangs cannot be stopped from outside.
        self._thread = threading.Thread(target=self._look, name=f"medgen-{check.part}", daemon=True)
        self._thread.start()

    def findings(self) -> list[Finding]:
        """What it found in its time."""
        self._thread.join(max(0.0, self._ends - time.monotonic()))
        if not self._thread.is_alive():
            return self._found
        late = warning(
            f"looking took more than {self.check.seconds:g} s and was given up",
            todo="look whether a disk, a network or an import hangs there",
        )
        return [*self._found, late]

    def _look(self) -> None:
        try:
            for finding in self.check.look():
                self._found.append(finding)
        except BaseException as error:  # noqa: BLE001 - whatever one check meets, the others are still carried out
            self._found.append(
                problem(f"it cannot be examined: {reason_of(error)}", todo="mend that, or report it if it is ours")
            )
