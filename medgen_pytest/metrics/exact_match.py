"""Exact match: whether a reply gives the very answer of a multiple-choice or blank-filling question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import MetricError
from medgen_pytest.metrics.blank import BlankReading, fillers, read_blank
from medgen_pytest.metrics.choice import read_choice
from medgen_pytest.metrics.making import Measured
from medgen_pytest.metrics.options import exact_letter, parse_options, split_label
from medgen_pytest.metrics.pairwise import Definition
from medgen_pytest.metrics.reply import plain
from medgen_pytest.metrics.specs import EXACT_MATCH as SPEC
from medgen_pytest.metrics.words import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.metrics.contract import Pair


def match_choice(preds: str, target: str, choices: Sequence[str]) -> tuple[float, str | None]:
    """1 when a reply names the option that the target names, else 0, with the reason when it names none.

    Raises MetricError when the target is none of the choices.
    """
    wanted = exact_letter(plain(target), parse_options(tuple(choices)))
    if wanted is None:
        raise MetricError(f"the target {target!r} is not exactly one of the choices {', '.join(map(repr, choices))}")
    given = read_choice(preds, choices)
    return float(given.letter == wanted), given.reason


def match_open_choice(preds: str, target: str) -> tuple[float, str | None]:
    """1 when a reply gives the letter or the text of a target like `B. fluid` whose choices are unknown.

    A letter that is given with the text must be the target's.
    """
    letter, text = split_label(plain(target))
    if len(text.strip()) == 1:
        letter, text = text.strip().upper(), ""
    matched = any(_is_open_answer(filler, letter=letter, text=text) for filler in fillers(preds))
    return float(matched), None if plain(preds) else "the reply is empty"


def _is_open_answer(filler: str, *, letter: str | None, text: str) -> bool:
    said, rest = split_label(filler)
    alone = filler.strip(" ()[].:").upper()
    if not text or alone == letter:
        return letter in {said, alone}
    return words(rest) == words(text) and (letter is None or said in {letter, None})


def match_blank(preds: str, target: str) -> tuple[float, str | None]:
    """1 when a reply fills the blank as the target does, else 0, with the reason when nothing can be read."""
    reading: BlankReading = read_blank(preds, target)
    return float(reading.matches), reading.reason


def _measure(pair: Pair) -> Measured:
    """1 or 0; a reply that cannot be read counts as 0, with a note that says why."""
    if pair.pred_text is None or pair.target_text is None:
        raise MetricError("exact_match needs two texts")
    value, reason = _match(pair, pair.pred_text, pair.target_text)
    return Measured(value=value, notes=(f"unparseable: {reason}",) if reason else ())


def _match(pair: Pair, preds: str, target: str) -> tuple[float, str | None]:
    if pair.task is not Task.MULTIPLE_CHOICE:
        return match_blank(preds, target)
    return match_choice(preds, target, pair.choices) if pair.choices else match_open_choice(preds, target)


EXACT_MATCH = Definition(spec=SPEC, canonical=_measure, upstream=_measure)
"""Both conventions are the same computation."""
