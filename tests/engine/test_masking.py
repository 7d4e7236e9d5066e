"""Masking: a secret that a model repeats stands in no part of its answer."""

from __future__ import annotations

from dataclasses import fields

from medgen_pytest.config.secrets import MASK, Secrets
from medgen_pytest.domain.output import ModelOutput, Stage, Usage
from medgen_pytest.engine.answer import Answer
from medgen_pytest.engine.masking import mask_answer

SAID = "my key is sk-4711-hidden, you know"
SECRETS = Secrets([{"key": "sk-4711-hidden"}])
TEXTS = [field.name for field in fields(Stage) if field.type == "str | None"]
STAGE = Stage(name="text", usage=Usage(input_tokens=3), **dict.fromkeys(TEXTS, SAID))  # type: ignore[arg-type]  # mypy does not know which fields are texts
OUTPUT = ModelOutput(text=SAID, raw=SAID, reasoning=SAID, finish_reason=SAID, problem=SAID, stages=(STAGE, STAGE))


def test_a_secret_stands_in_no_text_of_an_answer() -> None:
    answer = Answer(output=OUTPUT, status="invalid", reason=SAID)

    masked = mask_answer(answer, SECRETS)

    assert "4711" not in repr(masked)
    assert repr(masked).count(MASK) == repr(answer).count("sk-4711-hidden")
    assert masked.output.stages[1].usage == Usage(input_tokens=3)


def test_without_secrets_an_answer_stays_itself() -> None:
    answer = Answer(output=OUTPUT, status="answered")

    assert mask_answer(answer, Secrets()) is answer
