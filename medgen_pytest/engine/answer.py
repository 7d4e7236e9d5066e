"""Answers: asking a model for one sample and telling an unusable answer from a failure."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.engine.fault import find_fault
from medgen_pytest.errors import ImageError, ModelError, OutputError
from medgen_pytest.models.meter import BudgetError

if TYPE_CHECKING:
    from typing import TypeGuard

    from numpy.typing import NDArray

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.result import NotAsked, Status
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.engine.caller import Call, Caller
    from medgen_pytest.models.meter import Bill

_REASON_LENGTH = 2000
_RGB = 3
_UNSAID = "the model did not say why"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of asking: the output as far as there is one, the status, and why it is not `answered`.

    `not_asked` says of an error that the run itself held the question back.
    """

    output: ModelOutput
    status: Status
    reason: str | None = None
    not_asked: NotAsked | None = None


def ask(model: Model, sample: Sample, *, caller: Caller, bill: Bill | None = None, repeat: int = 0) -> Answer:
    """A model's answer to a sample; never raises for what a model does."""
    started = time.perf_counter()
    try:
        value = caller.call(lambda: model.answer(sample.request(repeat=repeat)), bill=bill)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever a model raises is an error of this sample alone
        return _failed(error, seconds=time.perf_counter() - started)
    return _examined(value, sample, seconds=time.perf_counter() - started)


def conclude(call: Call, sample: Sample, *, error: BaseException | None = None) -> Answer:
    """What came of a call that is settled, or was given up for an error; never raises for what a model does."""
    if error is not None:
        return _failed(error, seconds=call.seconds)
    try:
        value = call.outcome.result()
    except BaseException as failure:  # noqa: BLE001 - whatever a model raises is an error of this sample alone
        return _failed(failure, seconds=call.seconds)
    return _examined(value, sample, seconds=call.seconds)


def _failed(error: BaseException, *, seconds: float) -> Answer:
    if isinstance(error, OutputError):
        return _invalid(ModelOutput(seconds=seconds), reason=shorten(_message(error)) or _UNSAID)
    partial = error.partial if isinstance(error, ModelError) else None
    known = partial if isinstance(partial, ModelOutput) and find_fault(partial) is None else ModelOutput()
    output = known if known.seconds is not None else replace(known, seconds=seconds)
    budget_error = _budget_error(error)
    if budget_error is not None:
        return replace(withheld("budget", _message(budget_error)), output=replace(output, image=None))
    return Answer(output=replace(output, image=None), status="error", reason=shorten(describe(error)))


def withheld(cause: NotAsked, reason: str) -> Answer:
    """The answer to a question that the run holds back."""
    return Answer(output=ModelOutput(), status="error", reason=shorten(reason), not_asked=cause)


def _budget_error(error: BaseException) -> BudgetError | None:
    """The error of the budget behind what a model raised; None if it is another."""
    seen: BaseException | None = error
    while seen is not None and not isinstance(seen, BudgetError):
        seen = seen.__cause__
    return seen


def _examined(value: object, sample: Sample, *, seconds: float) -> Answer:
    fault = find_fault(value)
    if fault is not None or not isinstance(value, ModelOutput):
        return Answer(output=ModelOutput(seconds=seconds), status="error", reason=fault)
    output = value if value.seconds is not None else replace(value, seconds=seconds)
    usable = output if _is_picture(output.image) else replace(output, image=None)
    try:
        problem = find_problem(output, sample)
    except ImageError as error:
        return Answer(output=usable, status="error", reason=broken_dataset(error))
    return _invalid(usable, reason=problem) if problem else Answer(output=usable, status="answered")


def _invalid(output: ModelOutput, *, reason: str) -> Answer:
    return Answer(output=replace(output, problem=reason), status="invalid", reason=reason)


def find_problem(output: ModelOutput, sample: Sample) -> str | None:
    """Why an output is not usable for its sample; None if it is."""
    if output.problem is not None:
        return shorten(output.problem) or _UNSAID
    found: list[str | None] = []
    if sample.format.wants_text and not (output.text or "").strip():
        found.append("the text is empty" if output.text is not None else "no text where one is due")
    if sample.format.wants_image:
        found.append(_image_problem(output, sample))
    return "; ".join(problem for problem in found if problem) or None


def describe(error: BaseException) -> str:
    """One line for an exception: its type and its message."""
    message = _message(error)
    if isinstance(error, ImageError):
        return message
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def broken_dataset(error: ImageError) -> str:
    """The reason of a sample whose images cannot be used: not the model's fault."""
    return shorten(f"an image of the dataset cannot be used: {error}")


def shorten(text: str) -> str:
    """A text cut to what a reason may hold."""
    return text if len(text) <= _REASON_LENGTH else f"{text[:_REASON_LENGTH]} ... ({len(text)} characters)"


def _message(error: BaseException) -> str:
    try:
        return " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - an exception that cannot even say what it is
        return "its message cannot be shown"


def _image_problem(output: ModelOutput, sample: Sample) -> str | None:
    image: object = output.image
    if image is None:
        return "no image where one is due"
    if not _is_array(image):
        return "the image is not an array of uint8 (height, width, 3)"
    if image.size == 0:
        return f"the image has no pixels ({image.shape[1]}x{image.shape[0]})"
    if _is_blank(image) and not _has_blank_target(sample):
        return f"the image is blank: all pixels are {tuple(int(value) for value in image[0, 0])}"
    return None


def _is_array(image: object) -> TypeGuard[NDArray[np.uint8]]:
    # A model of the user's own may hand over anything, whatever its annotations say.
    return isinstance(image, np.ndarray) and image.dtype == np.uint8 and image.ndim == _RGB and image.shape[2] == _RGB


def _is_picture(image: object) -> bool:
    """Whether an image can be stored and scored."""
    return _is_array(image) and image.size > 0


def _is_blank(image: NDArray[np.uint8]) -> bool:
    return not (image != image[0, 0]).any()


def _has_blank_target(sample: Sample) -> bool:
    return sample.target.image is not None and _is_blank(sample.target.image.array())
