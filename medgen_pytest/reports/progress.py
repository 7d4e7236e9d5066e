"""Progress: how far a run is, in one line that fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.figures import clock, money, percent
from medgen_pytest.reports.line import columns_of, cut

if TYPE_CHECKING:
    from collections.abc import Iterator

_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How far a run is: what was judged and what ended in an error, of all that is planned.

    `elapsed` is in seconds; `cost` what is known of it, in the currency of the price tables. `noun` is what is counted.
    """

    planned: int
    accurate: int = 0
    inaccurate: int = 0
    invalid: int = 0
    errors: int = 0
    elapsed: float = 0.0
    cost: float = 0.0
    noun: str = "samples"

    @property
    def judged(self) -> int:
        """Those that are no errors."""
        return self.accurate + self.inaccurate + self.invalid

    @property
    def done(self) -> int:
        """All that have ended."""
        return self.judged + self.errors


def progress_line(standing: Standing, *, width: int | None = None, verbosity: int = 0) -> str:
    """The line, like `medgen 1200/6623 samples, 71.2% accurate (846/1188), 3 errors, 21.7/s, 4:10 left, cost 1.20`.

    In at most `width` columns, where there are no more: it says less rather than being broken by the terminal.
    Verbosity below 0 leaves out rate and cost; above 0 tells inaccurate and invalid answers apart.
    """
    lines = list(_lines(standing, verbosity=verbosity))
    if width is None:
        return lines[0]
    return next((line for line in lines if columns_of(line) <= width), cut(lines[-1], width))


def _lines(standing: Standing, *, verbosity: int) -> Iterator[str]:
    """The line in ever fewer words."""
    start = f"medgen {standing.done}/{standing.planned}"
    rate = [f"{percent(standing.accurate / standing.judged)}"] if standing.judged else []
    counts = [f"{rate[0]} accurate ({standing.accurate}/{standing.judged})"] if rate else []
    parts = [f"{standing.inaccurate} inaccurate", f"{standing.invalid} invalid"] if verbosity > 0 else []
    errors, time = [counted(standing.errors, "error")], _time(standing)
    whole = f"{start} {standing.noun}"
    in_words = [f"{one} accurate" for one in rate]
    if verbosity >= 0:
        yield ", ".join([whole, *counts, *parts, *errors, *_speed(standing), *time, *_cost(standing)])
        yield ", ".join([whole, *counts, *parts, *errors, *time, *_cost(standing)])
        yield ", ".join([whole, *counts, *errors, *time])
    yield ", ".join([whole, *in_words, *errors, *time])
    yield ", ".join([start, *rate, *errors, *time])
    yield ", ".join([start, *rate, *errors])
    yield start


def _time(standing: Standing) -> list[str]:
    done, planned = standing.done, standing.planned
    if 0 < done < planned:
        return [f"{clock(standing.elapsed / done * (planned - done))} left"]
    return [f"took {clock(standing.elapsed)}"] if done else []


def _speed(standing: Standing) -> list[str]:
    """How many a second, or a minute where they take longer; nothing before it is known."""
    if not standing.done or standing.elapsed <= 0:
        return []
    speed = standing.done / standing.elapsed
    return [f"{speed:.1f}/s" if speed >= 1 else f"{speed * _MINUTE:.1f}/min"]


def _cost(standing: Standing) -> list[str]:
    return [f"cost {money(standing.cost)}"] if standing.cost else []
