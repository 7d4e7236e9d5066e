"""Refusals: replies that withhold an answer, as their structure says; never guessed from wording.

A refusal in words ("I cannot help with that") is the model's answer and is scored as such: to guess it
from wording would make some true answers ("no lesion can be shown") refusals. Only what a protocol has
a field or a code for counts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.models.replies.excerpt import excerpt
from medgen_pytest.models.replies.finish import read_finish

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_ITEMS = 64
_LONGEST_CODE = 200
_LONGEST_WORDS = 2000
_UNBLOCKED = ("", "block_reason_unspecified", "blocked_reason_unspecified", "0")

# Codes of errors that are a verdict on content, not a failure: OpenAI and Azure, DashScope, Ark, others.
_CODE = re.compile(
    r"content_?filter|content_?policy_?violation|content_?safety_?violation|moderation_?blocked"
    r"|responsible_?ai_?policy_?violation|data_?inspection_?failed|(?:sensitive_?content|risk_?)detect(?:ed|ion)"
    r"|content_?moderat(?:ed|ion)|request_?moderated|safety_?violation",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Content was withheld: `reason` is the protocol's word for it, `words` what the model said, if anything."""

    reason: str
    words: str | None = None

    @property
    def problem(self) -> str:
        """One line for `ModelOutput.problem`: the outcome of a refusal is `invalid`."""
        said = f": {excerpt(self.words, length=200)}" if self.words else ""
        return f"the model refused to answer ({self.reason}){said}"


def find_refusal(body: object) -> Refusal | None:
    """The refusal that a reply's decoded JSON states, or None.

    Looked at are, of chat completions, `finish_reason` and `message.refusal` of the choices; of the
    Responses API and messages, `refusal` parts, `incomplete_details.reason` and `stop_reason`; of
    `generateContent`, `promptFeedback.blockReason` and the candidates' `finishReason`; of `:predict`,
    `raiFilteredReason`; and the `code`, also inside, of an error that is a verdict on content. A reply
    that holds several answers is a refusal only if its first one is. The first 64 items of a list count.
    """
    if not isinstance(body, Mapping):
        return None
    return next((found for found in _all(body) if found is not None), None)


def _all(body: Mapping[str, object]) -> Iterator[Refusal | None]:
    yield _of_prompt(body)
    yield _of_error(body.get("error"))
    yield _of_error(body)
    yield _of_finish(body)
    yield from (_of_choice(choice) for choice in _items(body.get("choices"))[:1])
    yield from (_of_finish(candidate) for candidate in _items(body.get("candidates"))[:1])
    yield from (_of_parts(item.get("content")) for item in _items(body.get("output")))
    yield from (_of_prediction(prediction) for prediction in _items(body.get("predictions"))[:1])


def _items(value: object) -> list[Mapping[str, object]]:
    return [item for item in value[:_MOST_ITEMS] if isinstance(item, Mapping)] if isinstance(value, list) else []


def _word(value: object) -> str:
    return value[:_LONGEST_CODE].strip() if isinstance(value, str) else ""


def _words(value: object) -> str | None:
    return (value[:_LONGEST_WORDS].strip() or None) if isinstance(value, str) else None


def _of_prompt(body: Mapping[str, object]) -> Refusal | None:
    feedback = body.get("promptFeedback", body.get("prompt_feedback"))
    if not isinstance(feedback, Mapping):
        return None
    reason = _word(feedback.get("blockReason", feedback.get("block_reason")))
    words = _words(feedback.get("blockReasonMessage"))
    return None if reason.lower() in _UNBLOCKED else Refusal(reason=f"prompt blocked: {reason}", words=words)


def _of_error(error: object) -> Refusal | None:
    if not isinstance(error, Mapping):
        return None
    inner = error.get("innererror", error.get("inner_error"))
    codes = [_word(error.get("code")), _word(error.get("type"))]
    codes += [_word(inner.get("code"))] if isinstance(inner, Mapping) else []
    code = next((code for code in codes if _CODE.search(code)), None)
    return None if code is None else Refusal(reason=code, words=_words(error.get("message")))


def _of_finish(answer: Mapping[str, object]) -> Refusal | None:
    details = answer.get("incomplete_details")
    reasons = [answer.get(key) for key in ("finish_reason", "finishReason", "stop_reason", "status")]
    reasons += [details.get("reason")] if isinstance(details, Mapping) else []
    reason = next((reason for reason in reasons if read_finish(reason) == "refused"), None)
    if reason is None:
        return None
    return Refusal(reason=_word(reason), words=_words(answer.get("finishMessage")))


def _of_choice(choice: Mapping[str, object]) -> Refusal | None:
    message = choice.get("message")
    said = message.get("refusal") if isinstance(message, Mapping) else None
    if _words(said):
        return Refusal(reason="refusal", words=_words(said))
    found = _of_parts(message.get("content")) if isinstance(message, Mapping) else None
    return found or _of_finish(choice)


def _of_parts(content: object) -> Refusal | None:
    for part in _items(content):
        if part.get("type") == "refusal":
            return Refusal(reason="refusal", words=_words(part.get("refusal")))
    return None


def _of_prediction(prediction: Mapping[str, object]) -> Refusal | None:
    words = _words(prediction.get("raiFilteredReason"))
    return Refusal(reason="raiFilteredReason", words=words) if words else None
