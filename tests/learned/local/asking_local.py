"""Asking a local model: built as a run builds it, asked for several samples at once, closed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.models import build_model, close_model, embedded_adapters, problems_of
from tests.models.samples import TinyDataset, context_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.models.local.model import LocalModel


def build_local(adapter: str, samples: Sequence[Sample], **settings: object) -> LocalModel:
    """A local model for samples, on the CPU."""
    return build_model(  # type: ignore[return-value]  # the two adapters build nothing else
        "m",
        adapter=adapter,
        settings={"device": "cpu", **settings},
        context=context_of(TinyDataset(samples)),
        adapters=embedded_adapters(),
    )


def outcomes_of(model: LocalModel, samples: Sequence[Sample]) -> list[ModelOutput | BaseException]:
    """What each of the samples, all asked at once, comes to; the model is closed afterwards."""

    async def ask_all() -> list[ModelOutput | BaseException]:
        return await asyncio.gather(*(model.answer(sample.request()) for sample in samples), return_exceptions=True)

    try:
        return asyncio.run(ask_all())
    finally:
        close_model(model)


def answers_of(adapter: str, samples: Sequence[Sample], **settings: object) -> list[ModelOutput]:
    """The answers to samples, none of which fails."""
    model = build_local(adapter, samples, **settings)
    assert problems_of(model) == []
    answers = [one for one in outcomes_of(model, samples) if isinstance(one, ModelOutput)]
    assert len(answers) == len(samples)
    return answers
