"""A vision-language model of this machine answers questions, alike in every batch and order."""

from __future__ import annotations

import asyncio
import shutil
import socket
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.taxonomy import Format, Task
from medgen_pytest.errors import ImageError, ModelError
from medgen_pytest.images import StoredImage
from medgen_pytest.models import close_model, problems_of
from medgen_pytest.models.contract import concurrency_of, is_asynchronous
from medgen_pytest.models.local.sampling import SeededSampling
from tests.learned.local.asking_local import answers_of, build_local, outcomes_of
from tests.learned.local.tiny_local_models import save_vision_language_model
from tests.learned.packages import require
from tests.models.contract import check_answer, check_identity
from tests.models.samples import make_sample

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medgen_pytest.domain.sample import Sample

torch = require("torch")
require("transformers")

NAME = "transformers"


def questions(count: int, *, images: Sequence[int] = (1,)) -> list[Sample]:
    return [
        make_sample(Task.QUESTION_ANSWERING, ordinal, images=images[ordinal % len(images)])
        for ordinal in range(1, count + 1)
    ]


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model whose answers depend on image and question."""
    return str(save_vision_language_model(tmp_path_factory.mktemp("models") / "tiny-vlm"))


@pytest.fixture(scope="module")
def thinking(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model that says the same whatever it is asked."""
    folder = tmp_path_factory.mktemp("models") / "thinking"
    return str(save_vision_language_model(folder, says="<think> lesion left </think> yes there"))


def test_it_holds_the_contract_of_models(noisy: str) -> None:
    samples = questions(1)
    model = build_local(NAME, samples, path=noisy, max_new_tokens=4)

    check_identity(model)
    assert is_asynchronous(model)
    assert concurrency_of(model) == 8
    assert model.formats == {Format.VQA}
    (output,) = outcomes_of(model, samples)
    assert isinstance(output, ModelOutput)
    check_answer(output, samples[0].request())


def test_images_change_the_answer(noisy: str) -> None:
    first, second = answers_of(NAME, questions(2), path=noisy, max_new_tokens=12)

    assert first.text != second.text


def test_batches_and_order_change_nothing_also_with_several_images(noisy: str) -> None:
    samples = questions(6, images=(1, 2, 3))

    alone = answers_of(NAME, samples, path=noisy, max_new_tokens=12, batch_size=1)
    together = answers_of(NAME, samples[::-1], path=noisy, max_new_tokens=12, batch_size=6)

    assert [output.text for output in alone] == [output.text for output in together[::-1]]


def test_drawn_answers_depend_on_the_seed_and_not_on_the_batch(noisy: str) -> None:
    samples = questions(5)
    drawing = {"path": noisy, "max_new_tokens": 12, "temperature": 1.0, "top_p": 0.95}

    alone = answers_of(NAME, samples, **drawing, batch_size=1)
    together = answers_of(NAME, samples, **drawing, batch_size=5)
    other = answers_of(NAME, samples, **drawing, seed=1)

    assert [output.text for output in alone] == [output.text for output in together]
    assert [output.text for output in alone] != [output.text for output in other]


def test_reasoning_stands_apart_and_tokens_are_counted(thinking: str) -> None:
    (output,) = answers_of(NAME, questions(1), path=thinking)

    assert output.text == "yes there"
    assert output.reasoning == "lesion left"
    assert output.raw == "<think> lesion left </think> yes there"
    assert output.finish_reason == "stop"
    assert output.usage is not None
    # 16 patches of the image, "user :", four words and a question mark, "assistant :"
    assert output.usage.input_tokens == 16 + 2 + 5 + 2
    assert output.usage.output_tokens == 7
    assert output.seconds is not None
    assert output.seconds > 0


def test_an_answer_that_is_cut_off_says_so(thinking: str) -> None:
    (output,) = answers_of(NAME, questions(1), path=thinking, max_new_tokens=5)

    assert output.text == "yes"
    assert output.finish_reason == "length"
    assert output.problem is None


def test_reasoning_that_does_not_end_is_no_answer(thinking: str) -> None:
    (output,) = answers_of(NAME, questions(1), path=thinking, max_new_tokens=3)

    assert output.problem == "the reasoning did not end within 3 tokens (max_new_tokens)"
    assert output.reasoning == "lesion left"


def test_system_prompt_options_of_the_template_and_sheets_reach_the_model(noisy: str) -> None:
    sample = questions(1, images=(3,))

    def tokens(**settings: object) -> int | None:
        (output,) = answers_of(NAME, sample, path=noisy, max_new_tokens=1, **settings)
        return output.usage.input_tokens if output.usage else None

    plain = tokens()
    assert plain is not None
    assert tokens(contact_sheet=True) == plain - 2 * 16
    assert tokens(system_prompt="left right") == plain + 4  # "system :" and two words
    assert tokens(template_options={"suffix": " left"}) == plain + 1


