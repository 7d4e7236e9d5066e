"""Contents: what a reply holds, before its image is read; and the output that it becomes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.errors import ModelError, OutputError
from medgen_pytest.models.remote.settings import EndpointSettings
from medgen_pytest.models.replies import read_finish, split_reasoning, well_formed

if TYPE_CHECKING:
    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.remote.endpoint import Endpoint
    from medgen_pytest.models.remote.tally import Tally

_S = TypeVar("_S", bound=EndpointSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a reply holds. `image` is as `read_image` takes it; `problem` says why the rest does not count.

    `raw` is the reply as it is kept; `hint` is what a message about something missing adds.
    """

    text: str | None = None
    image: str | bytes | None = field(default=None, repr=False)
    reasoning: str | None = None
    finish_reason: str | None = None
    problem: str | None = None
    hint: str | None = None
    raw: str | None = field(default=None, repr=False)


async def to_output(content: Content, request: Request, *, endpoint: Endpoint[_S], tally: Tally) -> ModelOutput:
    """The output: reasoning apart from the text, the image as pixels, and what keeps it from being usable.

    Raises ModelError, with everything else in its `partial`, for an image that cannot be fetched.
    """
    output = _without_image(content, request)
    if request.wants_image and content.image is not None and content.problem is None:
        try:
            output = replace(output, image=await endpoint.incoming(content.image, tally=tally))
        except OutputError as error:
            output = replace(output, problem="; ".join(filter(None, (output.problem, str(error)))))
        except ModelError as error:
            error.partial = counted(output, tally)
            raise
    return counted(output, tally)


def counted(output: ModelOutput, tally: Tally) -> ModelOutput:
    """An output with what a tally has counted for it."""
    return replace(output, usage=tally.usage, timing=tally.timing, seconds=tally.working)


def _without_image(content: Content, request: Request) -> ModelOutput:
    split = split_reasoning(well_formed(content.text)) if content.text is not None else None
    thoughts = [part for part in (content.reasoning, split.reasoning if split else None) if part]
    text = split.answer if split else None
    return ModelOutput(
        text=text,
        raw=content.raw,
        reasoning=well_formed("\n\n".join(thoughts)) if thoughts else None,
        finish_reason=content.finish_reason,
        problem=content.problem or _missing(content, request, text=text),
    )


def _missing(content: Content, request: Request, *, text: str | None) -> str | None:
    found = []
    if request.wants_text and not (text or "").strip():
        found.append("no text where one is due" if text is None else "the text is empty")
    if request.wants_image and content.image is None:
        found.append("no image where one is due")
    if not found:
        return None
    why = content.finish_reason if read_finish(content.finish_reason) != "complete" else None
    notes = ", ".join(filter(None, (f"finish reason {why}" if why else None, content.hint)))
    return "; ".join(found) + (f" ({notes})" if notes else "")
