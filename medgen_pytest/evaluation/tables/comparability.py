"""Comparability: what keeps the rows of a table from standing beside each other."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from medgen_pytest.evaluation.tables.row import Row

_MEAN = "mean of "


def differences_of(rows: Iterable[Row]) -> list[str]:
    """What differs between the rows of a block, a text each; empty where all can be compared.

    A row whose source does not say under which conditions it was made differs from none.
    """
    found: dict[str, None] = {}
    ordered = sorted(rows, key=lambda row: (row.format.value, row.modality.value if row.modality else ""))
    for _, block in groupby(ordered, key=lambda row: (row.format, row.modality)):
        told = [row for row in block if row.source.conditions is not None]
        for other in told[1:]:
            found |= dict.fromkeys(_between(told[0], other))
    return list(found)


def _between(first: Row, other: Row) -> Sequence[str]:
    if first.source == other.source and first.sample_set == other.sample_set:
        return ()
    names = " and ".join(dict.fromkeys([first.source.name, other.source.name]))
    return [f"{text} of {names}" for text in (*_conditions(first, other), *_samples(first, other))]


def _conditions(first: Row, other: Row) -> list[str]:
    ours, theirs = first.source.conditions, other.source.conditions
    if ours is None or theirs is None:
        return []
    both = [name for name, cell in first.cells.items() if cell.value is not None and _has(other, name)]
    measured = [name for name in both if name in ours.conventions or name in theirs.conventions]
    return ours.differences(theirs, metrics=measured)


def _samples(first: Row, other: Row) -> list[str]:
    found = []
    if first.sample_set != other.sample_set and None not in {first.sample_set, other.sample_set}:
        block = first.format.value if first.modality is None else f"{first.format} of {first.modality}"
        found.append(f"samples of {block} ({first.samples} and {other.samples})")
    # The mean of several answers is an estimate of the same rate as one answer.
    if {first.sampling, other.sampling} - {None} and _rule(first) != _rule(other):
        found.append(f"repeats ({first.sampling or 'none'} and {other.sampling or 'none'})")
    return found


def _has(row: Row, name: str) -> bool:
    cell = row.cells.get(name)
    return cell is not None and cell.value is not None


def _rule(row: Row) -> str:
    return _MEAN if row.sampling is None or row.sampling.startswith(_MEAN) else row.sampling
