"""Faults: what goes wrong on purpose, how often, and whether a second try of the same request meets it again."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from medgen_pytest.config.sections import Section
from medgen_pytest.errors import unknown_name

KINDS = {
    "429-seconds": "429 with `Retry-After: N`",
    "429-date": "429 with `Retry-After` as an HTTP date",
    "hang": "the right reply, too late",
    "drop": "the connection is closed without a reply",
    "reset": "the connection is reset in the middle of the body",
    "torn": "the body ends before its Content-Length",
    "error-body": "200 with an error in the body",
    "html": "200 with an HTML page",
    "redirect": "307 to another host",
    "empty": "no choices, candidates, images or output",
    "null": "the content is null",
    "refusal": "the model refuses, as the provider says that",
    "filtered": "a filter took the answer away, as the provider says that",
    "truncated": "the text ends in the middle, finish reason length",
    "image-empty": "an image of zero bytes",
    "image-broken": "an image that ends in the middle",
    "image-bomb": "a small file that claims 60,000 x 60,000 pixels",
    "image-huge": "a valid image in a file of 200 MB, streamed",
    "image-svg": "an SVG",
    "image-text": "a text where the image is due",
    "judge-no-json": "a judgement in words, without JSON",
    "judge-prose": "the JSON with sentences before and after it",
    "judge-fenced": "the JSON in a fenced block",
    "judge-single-quotes": "the object as Python writes it",
    "judge-truncated": "the JSON ends within its scores, finish reason length",
    "judge-trailing-comma": "a comma before each closing brace",
    "judge-twice": "a draft with other scores, then the judgement",
    "judge-slash": 'scores like "8/10"',
    "judge-words": 'scores like "eight"',
    "judge-out-of-scale": "scores one above the scale",
    "judge-nan": "NaN for every score",
    "judge-list": "a list of two numbers for every score",
    "judge-only-overall": "no scores but the overall one",
    "judge-language": "the analysis in another language",
    "judge-refusal": "a refusal in words",
    "judge-echo": "the example of the prompt as it stands there",
    "judge-missing-dimension": "the last dimension is missing",
    "judge-null": "null for every score",
    "judge-empty-analysis": "an empty analysis",
}
"""Faults by name; besides these, every status from 400 to 599 is one."""

IMAGE_KINDS = frozenset(kind for kind in KINDS if kind.startswith("image-"))
"""Faults of images: a request that wants none does not meet them."""

TEXT_KINDS = frozenset({"truncated"})
"""Faults of texts: a request that wants none does not meet them."""

JUDGE_KINDS = frozenset(kind for kind in KINDS if kind.startswith("judge-"))
"""Faults of judgements: a request that is no judge's does not meet them, and a repair counts as another try."""

READABLE_KINDS = frozenset(
    {"judge-prose", "judge-fenced", "judge-single-quotes", "judge-trailing-comma", "judge-twice", "judge-language"}
)
"""Faults of judgements that leave the right judgement there to be read."""

_STATUS = re.compile(r"[45]\d\d")
_WORDS: dict[str, dict[str, object]] = {
    "once": {"times": 1},
    "always": {"times": None},
    "number": {"by": "number"},
    "content": {"by": "content"},
    "judge": {"only": "judge"},
    "model": {"only": "model"},
}
_NUMBERS = ("times", "burst")


class Fault(Section):
    """One fault, as `kind=rate` with options behind commas writes it.

    By `content` (the default) the requests that meet it are a share `rate` of all different requests,
    chosen by seed and content: each meets it on its first `times` tries, or always (`times` None), and
    succeeds afterwards. By `number` the requests are counted as they arrive, in blocks of `burst`: a
    share `rate` of the blocks fails as a whole. `path`: only requests whose path contains it; `only` what a
    `judge` is asked, or all but that (`model`). For faults of judgements a first request and the one that asks for
    its repair are two tries of one content.
    """

    kind: str
    rate: float = Field(default=1.0, gt=0, le=1, allow_inf_nan=False)
    by: Literal["content", "number"] = "content"
    times: int | None = Field(default=1, ge=1)
    burst: int = Field(default=1, ge=1)
    path: str = ""
    only: Literal["judge", "model"] | None = None

    @field_validator("kind")
    @classmethod
    def _check_kind(cls, kind: str) -> str:
        if kind not in KINDS and not _STATUS.fullmatch(kind):
            raise ValueError(f"{unknown_name('fault', kind, KINDS)} (or a status from 400 to 599)")
        return kind

    @model_validator(mode="after")
    def _check_burst(self) -> Fault:
        if self.burst > 1 and self.by != "number":
            raise ValueError("a burst counts requests: write `number` too, like 500=0.1,number,burst=5")
        return self

    @property
    def status(self) -> int | None:
        """The status of a fault that is one."""
        return int(self.kind[:3]) if self.kind[:3].isdigit() else None


def parse_fault(text: str) -> dict[str, object]:
    """The settings of a fault written as `KIND=RATE,OPTION,...`. Raises ValueError.

    >>> parse_fault("500=0.1,number,burst=5")
    {'kind': '500', 'rate': '0.1', 'by': 'number', 'burst': '5'}
    """
    head, *options = [part.strip() for part in text.split(",")]
    kind, _, rate = head.partition("=")
    found: dict[str, object] = {"kind": kind.strip(), "rate": rate.strip() or "1"}
    for option in options:
        found.update(_option(option, text))
    return found


def _option(option: str, text: str) -> dict[str, object]:
    name, equals, value = option.partition("=")
    if not equals and name in _WORDS:
        return _WORDS[name]
    if equals and name in (*_NUMBERS, "path"):
        return {name: value}
    known = [*_WORDS, *(f"{number}=N" for number in _NUMBERS), "path=TEXT"]
    raise ValueError(f"fault {text!r}: unknown option {option!r}; known: {', '.join(known)}")
