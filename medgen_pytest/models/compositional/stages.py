"""Stages of a pipeline: asking one part, and joining what all of them gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from medgen_pytest.domain.output import ModelOutput, Stage
from medgen_pytest.errors import ModelError, OutputError
from medgen_pytest.models.remote.price import add_usage
from medgen_pytest.models.timing import add_timings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.part import Part


class Made(NamedTuple):
    """A stage, and the image that it drew."""

    stage: Stage
    image: NDArray[np.uint8] | None = None


async def make(part: Part, request: Request, *, before: Sequence[Made] = ()) -> Made:
    """What one part makes of its request; a problem where the model answered nothing usable.

    Raises ModelError, naming the part and with the stages before it, where the model could not answer.
    """
    try:
        output = await part.answer(request)
    except OutputError as error:
        output = ModelOutput(problem=str(error) or "it did not say why")
    except ModelError as error:
        known = error.partial if isinstance(error.partial, ModelOutput) else ModelOutput()
        failed = Made(_stage(part, request, known, problem=str(error)))
        error.partial = join([*before, failed])
        raise
    except Exception as error:
        failed = Made(_stage(part, request, ModelOutput(), problem=f"{type(error).__name__}: {error}"))
        raise ModelError(
            f"the {part.name} model failed: {type(error).__name__}: {error}", partial=join([*before, failed])
        ) from error
    problem = output.problem or _missing(request, output)
    return Made(_stage(part, request, output, problem=problem), output.image if problem is None else None)


def join(made: Sequence[Made], *, text: str | None = None) -> ModelOutput:
    """The output of all stages together: what they took added up, the first problem with the name of its stage."""
    stages = tuple(one.stage for one in made)
    problem = next((f"{stage.name} model: {stage.problem}" for stage in stages if stage.problem is not None), None)
    seconds = [stage.seconds for stage in stages]
    return ModelOutput(
        text=text,
        image=made[-1].image,
        raw=stages[0].raw if stages[0].raw is not None else stages[0].text,
        reasoning=stages[0].reasoning,
        finish_reason=stages[-1].finish_reason,
        problem=problem,
        usage=add_usage(*(stage.usage for stage in stages)),
        timing=add_timings(*(stage.timing for stage in stages)),
        stages=stages,
        seconds=None if None in seconds else sum(known for known in seconds if known is not None),
    )


def _stage(part: Part, request: Request, output: ModelOutput, *, problem: str | None) -> Stage:
    return Stage(
        name=part.name,
        prompt=request.instruction,
        text=output.text,
        raw=output.raw,
        reasoning=output.reasoning,
        finish_reason=output.finish_reason,
        problem=problem,
        usage=output.usage,
        timing=output.timing,
        seconds=output.seconds,
    )


def _missing(request: Request, output: ModelOutput) -> str | None:
    if request.wants_image and output.image is None:
        return "no image"
    if request.wants_text and not (output.text or "").strip():
        return "no text"
    return None
