"""Masking: what a model says, without the secrets of the run."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from medgen_pytest.domain.output import ModelOutput, Stage

if TYPE_CHECKING:
    from medgen_pytest.config.secrets import Secrets
    from medgen_pytest.engine.answer import Answer

_Part = TypeVar("_Part", ModelOutput, Stage)


def mask_answer(answer: Answer, secrets: Secrets) -> Answer:
    """The answer with every text in it masked, those of its stages too; itself where there are no secrets."""
    if not secrets:
        return answer
    stages = tuple(
        replace(_masked(stage, secrets), prompt=_mask(stage.prompt, secrets)) for stage in answer.output.stages
    )
    output = replace(_masked(answer.output, secrets), stages=stages)
    return replace(answer, output=output, reason=_mask(answer.reason, secrets))


def _masked(part: _Part, secrets: Secrets) -> _Part:
    return replace(
        part,
        text=_mask(part.text, secrets),
        raw=_mask(part.raw, secrets),
        reasoning=_mask(part.reasoning, secrets),
        finish_reason=_mask(part.finish_reason, secrets),
        problem=_mask(part.problem, secrets),
    )


def _mask(text: str | None, secrets: Secrets) -> str | None:
    return secrets.mask(text) if text else text
