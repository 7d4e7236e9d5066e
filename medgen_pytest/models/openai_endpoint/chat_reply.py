"""Replies of chat completions: text, images, reasoning, and why something is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from medgen_pytest.models.replies import image_of_part, split_images, split_reasoning, well_formed

_REASONING = ("reasoning_content", "reasoning", "thinking")
_TEXT_TYPES = ("text", "output_text")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatMessage:
    """What the first choice of a reply says. `images` are as `read_image` takes them, the last one counts.

    `silence` says why there is no text.
    """

    text: str | None = None
    images: tuple[str | bytes, ...] = field(default=(), repr=False)
    reasoning: str | None = None
    finish_reason: str | None = None
    silence: str = ""


def read_message(body: Mapping[str, object]) -> ChatMessage:
    """The message of a reply.

    Text is the content, or the parts of it that are text. Images are those of `message.images`, else
    the parts that are images, else those within the text (Markdown, data URLs), which they are taken out
    of. Reasoning is a field of the message or stands within the text (`<think>`).
    """
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, Mapping):
        return ChatMessage(silence="the reply holds no choices")
    finish = choice.get("finish_reason")
    message = choice.get("message")
    if not isinstance(message, Mapping):
        return ChatMessage(silence="the reply holds no message", finish_reason=_word(finish))
    reasoned = split_reasoning(well_formed(_text(message.get("content"))))
    illustrated = split_images(reasoned.answer)
    within = (illustrated.image,) if illustrated.image is not None else ()
    return ChatMessage(
        text=illustrated.text or None,
        images=_images(message.get("images")) or _images(message.get("content")) or within,
        reasoning="\n\n".join(part for part in (_reasoning(message), reasoned.reasoning) if part) or None,
        finish_reason=_word(finish),
        silence=_silence(message, complete=reasoned.complete),
    )


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = (part.get("text") for part in parts if isinstance(part, Mapping) and part.get("type") in _TEXT_TYPES)
    return "\n".join(text for text in texts if isinstance(text, str))


def _images(parts: object) -> tuple[str | bytes, ...]:
    found = [image_of_part(part) for part in parts if isinstance(part, Mapping)] if isinstance(parts, list) else []
    return tuple(image for image in found if image is not None)


def _reasoning(message: Mapping[object, object]) -> str | None:
    texts = (message.get(name) for name in _REASONING)
    return next((well_formed(text).strip() for text in texts if isinstance(text, str) and text.strip()), None)


def _silence(message: Mapping[object, object], *, complete: bool) -> str:
    calls = message.get("tool_calls")
    if calls and isinstance(calls, list):
        return f"the model called a tool{_name(calls[0])} instead of answering"
    if not complete:
        return "the reply ends within the reasoning, before any answer"
    return "the content of the reply is null" if message.get("content") is None else "the text of the reply is empty"


def _name(call: object) -> str:
    function = call.get("function") if isinstance(call, Mapping) else None
    name = function.get("name") if isinstance(function, Mapping) else None
    return f" ({name[:100]!r})" if isinstance(name, str) else ""


def _word(finish: object) -> str | None:
    return finish[:100] if isinstance(finish, str) else None