def test_an_image_that_cannot_be_read_fails_alone(noisy: str) -> None:
    def explode() -> bytes:
        raise ImageError("torn", name="b.png")

    good = questions(2)
    broken = type(good[0])(
        **{name: getattr(good[0], name) for name in ("task", "modality", "instruction", "target")},
        sample_id="vqa:question-answering:000009",
        inputs=(StoredImage("b.png", explode),),
    )

    first, middle, last = outcomes_of(build_local(NAME, good, path=noisy, max_new_tokens=2), [good[0], broken, good[1]])

    assert isinstance(first, ModelOutput)
    assert isinstance(middle, ImageError)
    assert isinstance(last, ModelOutput)


def test_nothing_is_asked_of_any_network(noisy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    assert answers_of(NAME, questions(1), path=noisy, max_new_tokens=2)


def test_a_repository_of_the_hubs_cache_is_found_and_named_with_its_commit(noisy: str, tmp_path: Path) -> None:
    cached = tmp_path / "hub" / "models--org--tiny-vlm"
    shutil.copytree(noisy, cached / "snapshots" / "abc123")
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text("abc123", encoding="utf-8")
    samples = questions(1)

    model = build_local(NAME, samples, path="org/tiny-vlm", hub_cache=str(tmp_path / "hub"), max_new_tokens=2)

    assert (model.identity["model"], model.identity["commit"]) == ("org/tiny-vlm", "abc123")
    assert isinstance(outcomes_of(model, samples)[0], ModelOutput)


def test_weights_that_lack_a_layer_are_refused(noisy: str, tmp_path: Path) -> None:
    safetensors = require("safetensors.torch")
    folder = tmp_path / "cut"
    shutil.copytree(noisy, folder)
    state = safetensors.load_file(folder / "model.safetensors")
    gone = next(name for name in state if "q_proj" in name)
    del state[gone]
    safetensors.save_file(state, folder / "model.safetensors", metadata={"format": "pt"})

    found = outcomes_of(build_local(NAME, questions(2), path=str(folder)), questions(2))

    assert [type(one) for one in found] == [ModelError, ModelError]
    assert str(found[0]).startswith("the model could not be loaded: the weights in ")
    assert "lack the layer" in str(found[0])


def test_pickles_are_refused_before_the_run(noisy: str, tmp_path: Path) -> None:
    folder = tmp_path / "pickled"
    shutil.copytree(noisy, folder)
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")

    problems = problems_of(build_local(NAME, questions(1), path=str(folder)))

    assert problems == [
        f"the weights in {folder} are pickles, which can hold code and are not read; save them as safetensors"
    ]


def test_a_model_without_a_template_is_refused_before_the_run(tmp_path: Path) -> None:
    folder = save_vision_language_model(tmp_path / "mute", template=None)

    problems = problems_of(build_local(NAME, questions(1), path=str(folder)))

    assert problems == [f"{folder} has no chat template, so there is no telling how to ask it"]


def test_a_device_that_is_not_there_is_said(noisy: str) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")

    (found,) = outcomes_of(build_local(NAME, questions(1), path=noisy, device="cuda:7"), questions(1))

    assert "device 'cuda:7' is not available to torch" in str(found)


def test_closing_ends_an_answer_that_is_being_written(noisy: str) -> None:
    (sample,) = questions(1)
    model = build_local(NAME, [sample], path=noisy, max_new_tokens=1_000_000)

    async def close_early() -> ModelOutput:
        writing = asyncio.ensure_future(model.answer(sample.request()))
        await asyncio.sleep(2)
        started = time.perf_counter()
        await asyncio.to_thread(close_model, model)
        assert time.perf_counter() - started < 8
        return await writing

    with pytest.raises(ModelError, match="stopped before it answered"):
        asyncio.run(close_early())


def test_draws_follow_the_distribution_and_top_p_rules_out_the_rest() -> None:
    shares = np.array([0.5, 0.3, 0.15, 0.05])
    scores = torch.log(torch.tensor(shares)).repeat(4000, 1)
    generators = [torch.Generator().manual_seed(row) for row in range(4000)]

    drawn = SeededSampling(torch, temperature=1.0, top_p=0.9, generators=generators)(None, scores).argmax(dim=1)

    found = np.bincount(drawn.numpy(), minlength=4) / 4000
    # The first three hold 0.95, the first two 0.8 alone; 3 standard errors of a share of 4000 draws are 0.024.
    np.testing.assert_allclose(found, [0.5 / 0.95, 0.3 / 0.95, 0.15 / 0.95, 0.0], atol=0.024)
