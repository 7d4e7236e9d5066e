"""Records: of what several runs say about one sample, what the merged run keeps."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.runs.finish import is_current

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.domain.result import ResultKey, SampleResult
    from medgen_pytest.evaluation.merge_summary import Choice
    from medgen_pytest.runs.merging.part import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A record with the part that it comes from. `counts` if it is what the merged run says of its sample."""

    result: SampleResult
    part: Part
    counts: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The records of a merged run in the order of their time, its plan, and how often each choice was made."""

    planned: Sequence[PlannedSample]
    entries: Sequence[Entry]
    choices: Mapping[Choice, int]


def join(parts: Sequence[Part]) -> Joined:
    """What the merged run of some parts holds.

    Of several records of a sample one that is no error beats an error, then the newest counts; results of another
    revision than their run's latest do not count. Answers that do not count are kept as far as that changes nothing:
    they were paid for.
    """
    found: defaultdict[ResultKey, list[Entry]] = defaultdict(list)
    for part in parts:
        for entry in _entries(part):
            found[entry.result.key].append(entry)
    choices: Counter[Choice] = Counter()
    kept = [entry for key in sorted(found) for entry in _chosen(found[key], choices)]
    return Joined(planned=join_plans(parts), entries=sorted(kept, key=_time), choices=choices)


def join_plans(parts: Iterable[Part]) -> list[PlannedSample]:
    """Everything that any part plans, and for shards everything that all shards do."""
    planned: dict[ResultKey, PlannedSample] = {}
    for part in parts:
        for sample in part.planned:
            planned.setdefault(sample.key, sample)
    return [planned[key] for key in sorted(planned)]


def _entries(part: Part) -> list[Entry]:
    last = [
        Entry(result=result, part=part, counts=is_current(result, part.manifest))
        for result in part.stored.results.values()
    ]
    earlier = [*part.stored.superseded, *part.stored.rejudged]
    return [*last, *(Entry(result=result, part=part, counts=False) for result in earlier)]


def _chosen(entries: Sequence[Entry], choices: Counter[Choice]) -> list[Entry]:
    """The entries of one sample that are kept, the one that counts last among those of its time."""
    rivals = [entry for entry in entries if entry.counts]
    if not rivals:
        return _distinct(entries)
    best = max(rivals, key=lambda entry: (entry.result.status != "error", _time(entry)))
    choices.update(_why(best, rival) for rival in rivals if rival is not best)
    others = _distinct(
        Entry(result=entry.result, part=entry.part, counts=False) for entry in entries if not _is_same(entry, best)
    )
    kept = [entry for entry in others if not _hides(entry, best)]
    choices["hidden"] += len(others) - len(kept)
    return [*kept, best]


def _why(best: Entry, rival: Entry) -> Choice:
    if _is_same(best, rival):
        return "identical"
    return "finished" if _is_worse(rival, best) else "newest"


def _hides(entry: Entry, best: Entry) -> bool:
    """Whether a run directory would take a record for the last word in place of the best."""
    passed_over = _is_worse(entry, best) and entry.result.digests == best.result.digests
    return _time(entry) > _time(best) and not passed_over


def _is_worse(entry: Entry, best: Entry) -> bool:
    return entry.result.status == "error" and best.result.status != "error"


def _distinct(entries: Iterable[Entry]) -> list[Entry]:
    found: list[Entry] = []
    for entry in entries:
        if not any(_is_same(entry, known) for known in found):
            found.append(entry)
    return found


def _is_same(one: Entry, other: Entry) -> bool:
    # As plain values, where a score that is no number equals itself.
    return one.result == other.result or one.result.to_dict() == other.result.to_dict()


def _time(entry: Entry) -> str:
    return entry.result.finished or ""
