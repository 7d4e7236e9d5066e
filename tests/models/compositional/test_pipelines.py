"""Pipelines of a text model and an image model: who is asked what, who is to blame, what it took."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medgen_pytest.config.secrets import Secrets
from medgen_pytest.domain.output import ModelOutput, Timing, Usage
from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ConfigError, ModelError, OutputError
from medgen_pytest.models.compositional.model import CompositionalModel
from medgen_pytest.models.compositional.prompts import load_prompts
from medgen_pytest.models.compositional.settings import CompositionalSettings
from medgen_pytest.models.contract import Estimate, keep_log
from medgen_pytest.models.part import Part
from tests.models.contract import ask
from tests.models.samples import of_format

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from medgen_pytest.domain.sample import Request

GENERATION = of_format(Format.MULTIMODAL_GENERATION)[0].request()
EDITING = of_format(Format.IMAGE_EDITING)[0].request()
PICTURE = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
BOTH = json.dumps({"text": "A nodule.", "image_prompt": "Draw a nodule."})
TIMING = Timing(requests=2, first_try=0.25, working=0.5, waiting=0.125)


class Fake:
    """A model that notes what it is asked and answers what it is told to."""

    def __init__(self, reply: ModelOutput | Exception, *, takes_images: bool = True) -> None:
        self.reply = reply
        self.takes_images = takes_images
        self.asked: list[Request] = []
        self.events: list[str] = []
        self.secrets = ("hidden-key",)

    @property
    def identity(self) -> dict[str, object]:
        return {"adapter": "fake", "sees": self.takes_images}

    async def answer(self, request: Request) -> ModelOutput:
        self.asked.append(request)
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply

    def check(self) -> list[str]:
        return ["no weights"]

    def estimate(self, request: Request) -> Estimate:
        return Estimate(images_sent=len(request.inputs), input_tokens=len(request.instruction), output_tokens=5, cost=1)

    async def probe(self) -> str | None:
        return "the key is wrong"

    async def aclose(self) -> None:
        self.events.append("aclose")

    def keep_log(self, path: Path, *, secrets: Secrets) -> None:
        self.events.append(f"{path.name} without {secrets.mask('hidden-key')}")

    def close(self) -> None:
        self.events.append("close")


def pipeline(text: object, image: object, **settings: object) -> CompositionalModel:
    """A pipeline of two models."""
    parsed = CompositionalSettings.model_validate({"text": "t", "image": "i", **settings})
    return CompositionalModel(
        text=Part("text", text),  # type: ignore[arg-type]  # a fake
        image=Part("image", image),  # type: ignore[arg-type]  # a fake
        prompts=load_prompts(None),
        settings=parsed,
    )


def writer(text: str = BOTH) -> Fake:
    """A text model that replies with a text."""
    usage = Usage(input_tokens=10, output_tokens=20, images=0, cost=0.5)
    return Fake(ModelOutput(text=text, raw=text, usage=usage, timing=TIMING, seconds=0.5, finish_reason="stop"))


def drawer(**options: bool) -> Fake:
    """An image model that draws."""
    usage = Usage(input_tokens=1, output_tokens=2, images=1, cost=0.25)
    return Fake(ModelOutput(image=PICTURE, usage=usage, timing=TIMING, seconds=1.0), **options)


def test_the_text_model_answers_and_the_image_model_draws_from_its_prompt() -> None:
    text, image = writer(), drawer()

    output = ask(pipeline(text, image), GENERATION)

    assert (output.text, output.problem) == ("A nodule.", None)
    assert output.image is PICTURE
    (asked,) = text.asked
    assert GENERATION.instruction in asked.instruction
    assert (asked.due, asked.wants_json, asked.inputs) == ("text", True, GENERATION.inputs)
    (drawn,) = image.asked
    assert (drawn.due, drawn.instruction, drawn.inputs) == ("image", "Draw a nodule.", GENERATION.inputs)


def test_editing_needs_a_prompt_and_no_answer() -> None:
    text = writer(json.dumps({"image_prompt": "Remove the noise."}))

    output = ask(pipeline(text, drawer()), EDITING)

    assert (output.text, output.problem) == (None, None)
    assert output.image is PICTURE


def test_of_an_image_model_that_takes_no_images_the_text_model_is_told() -> None:
    text, image = writer(), drawer(takes_images=False)

    ask(pipeline(text, image), GENERATION)

    assert image.asked[0].inputs == GENERATION.inputs  # for their size
    assert "sees none of the images" in text.asked[0].instruction


def test_an_image_model_can_be_kept_from_seeing_the_inputs() -> None:
    image = drawer()

    ask(pipeline(writer(), image, image_sees_inputs=False), GENERATION)

    assert image.asked[0].inputs == ()


def test_what_both_stages_took_is_kept_apart_and_together() -> None:
    output = ask(pipeline(writer(), drawer()), GENERATION)

    assert [stage.name for stage in output.stages] == ["text", "image"]
    assert output.stages[1].prompt == "Draw a nodule."
    assert output.stages[0].usage == Usage(input_tokens=10, output_tokens=20, images=0, cost=0.5)
    assert output.usage == Usage(input_tokens=11, output_tokens=22, images=1, cost=0.75)
    assert output.timing == Timing(requests=4, first_try=0.5, working=1.0, waiting=0.25)
    assert output.seconds == 1.5


def test_what_one_stage_does_not_know_is_unknown_in_the_sum() -> None:
    text = Fake(ModelOutput(text=BOTH, usage=Usage(input_tokens=3)))

    output = ask(pipeline(text, drawer()), GENERATION)

    assert output.usage == Usage(input_tokens=4)
    assert output.seconds is None


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        ("I would draw a nodule.", "no prompt for the image: the reply holds no JSON object"),
        ('{"text": "A nodule."}', "no prompt for the image: the JSON of the reply has no 'image_prompt'"),
        ('{"text": "A nodule.", "image_prompt": ""}', "no prompt for the image: 'image_prompt' in the JSON"),
        ('{"text": "A nodule.", "image_prompt": "Draw', "no prompt for the image: "),
    ],
)
def test_a_reply_without_a_prompt_is_the_fault_of_the_text_model_and_nothing_is_drawn(reply: str, problem: str) -> None:
    image = drawer()

    output = ask(pipeline(writer(reply), image), GENERATION)

    assert (output.problem or "").startswith("text model: ")
    assert problem.split(":", maxsplit=1)[0] in (output.problem or "")
    assert image.asked == []
    assert output.stages[0].text == reply
    assert output.usage is not None


def test_a_refusal_of_either_model_is_told_apart() -> None:
    refused = Fake(ModelOutput(problem="the model refused to answer (refusal)"))

    by_text = ask(pipeline(refused, drawer()), GENERATION)
    by_image = ask(pipeline(writer(), Fake(OutputError("blocked"))), GENERATION)

    assert by_text.problem == "text model: the model refused to answer (refusal)"
    assert len(by_text.stages) == 1
    assert by_image.problem == "image model: blocked"
    assert by_image.text == "A nodule."


def test_an_image_model_that_draws_nothing_is_to_blame() -> None:
    output = ask(pipeline(writer(), Fake(ModelOutput(text="Here it is!"))), GENERATION)

    assert output.problem == "image model: no image"


def test_an_error_of_the_second_stage_keeps_what_the_first_one_took() -> None:
    failing = Fake(ModelError("HTTP 503", partial=ModelOutput(timing=TIMING)))

    with pytest.raises(ModelError, match="HTTP 503") as caught:
        ask(pipeline(writer(), failing), GENERATION)

    partial = caught.value.partial
    assert isinstance(partial, ModelOutput)
    assert [stage.name for stage in partial.stages] == ["text", "image"]
    assert partial.stages[0].usage == Usage(input_tokens=10, output_tokens=20, images=0, cost=0.5)
    assert partial.stages[1].problem == "HTTP 503"
    assert partial.timing == Timing(requests=4, first_try=0.5, working=1.0, waiting=0.25)


def test_an_exception_of_a_part_is_an_error_that_names_the_part() -> None:
    with pytest.raises(ModelError, match="the text model failed: RuntimeError: out of memory"):
        ask(pipeline(Fake(RuntimeError("out of memory")), drawer()), GENERATION)


def test_plain_models_are_parts_too() -> None:
    class Plain:
        identity = {"adapter": "plain"}  # noqa: RUF012 - a constant of a fake

        def answer(self, request: Request) -> ModelOutput:
            return ModelOutput(text=BOTH) if request.due == "text" else ModelOutput(image=PICTURE)

    model = pipeline(Plain(), Plain())

    assert ask(model, GENERATION).text == "A nodule."
    model.close()


def test_both_models_are_checked_estimated_tried_and_closed() -> None:
    text, image = writer(), drawer()
    model = pipeline(text, image)

    import asyncio

    assert model.check() == ["text: no weights", "image: no weights"]
    assert model.secrets == ("hidden-key", "hidden-key")
    assert asyncio.run(model.probe()) == "text: the key is wrong"
    estimate = model.estimate(GENERATION)
    assert (estimate.requests, estimate.cost, estimate.output_tokens) == (2, 2, 10)
    asyncio.run(model.aclose())
    model.close()
    assert text.events == image.events == ["aclose", "close"]


def test_the_identity_holds_both_models_and_the_prompts() -> None:
    sighted, blind = pipeline(writer(), drawer()), pipeline(writer(), drawer(takes_images=False))

    assert sighted.identity["text"] == {"adapter": "fake", "sees": True}
    assert sighted.identity["image_sees_inputs"] is True
    assert sighted.identity != blind.identity


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a prompt for editing of one's own."""

    def write(text: str) -> Path:
        (tmp_path / "image_editing.md").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_a_prompt_of_ones_own_replaces_that_of_the_package(folder: Callable[[str], Path]) -> None:
    own, ours = load_prompts(folder("Edit: ${instruction}")), load_prompts(None)

    assert own.fill(EDITING, sighted=True) == f"Edit: {EDITING.instruction}"
    assert own.texts[Format.MULTIMODAL_GENERATION] == ours.texts[Format.MULTIMODAL_GENERATION]
    assert own.digest != ours.digest


def test_an_instruction_that_looks_like_a_place_is_left_as_it_is(folder: Callable[[str], Path]) -> None:
    from dataclasses import replace

    request = replace(EDITING, instruction="Show ${sight} and ${nothing}")

    filled = load_prompts(folder("${instruction}|${images}")).fill(request, sighted=True)

    assert filled == "Show ${sight} and ${nothing}|the image that comes with it"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${instruction} ${patient}", r"has the place \$\{patient\}, which nobody fills"),
        ("Draw something.", r"has no \$\{instruction\}"),
    ],
)
def test_a_prompt_that_cannot_be_filled_is_refused(folder: Callable[[str], Path], text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_prompts(folder(text))


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is no folder"):
        load_prompts(tmp_path / "nowhere")


def test_each_part_keeps_a_log_of_its_own(tmp_path: Path) -> None:
    text, image = writer(), drawer()

    keep_log(pipeline(text, image), tmp_path / "qwen2.5-main.log", secrets=Secrets([{"key": "hidden-key"}]))

    assert (text.events, image.events) == (
        ["qwen2.5-main-text.log without ***"],
        ["qwen2.5-main-image.log without ***"],
    )
