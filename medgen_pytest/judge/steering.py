"""Fences around what others wrote: a text inside one cannot leave it, and its attempts to steer are told."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from medgen_pytest.judge.hidden_characters import without_hidden
from medgen_pytest.judge.steering_signs import signs_in

LONGEST = 20_000
"""Longer texts are cut, which a note says."""

_MARK_DIGITS = 16
_RUN = re.compile("<{3,}")
_TOKEN = re.compile(
    r"<(?=[|\uff5c])"
    r"|<(?=/?(?:s|bos|eos|unk|pad|sep|cls|mask|img|image|video|audio|system|assistant|user|human|developer|tool"
    r"|(?:start|end)_of_(?:turn|image|text)|IMG_CONTEXT|im_patch|im_start|im_end|image_soft_token"
    r"|function_calls?|tool_calls?|(?:seed:)?(?:think|thinking|reasoning|thought|scratchpad)|unused\d{1,4})"
    r"(?:[\s_][^<>\n]{0,20})?/?>)"
    r"|<(?=<SYS>>|</SYS>>|/SYS>>)"
    r"|\[(?=/?(?:INST|SYS|IMG|IMG_BREAK|IMG_END|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|SYSTEM_PROMPT|THINK)\])"
    r"|\u25c1(?=/?think\u25b7)"
    r"|assistant(?=final)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fenced:
    """A text between two lines that it cannot hold itself.

    `text` is all of it, as it goes into a prompt; `content` what stands between the lines. `kinds` are
    the attempts to steer that were seen, sorted. `cut_from` is how many characters the text had before it was cut.
    """

    text: str
    content: str = field(repr=False)
    kinds: tuple[str, ...] = ()
    cut_from: int | None = None


def fence(text: str, *, salt: str = "", longest: int = LONGEST) -> Fenced:
    """The text, at most `longest` characters, between `<<<BEGIN DATA mark>>>` and `<<<END DATA mark>>>`.

    The mark is made of the text and the `salt`, the same each time, so that a text would have to hold
    its own digest to hold its mark; and `<<<` is broken up inside, so that no line in it looks like an end. Tokens of
    chat templates are broken up too, which some servers would take for their own, and the marks of reasoning: a judge
    that quotes one would end its thoughts with it, and what follows would be its reply. Characters that nobody
    sees are taken out. Attempts to steer only mark the text; it stays.
    """
    visible = without_hidden(text)
    kinds = set(visible.kinds)
    whole = _RUN.sub(lambda run: " ".join(run[0]), visible.text)
    whole, tokens = _TOKEN.subn(lambda token: f"{token[0]} ", whole)
    kinds.update({"template_token"} if tokens else ())
    kinds.update(signs_in(visible.text))
    content = whole[:longest].strip("\n")
    mark = _mark(text, content, salt=salt)
    return Fenced(
        text=f"<<<BEGIN DATA {mark}>>>\n{content}\n<<<END DATA {mark}>>>",
        content=content,
        kinds=tuple(sorted(kinds)),
        cut_from=len(whole) if len(whole) > longest else None,
    )


def _mark(text: str, content: str, *, salt: str) -> str:
    """The first digest of the text that does not occur in what is fenced."""
    digest = hashlib.sha256(f"{salt}\0{text}".encode(errors="surrogatepass")).hexdigest()
    while digest[:_MARK_DIGITS] in content:
        digest = hashlib.sha256(digest.encode("ascii")).hexdigest()
    return digest[:_MARK_DIGITS]
