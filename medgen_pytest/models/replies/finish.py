"""Finishes: why a model stopped, in the words of any protocol."""

from __future__ import annotations

from typing import Literal

Finish = Literal["complete", "cut off", "refused", "unknown"]
"""Why a reply ended: it was done, a limit of length was reached, content was withheld, or nothing known."""

_COMPLETE = ("stop", "end_turn", "stop_sequence", "eos", "eos_token", "completed", "complete", "succeeded", "success")
_CUT_OFF = ("length", "max_tokens", "max_output_tokens", "max_completion_tokens", "model_length", "incomplete")
_REFUSED = (
    "content_filter",
    "content_filtered",
    "refusal",
    "guardrail_intervened",
    "safety",
    "recitation",
    "blocklist",
    "prohibited_content",
    "spii",
    "model_armor",
    "image_safety",
    "image_prohibited_content",
    "image_recitation",
    "sensitive",
    "content_moderated",
    "request_moderated",
)
_MEANINGS: dict[str, Finish] = {
    **dict.fromkeys(_COMPLETE, "complete"),
    **dict.fromkeys(_CUT_OFF, "cut off"),
    **dict.fromkeys(_REFUSED, "refused"),
}


def read_finish(reason: object) -> Finish:
    """What a finish reason means (`stop`, `MAX_TOKENS`, `content_filter`, `SAFETY`, `Content Moderated`, ...).

    Case, blanks and hyphens do not matter. None and words that nobody listed are `unknown`: they alone
    make no refusal and no error.
    """
    if not isinstance(reason, str):
        return "unknown"
    word = reason.strip().lower().replace(" ", "_").replace("-", "_")
    return _MEANINGS.get(word.removeprefix("finish_reason_"), "unknown")
