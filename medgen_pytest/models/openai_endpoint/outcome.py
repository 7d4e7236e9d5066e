"""Outcomes: an output with what was counted for it, and with the image that its reply holds or points at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from medgen_pytest.errors import ModelError, OutputError

if TYPE_CHECKING:
    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.models.openai_endpoint.settings import OpenAiSettings
    from medgen_pytest.models.remote.endpoint import Endpoint
    from medgen_pytest.models.remote.tally import Tally


def counted(output: ModelOutput, tally: Tally) -> ModelOutput:
    """The output with the usage, tries and seconds of its tally."""
    return replace(output, usage=tally.usage, timing=tally.timing, seconds=tally.working)


async def with_image(
    output: ModelOutput, image: str | bytes, *, endpoint: Endpoint[OpenAiSettings], tally: Tally
) -> ModelOutput:
    """The output with the image of its reply, counted; one that is unusable is a problem of the output.

    Raises ModelError, with the output, for an image that cannot be fetched.
    """
    try:
        pixels = await endpoint.incoming(image, tally=tally)
    except OutputError as error:
        problem = "; ".join(part for part in (output.problem, str(error)) if part)
        return counted(replace(output, problem=problem), tally)
    except ModelError as error:
        error.partial = counted(output, tally)
        raise
    return counted(replace(output, image=pixels), tally)
