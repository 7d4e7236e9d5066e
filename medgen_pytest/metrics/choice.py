"""Choice: which option a reply to a multiple-choice question names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.metrics.mentions import Passage
from medgen_pytest.metrics.options import exact_letter, parse_options
from medgen_pytest.metrics.reply import conclusions, plain
from medgen_pytest.metrics.words import ARTICLES, read_words, vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from medgen_pytest.metrics.mentions import Mention
    from medgen_pytest.metrics.options import Option

# Words between "the answer is" and the answer itself.
_LEAD_IN = vocabulary(
    "option choice letter answer most likely probably clearly definitely indeed simply therefore thus again "
    "it is that would be"
)
# Words that may stand between two options named in one breath.
_JOINING = vocabulary("and or maybe possibly perhaps even also option choice either a an the")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceReading:
    """The option that a reply names: its letter, or None with the reason why it cannot be told."""

    letter: str | None
    reason: str | None = None


def read_choice(reply: str, choices: Sequence[str]) -> ChoiceReading:
    r"""The option of `choices` that a reply names.

    What decides, the first that says something: the whole reply, a stated conclusion ("Final answer: B", "the answer
    is B. fluid", JSON, `\boxed{B}`; the last of the most explicit kind), the opening or the last line
    where it is nothing but an answer, and at last the only option that the reply names at all.
    Letters and texts both name options; the longest text wins; what is denied ("not A") is not named.

    A reply that names several options, none, or a letter with another option's text has no letter.
    Raises MetricError for choices that cannot be told apart.
    """
    options = parse_options(tuple(choices))
    text = plain(reply)
    if not text:
        return ChoiceReading(letter=None, reason="the reply is empty")
    exact = exact_letter(text, options)
    if exact is not None:
        return ChoiceReading(letter=exact)
    for conclusion in conclusions(text):
        reading = _read_statement(conclusion.tail, options)
        if reading is not None:
            return reading
    passage = Passage(text, options)
    return _read_edges(text, passage, options) or _read_whole(passage)


def _read_statement(statement: str, options: Sequence[Option]) -> ChoiceReading | None:
    """The option that the words after "the answer is" name; None when they name none."""
    passage = Passage(statement, options)
    named = passage.named()
    if not named:
        return _foreign_letter(statement, options)
    first = named[0]
    if passage.contradicts(first):
        return _contradiction(first)
    if not _begins(passage, first):
        return _only(named)
    if len(named) > 1 and _joined(passage, first, named[1]):
        return _several(named)
    listed = {mention.letter for mention in named if mention.strict and mention.last > mention.first}
    if len(listed) > 1:
        return _several(named)
    return ChoiceReading(letter=first.letter)


def _begins(passage: Passage, first: Mention) -> bool:
    """Whether only words like "most likely" stand before a mention."""
    return all(word.form in _LEAD_IN | ARTICLES for word in passage.words[: first.first])


def _joined(passage: Passage, first: Mention, second: Mention) -> bool:
    """Whether two options are named in one breath: "A or C", "left/right"."""
    between = passage.between(first, second)
    forms = {word.form for word in read_words(between)}
    linked = bool(forms & {"and", "or"}) or between.strip(" ()[].\"'") in {"", ",", "/", "&"}
    return first.letter != second.letter and linked and forms <= _JOINING


def _foreign_letter(statement: str, options: Sequence[Option]) -> ChoiceReading | None:
    """A reading that says so when a statement is a letter that no option has."""
    letter = statement.strip(" ()[]{}.,;:\"'")
    if len(letter) == 1 and letter.isalpha() and letter.upper() not in {option.letter for option in options}:
        return ChoiceReading(letter=None, reason=f"the reply names the letter {letter.upper()}, which no option has")
    return None


def _read_edges(text: str, passage: Passage, options: Sequence[Option]) -> ChoiceReading | None:
    """What the opening and the last line say, where they are answers; None when they are none."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    # Several labelled lines are the options repeated or discussed one by one, not an answer.
    listing = len({mention.letter for mention in passage.mentions if mention.strict}) > 1
    ends = (lines[0], lines[-1])
    if listing:
        edges = [_bare_answer(line, options) for line in ends]
    else:
        edges = [_opening(lines[0], options), _closing(lines[-1], options)]
    readings = [reading for reading in edges if reading is not None]
    letters = {reading.letter for reading in readings}
    if len(letters) > 1:
        return ChoiceReading(letter=None, reason="the reply begins with one option and ends with another")
    return readings[0] if readings else None


def _opening(line: str, options: Sequence[Option]) -> ChoiceReading | None:
    """The option of a line that begins with its label, or whose first clause is nothing but the option."""
    passage = Passage(line, options)
    if not passage.mentions or passage.mentions[0].denied or not _begins(passage, passage.mentions[0]):
        return None
    first = passage.mentions[0]
    ends_clause = passage.words[first.last + 1 : first.last + 2]
    whole = not ends_clause or ends_clause[0].clause != passage.words[first.last].clause
    return _read_statement(line, options) if first.strict or whole else None


def _closing(line: str, options: Sequence[Option]) -> ChoiceReading | None:
    """The option of a line that is nothing but the option."""
    passage = Passage(line, options)
    spoken = {index for index, word in enumerate(passage.words) if word.form not in ARTICLES | _LEAD_IN}
    named = {index for mention in passage.named() for index in range(mention.first, mention.last + 1)}
    return _read_statement(line, options) if named and spoken <= named else None


def _bare_answer(line: str, options: Sequence[Option]) -> ChoiceReading | None:
    """The option of a line that is a letter and nothing else."""
    return _closing(line, options) if len(read_words(line)) == 1 else None


def _read_whole(passage: Passage) -> ChoiceReading:
    """The only option that a reply names."""
    named = passage.named()
    if not named:
        return ChoiceReading(letter=None, reason="the reply names no option")
    contradicting = next((mention for mention in named if passage.contradicts(mention)), None)
    return _contradiction(contradicting) if contradicting else _only(named)


def _only(named: Sequence[Mention]) -> ChoiceReading:
    letters = {mention.letter for mention in named}
    return ChoiceReading(letter=named[0].letter) if len(letters) == 1 else _several(named)


def _several(named: Iterable[Mention]) -> ChoiceReading:
    letters = ", ".join(sorted({mention.letter for mention in named}))
    return ChoiceReading(letter=None, reason=f"the reply names several options ({letters})")


def _contradiction(mention: Mention) -> ChoiceReading:
    return ChoiceReading(
        letter=None, reason=f"the reply gives the letter {mention.letter} with the text of another option"
    )
