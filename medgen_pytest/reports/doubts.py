"""Doubts: what is not as it was stored among the records of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import read_mapping
from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.line import Line, wrapped
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST = 3
"""Records and files that are named one by one."""


def record_doubts(facts: Mapping[str, object]) -> Iterator[str]:
    """What the facts of a run say of its records, a text each.

    That is lines that cannot be read or were edited, results that count as missing, and files in which an edit would
    not be seen.
    """
    damaged, outdated = facts.get("damaged_lines"), facts.get("outdated_results")
    if isinstance(damaged, int) and damaged:
        yield f"{counted(damaged, 'line')} of the records cannot be read: torn by a kill, or edited"
    edited = [_place(read_mapping(record)) for record in _items(facts, "edited_records")]
    if edited:
        verbs = "was edited since it was written and does"
        verbs = verbs if len(edited) == 1 else "were edited since they were written and do"
        mend = "put back what was written, or remove the line and ask again with --medgen-resume"
        yield f"{counted(len(edited), 'record')} {verbs} not count: {_some(edited)}; {mend}"
    if isinstance(outdated, int) and outdated:
        verb = "counts" if outdated == 1 else "count"
        which = "of another revision or convention than the latest session's"
        yield f"{counted(outdated, 'result')} {which} {verb} as missing"
    unsealed = [visible(str(name)) for name in _items(facts, "unsealed_files")]
    if unsealed:
        verb = "has" if len(unsealed) == 1 else "have"
        yield f"{_some(unsealed)} {verb} no seal, or not on every line: an edit there would not be seen"


def finds_faults(facts: Mapping[str, object]) -> bool:
    """Whether any line is known to be another than was written."""
    return bool(facts.get("damaged_lines") or facts.get("edited_records"))


def doubt_lines(facts: Mapping[str, object], *, width: int) -> list[Line]:
    """Every doubt about the records of a run as a warning."""
    return wrapped(*(f"warning: {text}" for text in record_doubts(facts)), width=width, style="yellow")


def _place(record: Mapping[str, object]) -> str:
    place, whose = f"{record.get('file')}:{record.get('line')}", f"{record.get('model')}|{record.get('sample_id')}"
    return visible(f"{place} ({whose})")


def _some(texts: list[str]) -> str:
    more = [f"and {len(texts) - _MOST} more"] if len(texts) > _MOST else []
    return ", ".join([*texts[:_MOST], *more])


def _items(facts: Mapping[str, object], name: str) -> list[object]:
    value = facts.get(name)
    return list(value) if isinstance(value, list | tuple) else []
