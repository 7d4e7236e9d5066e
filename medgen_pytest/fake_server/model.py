"""The model behind every protocol: its answer is a function of the question and the seed, and of nothing else."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from medgen_pytest.domain.sample import choices_in
from medgen_pytest.fake_server.chance import pick
from medgen_pytest.fake_server.drawing import draw
from medgen_pytest.fake_server.judging import Manner, judge
from medgen_pytest.fake_server.question import Answer
from medgen_pytest.fake_server.schema_reply import SchemaReply

if TYPE_CHECKING:
    from medgen_pytest.fake_server.drawing import ImageAnswer
    from medgen_pytest.fake_server.question import Question

_FINDINGS = (
    "No acute abnormality.",
    "A small focal opacity in the lower zone.",
    "Mild diffuse change without a mass.",
    "A well-defined lesion of moderate size.",
    "Appearance within normal limits.",
)
_LONGEST_ECHO = 160
_IMAGE_TOKENS_IN = 258
_IMAGE_TOKENS_OUT = 1290
_WORD = re.compile(r"\S+\s*")


def answer(
    question: Question,
    *,
    seed: str,
    image_answer: ImageAnswer = "smooth",
    max_side: int = 1024,
    manner: Manner = Manner(),  # noqa: B008 - frozen
) -> Answer:
    """The answer to a question.

    A judge's question is answered with a judgement, in this `manner`. Else:

    A text names one of the options that the question lists; else it repeats the start of the question,
    says how many images of which size came with it, and states a finding. JSON carries the keys `text`
    and `image_prompt`, or fits the schema. Images are drawn by `drawing.draw`. Tokens are words, 258 for
    an image that comes in and 1,290 for one that goes out. Raises ImageError for an input image that
    cannot be decoded, where one has to be.
    """
    text = _text(question, seed, manner) if question.wants_text else None
    text, is_cut = _cut(text, question.max_tokens)
    pictures = (
        tuple(
            draw(question, seed=f"{seed}#{index}", image_answer=image_answer, max_side=max_side)
            for index in range(question.count)
        )
        if question.wants_image
        else ()
    )
    return Answer(
        text=text,
        pictures=pictures,
        finish="length" if is_cut else "stop",
        input_tokens=count_tokens(question.text) + _IMAGE_TOKENS_IN * len(question.images),
        output_tokens=count_tokens(text or "") + _IMAGE_TOKENS_OUT * len(pictures),
        digest=seed,
    )


def count_tokens(text: str) -> int:
    """How many words a text has: what the model takes for tokens."""
    return len(_WORD.findall(text))


def _text(question: Question, seed: str, manner: Manner) -> str:
    if question.judge is not None:
        return json.dumps(judge(question, question.judge, seed=seed, manner=manner), ensure_ascii=False)
    plain = _plain_text(question, seed)
    if not question.wants_json:
        return plain
    texts = {"text": plain, "image_prompt": f"Redraw the input as asked: {_echo(question)}"}
    reply: object = texts
    if question.schema is not None:
        reply = SchemaReply(seed=seed, texts=texts, default=plain).fill(question.schema)
    return json.dumps(reply, ensure_ascii=False)


def _plain_text(question: Question, seed: str) -> str:
    choices = choices_in(question.text)
    if choices:
        return pick(choices, seed, "choice")
    sizes = ", ".join(f"{image.width}x{image.height}" for image in question.images)
    seen = f"{len(question.images)} image(s) ({sizes})" if sizes else "no image"
    return f'{pick(_FINDINGS, seed, "finding")} Asked "{_echo(question)}" with {seen}.'


def _echo(question: Question) -> str:
    return " ".join(question.text[:_LONGEST_ECHO].split())


def _cut(text: str | None, max_tokens: int | None) -> tuple[str | None, bool]:
    if text is None or max_tokens is None:
        return text, False
    words = _WORD.findall(text)
    return "".join(words[:max_tokens]), len(words) > max_tokens
