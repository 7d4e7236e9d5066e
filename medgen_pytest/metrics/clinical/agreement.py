"""Agreement: how far the statements of a candidate are those of a reference.

All functions take `(preds, target)`, sets of statements, and give a share without unit in [0, 1]. They
raise MetricError where the target is empty: a reference that names no entity confirms and refutes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.errors import MetricError
from medgen_pytest.metrics.making import Measured

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from medgen_pytest.metrics.clinical.reading import Statement

    Statements = AbstractSet[Statement]

NO_ENTITY = "the candidate names no clinical entity"
NONE_ASSERTED = "the candidate asserts no clinical entity"
NONE_TO_OMIT = "the reference asserts no clinical entity"
NONE_IN_COMMON = "the candidate says nothing of the entities of the reference"


def entity_precision(preds: Statements, target: Statements) -> Measured:
    """The share of the candidate's statements that the reference makes too. Higher is better.

    A candidate without statements has 0, with a note.
    """
    _require(target)
    return _share(len(preds & target), len(preds), empty=0.0, note=NO_ENTITY)


def entity_recall(preds: Statements, target: Statements) -> Measured:
    """The share of the reference's statements that the candidate makes too. Higher is better."""
    _require(target)
    return Measured(value=len(preds & target) / len(target), notes=() if preds else (NO_ENTITY,))


def entity_f1(preds: Statements, target: Statements) -> Measured:
    """The harmonic mean of precision and recall, `2 |both| / (|preds| + |target|)`. Higher is better; symmetric."""
    _require(target)
    both = len(preds & target)
    return Measured(value=2 * both / (len(preds) + len(target)), notes=() if preds else (NO_ENTITY,))


def hallucination_rate(preds: Statements, target: Statements) -> Measured:
    """The share of the entities that the candidate asserts and the reference does not. Lower is better.

    A reference that denies or doubts an entity does not assert it. A candidate that asserts nothing has 0,
    with a note: it invents nothing, and its silence is what `omission_rate` and `entity_recall` measure.
    """
    _require(target)
    asserted = _asserted(preds)
    return _share(len(asserted - _asserted(target)), len(asserted), empty=0.0, note=NONE_ASSERTED)


def omission_rate(preds: Statements, target: Statements) -> Measured:
    """The share of the entities that the reference asserts and the candidate does not. Lower is better.

    A candidate that denies or doubts an entity does not assert it, so that hedging everything wins nothing.
    A reference that only denies or doubts has 0, with a note: there is nothing to leave out.
    """
    _require(target)
    wanted = _asserted(target)
    return _share(len(wanted - _asserted(preds)), len(wanted), empty=0.0, note=NONE_TO_OMIT)


def factual_precision(preds: Statements, target: Statements) -> Measured:
    """The share of the candidate's statements on entities of the reference that the reference makes too.

    Entities that the reference does not speak of are left out: it can neither confirm nor refute them. What
    remains is wrong only where the polarity differs. Higher is better. A candidate that says nothing of these
    entities has 0, with a note: nothing that it says is confirmed.
    """
    _require(target)
    spoken_of = {statement.entity for statement in target}
    judged = {statement for statement in preds if statement.entity in spoken_of}
    return _share(len(judged & target), len(judged), empty=0.0, note=NONE_IN_COMMON)


def _require(target: Statements) -> None:
    if not target:
        raise MetricError("the reference names no clinical entity")


def _asserted(statements: Statements) -> set[str]:
    return {statement.entity for statement in statements if statement.polarity == "present"}


def _share(part: int, whole: int, *, empty: float, note: str) -> Measured:
    return Measured(value=part / whole) if whole else Measured(value=empty, notes=(note,))
