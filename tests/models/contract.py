"""The common contract of models: what every implementation must hold, as checks on one model."""

from __future__ import annotations

import asyncio
import inspect
import json
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.models.contract import ConnectedModel

if TYPE_CHECKING:
    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.sample import Request


def ask(model: Model, request: Request) -> ModelOutput:
    """The answer of a model, awaited where it is awaitable; connections of that loop are closed."""
    answer = model.answer(request)
    if isinstance(answer, ModelOutput):
        return answer

    async def wait() -> ModelOutput:
        output = await answer
        if isinstance(model, ConnectedModel):
            await model.aclose()
        return output

    assert inspect.isawaitable(answer)
    return asyncio.run(wait())


def check_identity(model: Model) -> None:
    """The identity is an object of plain JSON values, names its adapter, and stays the same."""
    first = json.dumps(dict(model.identity), sort_keys=True, allow_nan=False)

    assert json.loads(first) == dict(model.identity)
    assert isinstance(model.identity["adapter"], str)
    assert json.dumps(dict(model.identity), sort_keys=True) == first


def check_answer(output: ModelOutput, request: Request) -> None:
    """The answer holds what its format wants, in the form that the domain says."""
    assert isinstance(output, ModelOutput)
    if request.format.wants_text:
        assert isinstance(output.text, str)
    if request.format.wants_image:
        assert output.image is not None
        assert output.image.dtype == np.uint8
        assert output.image.ndim == 3
        assert output.image.shape[2] == 3
        assert min(output.image.shape) > 0
    else:
        assert output.image is None


def check_same(first: ModelOutput, second: ModelOutput) -> None:
    """Two answers are equal to the pixel."""
    assert first.text == second.text
    assert (first.image is None) == (second.image is None)
    if first.image is not None and second.image is not None:
        np.testing.assert_array_equal(first.image, second.image)
