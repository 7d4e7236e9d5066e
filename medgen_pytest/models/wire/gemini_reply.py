"""Replies of `generateContent`: texts, images and thoughts of the first candidate, in their order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from medgen_pytest.domain.output import Usage
from medgen_pytest.models.remote.raw_reply import raw_reply
from medgen_pytest.models.replies import find_refusal, image_of_part
from medgen_pytest.models.replies.excerpt import excerpt
from medgen_pytest.models.wire.content import Content

if TYPE_CHECKING:
    from medgen_pytest.models.remote.reply import Reply


def read_reply(reply: Reply) -> Content:
    """What a reply holds. Of several images the last one counts: models that show drafts end with what they mean."""
    candidate = _candidate(reply.fields)
    parts = _parts(candidate)
    images = _images(parts)
    text = _text(parts)
    refusal = find_refusal(reply.json)
    finish = candidate.get("finishReason") if candidate is not None else None
    message = candidate.get("finishMessage") if candidate is not None else None
    hint = "the reply has no candidates" if candidate is None else _hint(message or (None if images else text))
    return Content(
        text=text,
        image=images[-1] if images else None,
        reasoning="\n\n".join(_texts(parts, thought=True)) or None,
        finish_reason=finish if isinstance(finish, str) else None,
        problem=refusal.problem if refusal is not None else None,
        hint=hint,
        raw=raw_reply(reply.body),
    )


def read_usage(reply: Reply) -> Usage:
    """What a reply took: thoughts are paid as answer."""
    counts = reply.fields.get("usageMetadata")
    counts = counts if isinstance(counts, Mapping) else {}
    answered = _count(counts.get("candidatesTokenCount"))
    thought = _count(counts.get("thoughtsTokenCount"))
    known = answered is not None or thought is not None
    return Usage(
        input_tokens=_count(counts.get("promptTokenCount")),
        # A reply that was blocked, or ended in its thoughts, leaves out the count that is 0.
        output_tokens=(answered or 0) + (thought or 0) if known or counts else None,
        images=len(_images(_parts(_candidate(reply.fields)))),
    )


def _candidate(body: Mapping[str, object]) -> Mapping[str, object] | None:
    candidates = body.get("candidates")
    first = candidates[0] if isinstance(candidates, list) and candidates else None
    return first if isinstance(first, Mapping) else None


def _parts(candidate: Mapping[str, object] | None) -> list[Mapping[str, object]]:
    content = candidate.get("content") if candidate is not None else None
    parts = content.get("parts") if isinstance(content, Mapping) else None
    listed = parts if isinstance(parts, list) else [parts]
    return [part for part in listed if isinstance(part, Mapping)]


def _images(parts: list[Mapping[str, object]]) -> list[str | bytes]:
    found = [image_of_part(part) for part in parts]
    return [image for image in found if image is not None]


def _texts(parts: list[Mapping[str, object]], *, thought: bool) -> list[str]:
    texts = [part.get("text") for part in parts if (part.get("thought") is True) == thought]
    return [text for text in texts if isinstance(text, str)]


def _text(parts: list[Mapping[str, object]]) -> str | None:
    """The texts of the answer; those around an image on lines of their own."""
    pieces: list[str] = []
    for part in parts:
        text = part.get("text")
        if part.get("thought") is True:
            continue
        if isinstance(text, str):
            pieces.append(text)
        elif pieces and image_of_part(part) is not None:
            pieces.append("\n")
    joined = "".join(pieces)
    return joined.strip() if pieces else None


def _hint(words: object) -> str | None:
    return f"it said {excerpt(words, length=200)}" if isinstance(words, str) and words.strip() else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
