"""Answers: asking a model for one sample and telling an unusable answer from a failure."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.errors import ImageError, OutputError

if TYPE_CHECKING:
    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.result import Status
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.engine.caller import Caller

_REASON_LENGTH = 2000
_RGB = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of asking: the output as far as there is one, the status, and why it is not `answered`."""

    output: ModelOutput
    status: Status
    reason: str | None = None


def ask(model: Model, sample: Sample, *, caller: Caller) -> Answer:
    """A model's answer to a sample; never raises for what a model does."""
    started = time.perf_counter()
    try:
        value = caller.call(lambda: model.answer(sample.request()))
    except OutputError as error:
        output = ModelOutput(seconds=time.perf_counter() - started)
        return Answer(output=output, status="invalid", reason=shorten(str(error)))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a model raises is an error of this sample alone
        output = ModelOutput(seconds=time.perf_counter() - started)
        return Answer(output=output, status="error", reason=shorten(describe(error)))
    seconds = time.perf_counter() - started
    if not isinstance(value, ModelOutput):
        reason = f"the model's answer is a {type(value).__name__}, not a ModelOutput"
        return Answer(output=ModelOutput(seconds=seconds), status="error", reason=reason)
    output = value if value.seconds is not None else replace(value, seconds=seconds)
    problem = find_problem(output, sample)
    return Answer(output=output, status="invalid" if problem else "answered", reason=problem)


def find_problem(output: ModelOutput, sample: Sample) -> str | None:
    """Why an output is not usable for its sample; None if it is."""
    if output.problem is not None:
        return shorten(output.problem)
    found: list[str | None] = []
    if sample.format.wants_text and not (output.text or "").strip():
        found.append("the text is empty" if output.text is not None else "no text where one is due")
    if sample.format.wants_image:
        found.append(_image_problem(output, sample))
    return "; ".join(problem for problem in found if problem) or None


def describe(error: BaseException) -> str:
    """One line for an exception: its type and its message."""
    message = " ".join(str(error).split())
    if isinstance(error, ImageError):
        return message
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def shorten(text: str) -> str:
    """A text cut to what a reason may hold."""
    return text if len(text) <= _REASON_LENGTH else f"{text[:_REASON_LENGTH]} ... ({len(text)} characters)"


def _image_problem(output: ModelOutput, sample: Sample) -> str | None:
    image: object = output.image
    if image is None:
        return "no image where one is due"
    # A user's own model may hand over anything, whatever the types say.
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != _RGB or image.shape[2] != _RGB:
        return "the image is not an array of uint8 (height, width, 3)"
    if image.size == 0:
        return f"the image has no pixels ({image.shape[1]}x{image.shape[0]})"
    if _is_blank(image) and not _has_blank_target(sample):
        return f"the image is blank: all pixels are {tuple(int(value) for value in image[0, 0])}"
    return None


def _is_blank(image: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bool:
    return not (image != image[0, 0]).any()


def _has_blank_target(sample: Sample) -> bool:
    return sample.target.image is not None and _is_blank(sample.target.image.array())
