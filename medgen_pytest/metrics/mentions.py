"""Mentions: where a text names an option, by letter or by words, and whether it denies it."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medgen_pytest.metrics.words import ARTICLES, Word, read_words, vocabulary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.metrics.options import Option

_BEFORE = 5
_AFTER = 4
_DENYING = vocabulary(
    "not no never neither nor without cannot exclude excludes excluded excluding unlike except absent "
    "incorrect wrong unlikely eliminate eliminates eliminated"
)
_DENYING_PAIRS = frozenset(
    {
        *((verb, "out") for verb in ("rule", "rules", "ruled", "ruling")),
        *(("rather", "than"), ("instead", "of"), ("opposed", "to"), ("absence", "of"), ("negative", "for")),
    }
)
_DENIED = vocabulary("incorrect wrong unlikely excluded absent false eliminated ruled cannot")
_VERBS = vocabulary("is are was be can could does do did would should seems appears")
_LINKS = frozenset({"and", "or", "nor"})

_NOUNS = frozenset({"option", "choice", "letter", "answer", "options", "choices"})
_LEADS = vocabulary(
    "is be choose select pick with say therefore thus hence so not or nor neither either and both only "
    "that think believe but maybe possibly perhaps s"
)
_FOLLOWS = vocabulary("is was because since as due given based which would seems appears remains and or nor but")
_DELIMITER = re.compile(r"[.):]| -")
_LINE_ENDS = re.compile(r"[ .\"')\]}]*(?:\n|$)")
# Capitals that are English words of their own.
_WORDS_TOO = frozenset("AI")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """An option named in a text, from word `first` to word `last`.

    `label`: by its letter. `strict`: by a letter with a delimiter or bracket, `B.` or `(B)`.
    `denied`: the text says that it is not this one.
    """

    letter: str
    first: int
    last: int
    label: bool
    strict: bool = False
    denied: bool = False


class Passage:
    """A text with the options it names."""

    def __init__(self, text: str, options: Sequence[Option]) -> None:
        self.text = text
        self.words = read_words(text)
        self._letters = {option.letter for option in options}
        self._texts = _distinct_texts(options)
        found = sorted([*self._labels(), *self._texts_named()], key=lambda mention: mention.first)
        self.mentions = tuple(replace(mention, denied=self._denied(mention)) for mention in self._joined(found))

    def named(self) -> list[Mention]:
        """The mentions that are not denied, in order."""
        return [mention for mention in self.mentions if not mention.denied]

    def between(self, left: Mention, right: Mention) -> str:
        """The characters between two mentions."""
        return self.text[self.words[left.last].end : self.words[right.first].start]

    def _labels(self) -> list[Mention]:
        found = []
        for index, word in enumerate(self.words):
            letter = word.form.upper()
            if letter not in self._letters:
                continue
            strict = self._is_strict(index, letter)
            if strict or self._is_bare(index, letter):
                found.append(Mention(letter=letter, first=index, last=index, label=True, strict=strict))
        return found

    def _is_strict(self, index: int, letter: str) -> bool:
        """A letter in brackets, alone on its line, or with a delimiter where a label stands."""
        word = self.words[index]
        before = self.text[max(0, word.start - 2) : word.start].rstrip(" ")
        if before.endswith(("(", "[", "{")) and self.text.startswith((")", "]", "}"), word.end):
            return True
        starts_line = not self.text[: word.start].strip(" \"'([") if index == 0 else before.endswith("\n")
        if starts_line and _LINE_ENDS.match(self.text, word.end):
            return True
        if not _DELIMITER.match(self.text, word.end):
            return False
        return starts_line or self._text_at(index + 1) == letter

    def _is_bare(self, index: int, letter: str) -> bool:
        """A letter that stands as a name in a sentence: "option B", "I pick B", "B is", "A or C"."""
        word = self.words[index]
        before = self.words[index - 1].form if index else ""
        after = self._next_in_clause(index)
        upper = self.text[word.start : word.end] == letter
        if before in _NOUNS:
            return upper or (letter not in _WORDS_TOO or after == "")
        if not upper or self.text[word.end : word.end + 1] in {"-", "'"}:
            return False
        if self._is_listed(index):
            return True
        if after in _FOLLOWS:
            return not self._inside_clause(index) or before in _LEADS
        # A capital that a word follows is a name of something else ("T wave", "A nodule").
        return after == "" and (before in _LEADS or not self._inside_clause(index))

    def _is_listed(self, index: int) -> bool:
        """Whether a letter stands in a list of letters: "A or C", "A/B"."""
        linked = [place for place in (index - 1, index + 1) if self._form(place) in _LINKS]
        if any(self._is_capital(2 * place - index) for place in linked):
            return True
        return any(
            self._is_capital(max(pair)) and self._is_capital(min(pair)) and self._slash_between(min(pair))
            for pair in ((index - 1, index), (index, index + 1))
        )

    def _slash_between(self, index: int) -> bool:
        return self.text[self.words[index].end : self.words[index + 1].start].strip() in {"/", "&"}

    def _form(self, index: int) -> str:
        return self.words[index].form if 0 <= index < len(self.words) else ""

    def _is_capital(self, index: int) -> bool:
        """Whether a word is the capital letter of an option."""
        if not 0 <= index < len(self.words):
            return False
        return self.text[self.words[index].start : self.words[index].end] in self._letters

    def _texts_named(self) -> list[Mention]:
        kept = [index for index, word in enumerate(self.words) if word.form not in ARTICLES]
        forms = [self.words[index].form for index in kept]
        found, place = [], 0
        while place < len(forms):
            letter, length = self._longest(forms, place)
            if letter and not self._is_determiner(kept[place], length):
                found.append(Mention(letter=letter, first=kept[place], last=kept[place + length - 1], label=False))
            place += length
        return found

    def _longest(self, forms: Sequence[str], place: int) -> tuple[str, int]:
        """The letter of the longest option text that begins here and its length; ("", 1) for none."""
        for text, letter in self._texts:
            if tuple(forms[place : place + len(text)]) == text:
                return letter, len(text)
        return "", 1

    def _text_at(self, index: int) -> str:
        """The letter of the option whose text begins at a word, "" for none."""
        longest = max((len(text) for text, _ in self._texts), default=0)
        window = self.words[index : index + 2 * longest + 1]
        return self._longest([word.form for word in window if word.form not in ARTICLES], 0)[0]

    def _is_determiner(self, index: int, length: int) -> bool:
        """Whether this is the "no" of "no fracture", which is not the option "No"."""
        return length == 1 and self.words[index].form == "no" and self._next_in_clause(index) != ""

    def _joined(self, found: Sequence[Mention]) -> list[Mention]:
        """Mentions where a letter directly followed by its own text is one mention."""
        joined: list[Mention] = []
        for mention in found:
            before = joined[-1] if joined else None
            own = before is not None and before.label and not mention.label and before.letter == mention.letter
            if before is not None and own and self._gap(before, mention) == 0:
                joined[-1] = replace(before, last=mention.last)
            elif before is None or mention.first > before.last:
                joined.append(mention)
        return joined

    def _gap(self, left: Mention, right: Mention) -> int:
        return sum(word.form not in ARTICLES for word in self.words[left.last + 1 : right.first])

    def contradicts(self, mention: Mention) -> bool:
        """Whether the text of another option stands directly behind a letter."""
        behind = next((other for other in self.mentions if other.first > mention.last), None)
        if behind is None or not mention.label or behind.label or behind.letter == mention.letter:
            return False
        return self._gap(mention, behind) == 0 and "\n" not in self.between(mention, behind)

    def _denied(self, mention: Mention) -> bool:
        before = [word.form for word in self._clause_before(mention.first)]
        if any(form in _DENYING for form in before) or any(pair in _DENYING_PAIRS for pair in _pairs(before)):
            return True
        after = [word.form for word in self._clause_after(mention.last)]
        negated = any(verb in _VERBS and word == "not" for verb, word in _pairs(after))
        return negated or any(form in _DENIED for form in after)

    def _clause_before(self, index: int) -> list[Word]:
        clause = self.words[index].clause
        return [word for word in self.words[max(0, index - _BEFORE) : index] if word.clause == clause]

    def _clause_after(self, index: int) -> list[Word]:
        """The next words of the clause, up to a word that begins another statement."""
        found: list[Word] = []
        for word in self.words[index + 1 : index + 1 + _AFTER]:
            if word.clause != self.words[index].clause or word.form in _LINKS | {"than", "with"}:
                break
            found.append(word)
        return found

    def _next_in_clause(self, index: int) -> str:
        after = self.words[index + 1 : index + 2]
        return after[0].form if after and after[0].clause == self.words[index].clause else ""

    def _inside_clause(self, index: int) -> bool:
        return index > 0 and self.words[index - 1].clause == self.words[index].clause


def _distinct_texts(options: Sequence[Option]) -> list[tuple[tuple[str, ...], str]]:
    """Texts with their letters, longest first; a text that two options share names neither."""
    uses = Counter(option.words for option in options)
    texts = [(option.words, option.letter) for option in options if option.words and uses[option.words] == 1]
    return sorted(texts, key=lambda entry: -len(entry[0]))


def _pairs(forms: Sequence[str]) -> list[tuple[str, str]]:
    return list(itertools.pairwise(forms))
