"""Reasoning: what a model thought aloud, apart from what it answered."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TAG = r"(?:seed:)?(?:think|thinking|reasoning|thought|scratchpad)"
# <think>, [THINK], and the marks of single models, each kind with its own end.
_PAIRS = (
    (rf"<{_TAG}>", rf"</{_TAG}>"),
    (r"\[THINK\]", r"\[/THINK\]"),
    (r"◁think▷", r"◁/think▷"),
    (r"<unused94>(?:thought\b)?", r"<unused95>"),
)
_MARK = re.compile(
    "|".join(f"(?P<open{kind}>{start})|(?P<close{kind}>{end})" for kind, (start, end) in enumerate(_PAIRS)),
    re.IGNORECASE,
)

# Channels: <|channel|>NAME<|message|>text, ended by one of the other marks.
_CHANNEL = re.compile(
    r"(?:<\|start\|>[\w. -]{0,40})?<\|channel\|>(?P<name>[\w. =-]{0,100})(?:<\|constrain\|>[\w. -]{0,40})?<\|message\|>"
    r"|<\|(?:end|return|call)\|>|<\|start\|>[\w. -]{0,40}(?:<\|message\|>)?"
)
# The same where a server dropped the marks and left the words.
_BARE_CHANNELS = ("analysis", "assistantfinal")
_ANSWERING = "final"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonedText:
    """An answer and the reasoning before it; not `complete` where reasoning began and never ended."""

    answer: str
    reasoning: str | None = None
    complete: bool = True


def split_reasoning(text: str) -> ReasonedText:
    """A reply as its answer and its reasoning.

    Reasoning is what stands between `<think>`, `<thinking>`, `<reasoning>`, `<thought>`, `<scratchpad>`
    (also with `seed:`) and their ends, between `[THINK]` and `[/THINK]` and the marks of single models,
    and in all channels but `final`. An end without a beginning makes everything before it reasoning (some
    templates open the block in the prompt); a beginning without an end everything after it: then nothing
    was answered, or not all, and `complete` is False. Blocks are joined by an empty line. A reply without
    such marks comes back unchanged, else the answer is stripped.
    """
    if "<|channel|>" in text:
        return _by_channels(text)
    first, last = _BARE_CHANNELS
    if text.startswith(first) and last in text:
        thought, _, answer = text[len(first) :].partition(last)
        return _result([answer], [thought], complete=True)
    return _by_marks(text)


def _by_marks(text: str) -> ReasonedText:
    answer: list[str] = []
    blocks: list[str] = []
    end = 0
    inside: str | None = None
    for match in _MARK.finditer(text):
        mark, kind = str(match.lastgroup)[:-1], str(match.lastgroup)[-1]
        if mark == "open" and inside is None:
            answer.append(text[end : match.start()])
            inside = kind
        elif mark == "close" and inside == kind:
            blocks.append(text[end : match.start()])
            inside = None
        elif mark == "close" and inside is None:
            blocks.append("".join([*answer, text[end : match.start()]]))
            answer.clear()
        else:
            continue
        end = match.end()
    if not end:
        return ReasonedText(answer=text)
    (answer if inside is None else blocks).append(text[end:])
    return _result(answer, blocks, complete=inside is None)


def _by_channels(text: str) -> ReasonedText:
    answer: list[str] = []
    blocks: list[str] = []
    end, name = 0, _ANSWERING
    for match in _CHANNEL.finditer(text):
        (answer if name == _ANSWERING else blocks).append(text[end : match.start()])
        end, name = match.end(), _channel(match)
    (answer if name == _ANSWERING else blocks).append(text[end:])
    return _result(answer, blocks, complete=name == _ANSWERING)


def _channel(match: re.Match[str]) -> str:
    words = (match["name"] or _ANSWERING).split()
    return words[0].lower() if words else _ANSWERING


def _result(answer: list[str], blocks: list[str], *, complete: bool) -> ReasonedText:
    thoughts = [block.strip() for block in blocks if block.strip()]
    return ReasonedText(
        answer="".join(answer).strip(), reasoning="\n\n".join(thoughts) if thoughts else None, complete=complete
    )
