"""Answers: an unusable one is the model's fault, a failure is not, and nothing that a model does ends the run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medgen_pytest.domain.output import ModelOutput, Usage
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.engine.answer import Answer, ask, describe, find_problem, shorten
from medgen_pytest.engine.caller import Caller
from medgen_pytest.errors import ImageError, ModelError, OutputError
from medgen_pytest.images import encode_png
from tests.engine.parts import CountingModel, image, picture, sample, unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from medgen_pytest.domain.sample import Request, Sample

VQA, EDIT, GENERATION = Task.MULTIPLE_CHOICE, Task.STYLE_TRANSFER, Task.INSTRUCTION_EDITING
BLACK = np.zeros((4, 5, 3), dtype=np.uint8)
NOT_AN_ARRAY = "the image is not an array of uint8 (height, width, 3)"


@pytest.fixture
def caller() -> Iterator[Caller]:
    caller = Caller(timeout=10)
    yield caller
    caller.close()


class Unsayable(Exception):  # noqa: N818 - its name is not the point
    def __str__(self) -> str:
        raise RuntimeError("no words")


def asked(caller: Caller, reply: Callable[[Request], object], item: Sample | None = None) -> Answer:
    return ask(CountingModel(reply=reply), item or sample(), caller=caller)


def raising(error: BaseException) -> Callable[[Request], object]:
    def reply(_request: Request) -> object:
        raise error

    return reply


@pytest.mark.parametrize(
    ("task", "output", "problem"),
    [
        (VQA, ModelOutput(text="A"), None),
        (VQA, ModelOutput(text="A", image=BLACK), None),
        (VQA, ModelOutput(), "no text where one is due"),
        (VQA, ModelOutput(text=""), "the text is empty"),
        (VQA, ModelOutput(text=" \n\t"), "the text is empty"),
        (VQA, ModelOutput(image=picture()), "no text where one is due"),
        (VQA, ModelOutput(text="I cannot help", problem="refused"), "refused"),
        (VQA, ModelOutput(text="A", problem=""), "the model did not say why"),
        (EDIT, ModelOutput(image=picture()), None),
        (EDIT, ModelOutput(text="words instead"), "no image where one is due"),
        (EDIT, ModelOutput(image=BLACK), "the image is blank: all pixels are (0, 0, 0)"),
        (EDIT, ModelOutput(image=BLACK + 7), "the image is blank: all pixels are (7, 7, 7)"),
        (EDIT, ModelOutput(image=BLACK[:0]), "the image has no pixels (5x0)"),
        (EDIT, ModelOutput(image=BLACK[:1, :1]), "the image is blank: all pixels are (0, 0, 0)"),
        (EDIT, ModelOutput(image=picture()[..., :2]), NOT_AN_ARRAY),
        (EDIT, ModelOutput(image=picture()[..., 0]), NOT_AN_ARRAY),
        (EDIT, ModelOutput(image=picture() / 255), NOT_AN_ARRAY),  # type: ignore[arg-type]  # breaks the contract
        (EDIT, ModelOutput(image="image.png"), NOT_AN_ARRAY),  # type: ignore[arg-type]  # a model that breaks the contract
        (GENERATION, ModelOutput(text="done", image=picture()), None),
        (GENERATION, ModelOutput(text="done"), "no image where one is due"),
        (GENERATION, ModelOutput(image=picture()), "no text where one is due"),
        (GENERATION, ModelOutput(text=" "), "the text is empty; no image where one is due"),
    ],
)
def test_what_makes_an_output_unusable(task: Task, output: ModelOutput, problem: str | None) -> None:
    assert find_problem(output, sample(task)) == problem


def test_a_blank_image_is_usable_where_the_target_is_blank_too() -> None:
    item = sample(EDIT, target=image(encode_png(BLACK + 200)))

    assert find_problem(ModelOutput(image=BLACK), item) is None


def test_a_usable_answer_is_passed_on_with_its_time(caller: Caller) -> None:
    answer = asked(caller, lambda _request: ModelOutput(text="A", raw='{"text": "A"}', usage=Usage(input_tokens=7)))

    assert (answer.status, answer.reason) == ("answered", None)
    assert (answer.output.text, answer.output.raw, answer.output.usage) == ("A", '{"text": "A"}', Usage(input_tokens=7))
    assert answer.output.seconds is not None
    assert 0 <= answer.output.seconds < 10


def test_a_time_that_the_model_measured_itself_is_kept(caller: Caller) -> None:
    assert asked(caller, lambda _request: ModelOutput(text="A", seconds=12.5)).output.seconds == 12.5


def test_the_model_never_sees_the_target(caller: Caller) -> None:
    seen: list[Request] = []

    def reply(request: Request) -> ModelOutput:
        seen.append(request)
        return ModelOutput(text="A")

    asked(caller, reply)

    assert not hasattr(seen[0], "target")
    assert seen[0].sample_id == "vqa:multiple-choice:000001"


def test_an_asynchronous_answer_is_awaited(caller: Caller) -> None:
    async def later() -> ModelOutput:
        await asyncio.sleep(0)
        return ModelOutput(text="A")

    assert asked(caller, lambda _request: later()).status == "answered"


def test_an_unusable_answer_says_why_in_its_output_too(caller: Caller) -> None:
    answer = asked(caller, lambda _request: ModelOutput(text=" "))

    assert (answer.status, answer.reason, answer.output.problem) == (
        "invalid",
        "the text is empty",
        "the text is empty",
    )


def test_an_output_error_is_the_models_fault(caller: Caller) -> None:
    answer = asked(caller, raising(OutputError("the reply\nis no JSON")))

    assert (answer.status, answer.reason) == ("invalid", "the reply is no JSON")
    assert answer.output.problem == "the reply is no JSON"
    assert answer.output.seconds is not None


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ModelError("the endpoint is down"), "ModelError: the endpoint is down"),
        (ConnectionError("refused\n  by peer"), "ConnectionError: refused by peer"),
        (KeyError("choices"), "KeyError: 'choices'"),
        (TimeoutError(), "TimeoutError"),
        (SystemExit(3), "SystemExit: 3"),
        (GeneratorExit(), "GeneratorExit"),
        (Unsayable(), "Unsayable: its message cannot be shown"),
        (ImageError("the image file does not exist", name="a.png"), "a.png: the image file does not exist"),
    ],
)
def test_whatever_a_model_raises_is_an_error_of_its_sample(caller: Caller, error: BaseException, reason: str) -> None:
    answer = asked(caller, raising(error))

    assert (answer.status, answer.reason) == ("error", reason)


def test_ctrl_c_passes(caller: Caller) -> None:
    with pytest.raises(KeyboardInterrupt):
        asked(caller, raising(KeyboardInterrupt()))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "the model's answer is a NoneType, not a ModelOutput"),
        ("A", "the model's answer is a str, not a ModelOutput"),
        (ModelOutput(text=5), "the text of the model's answer is a int, not a str"),  # type: ignore[arg-type]  # breaks the contract
        (ModelOutput(text="A", raw=b"A"), "the raw of the model's answer is a bytes, not a str"),  # type: ignore[arg-type]  # breaks the contract
        (ModelOutput(problem=ValueError()), "the problem of the model's answer is a ValueError, not a str"),  # type: ignore[arg-type]  # breaks the contract
        (ModelOutput(text="A", seconds="1"), "the seconds of the model's answer is a str, not a float"),  # type: ignore[arg-type]  # breaks the contract
        (ModelOutput(text="A", seconds=True), "the seconds of the model's answer is a bool, not a float"),
        (ModelOutput(text="A", usage={"cost": 1}), "the usage of the model's answer is a dict, not a Usage"),  # type: ignore[arg-type]  # breaks the contract
        (
            ModelOutput(text="A", usage=Usage(input_tokens=np.int64(3))),  # type: ignore[arg-type]  # breaks the contract
            "the usage.input_tokens of the model's answer is a int64, not a int",
        ),
        (
            ModelOutput(text="A", usage=Usage(images=1.5)),  # type: ignore[arg-type]  # breaks the contract
            "the usage.images of the model's answer is a float, not a int",
        ),
        (
            ModelOutput(text="A", usage=Usage(cost="free")),  # type: ignore[arg-type]  # breaks the contract
            "the usage.cost of the model's answer is a str, not a float",
        ),
    ],
)
def test_an_answer_of_the_wrong_type_is_an_error_of_the_adapter(caller: Caller, value: object, reason: str) -> None:
    answer = asked(caller, lambda _request: value)

    assert (answer.status, answer.reason) == ("error", reason)
    assert answer.output.text is None


@pytest.mark.parametrize("value", [picture() / 255, picture()[..., :2], BLACK[:0], "image.png", object()])
@pytest.mark.parametrize("task", [VQA, EDIT])
def test_an_image_that_is_none_is_not_carried_on(caller: Caller, task: Task, value: object) -> None:
    output = ModelOutput(text="A", image=value)  # type: ignore[arg-type]  # a model that breaks the contract

    answer = asked(caller, lambda _request: output, sample(task))

    assert answer.output.image is None
    assert answer.status == ("invalid" if task is EDIT else "answered")


def test_a_target_that_cannot_be_read_is_not_the_models_fault(caller: Caller) -> None:
    answer = asked(caller, lambda _request: ModelOutput(image=BLACK), sample(EDIT, target=unreadable("target.png")))

    reason = "an image of the dataset cannot be used: target.png: the image file does not exist"
    assert (answer.status, answer.reason) == ("error", reason)


def test_a_long_reason_is_cut_and_says_so() -> None:
    assert shorten("x" * 2000) == "x" * 2000
    assert shorten("x" * 2001) == "x" * 2000 + " ... (2001 characters)"
    assert len(describe(ValueError("x" * 9000))) == 9000 + len("ValueError: ")
