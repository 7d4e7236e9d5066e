"""A diffusion pipeline of this machine edits images, alike in every batch and order."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.taxonomy import Format, Task
from medgen_pytest.errors import ConfigError, ModelError
from medgen_pytest.models import close_model, problems_of
from medgen_pytest.models.contract import concurrency_of
from tests.learned.local.asking_local import answers_of, build_local, outcomes_of
from tests.learned.local.tiny_local_models import save_pipeline
from tests.learned.packages import require
from tests.models.contract import check_answer, check_identity, check_same
from tests.models.samples import make_sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from medgen_pytest.domain.sample import Sample

require("torch")
require("diffusers")

NAME = "diffusers"


def edits(count: int, *, images: int = 1) -> list[Sample]:
    return [make_sample(Task.NOISE_RECONSTRUCTION, ordinal, images=images) for ordinal in range(1, count + 1)]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Saves a pipeline of a kind, once."""
    place = tmp_path_factory.mktemp("pipelines")

    def save(kind: str) -> str:
        folder = place / kind
        return str(folder if folder.exists() else save_pipeline(folder, kind=f"StableDiffusion{kind}"))

    return save


@pytest.fixture(scope="module")
def editor(saved: Callable[[str], str]) -> str:
    """A pipeline that was saved as an editing one."""
    return saved("InstructPix2PixPipeline")


def images_of(outputs: list[ModelOutput]) -> list[NDArray[np.uint8]]:
    return [output.image for output in outputs if output.image is not None]


def test_it_holds_the_contract_of_models(editor: str) -> None:
    samples = edits(1)
    model = build_local(NAME, samples, path=editor, steps=2)

    check_identity(model)
    assert concurrency_of(model) == 8
    assert model.formats == {Format.IMAGE_EDITING}
    (output,) = outcomes_of(model, samples)
    assert isinstance(output, ModelOutput)
    check_answer(output, samples[0].request())


def test_the_same_request_gets_the_same_image_in_any_order(editor: str) -> None:
    samples = edits(3)

    first = answers_of(NAME, samples, path=editor, steps=2, batch_size=1)
    second = answers_of(NAME, samples[::-1], path=editor, steps=2, batch_size=1)

    for one, other in zip(first, second[::-1], strict=True):
        check_same(one, other)


def test_batches_change_no_level_by_more_than_rounding(editor: str) -> None:
    samples = edits(4)

    alone = answers_of(NAME, samples, path=editor, steps=2, batch_size=1)
    together = answers_of(NAME, samples, path=editor, steps=2, batch_size=4)

    for one, other in zip(images_of(alone), images_of(together), strict=True):
        # Kernels of other shapes add in another order; a level may round the other way.
        assert np.abs(one.astype(int) - other.astype(int)).max() <= 1


def test_image_prompt_and_seed_change_the_result(editor: str) -> None:
    first, second = edits(2)
    reworded = make_sample(Task.NOISE_RECONSTRUCTION, 1, instruction="make it darker")

    (plain, other) = images_of(answers_of(NAME, [first, second], path=editor, steps=2))
    (said,) = images_of(answers_of(NAME, [reworded], path=editor, steps=2))
    (seeded,) = images_of(answers_of(NAME, [first], path=editor, steps=2, seed=1))

    assert all((plain != image).any() for image in (other, said, seeded))


def test_the_output_has_the_size_of_the_input_unless_another_is_set(saved: Callable[[str], str], editor: str) -> None:
    def size(path: str, **settings: object) -> tuple[int, ...]:
        (image,) = images_of(answers_of(NAME, edits(1), path=path, steps=2, **settings))
        return image.shape[:2]

    assert size(editor) == (40, 48)
    assert size(editor, max_side=24) == (20, 24)
    assert size(editor, size=[64, 32]) == (32, 64)
    drawer = saved("Pipeline")
    assert size(drawer, pipeline="text-to-image") == (32, 48)
    assert size(drawer, pipeline="text-to-image", size="pipeline") == (32, 32)


def test_weights_saved_for_drawing_edit_through_the_pipeline_that_takes_an_image(saved: Callable[[str], str]) -> None:
    weak, strong = (
        images_of(answers_of(NAME, edits(1), path=saved("Pipeline"), steps=4, strength=strength))[0]
        for strength in (0.3, 0.9)
    )

    assert (weak != strong).any()


def test_several_images_are_a_sheet_or_the_first(editor: str) -> None:
    samples = edits(1, images=3)

    (sheet,) = images_of(answers_of(NAME, samples, path=editor, steps=1, max_side=48))
    (first,) = images_of(answers_of(NAME, samples, path=editor, steps=1, max_side=48, several="first"))

    assert first.shape[:2] == (40, 48)
    assert sheet.shape[:2] != first.shape[:2]


def test_a_sample_without_an_image_fails_alone(editor: str) -> None:
    samples = [*edits(1), make_sample(Task.NOISE_RECONSTRUCTION, 2, images=0)]

    with_image, without = outcomes_of(build_local(NAME, samples, path=editor, steps=1), samples)

    assert isinstance(with_image, ModelOutput)
    assert isinstance(without, ModelError)
    assert str(without).endswith("has no input image to work on")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"strength": 0.5}, "StableDiffusionInstructPix2PixPipeline takes no 'strength'"),
        ({"options": {"true_cfg_scale": 4}}, "takes no 'true_cfg_scale'"),
        ({"pipeline": "image-to-image"}, "AutoPipeline can't find a pipeline linked to"),
    ],
)
def test_a_setting_that_the_pipeline_does_not_take_is_an_error_of_every_sample(
    editor: str, settings: dict[str, object], message: str
) -> None:
    (found,) = outcomes_of(build_local(NAME, edits(1), path=editor, **settings), edits(1))

    assert isinstance(found, ModelError)
    assert message in str(found)


def test_a_pipeline_that_needs_a_mask_is_refused(saved: Callable[[str], str]) -> None:
    (found,) = outcomes_of(build_local(NAME, edits(1), path=saved("InpaintPipeline")), edits(1))

    assert "StableDiffusionInpaintPipeline needs a mask, which no sample has" in str(found)


def test_what_a_safety_checker_withholds_is_refused_and_the_others_are_not(editor: str, tmp_path: Path) -> None:
    folder = tmp_path / "guarded"
    shutil.copytree(editor, folder)
    save_checker(folder)

    (output,) = answers_of(NAME, edits(1), path=str(folder), steps=1)

    assert output.image is None
    assert output.finish_reason == "content_filter"
    assert output.problem == "the model refused to answer: the pipeline's safety checker withheld the image"


def save_checker(folder: Path) -> None:
    """A safety checker that lets nothing through, as a component of a saved pipeline."""
    torch, transformers = require("torch"), require("transformers")
    from diffusers.pipelines.stable_diffusion import StableDiffusionSafetyChecker

    vision = transformers.CLIPVisionConfig(
        hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, image_size=32, patch_size=8
    )
    checker = StableDiffusionSafetyChecker(transformers.CLIPConfig(vision_config=vision.to_dict(), projection_dim=16))
    with torch.no_grad():
        checker.concept_embeds_weights.fill_(-1.0)
    checker.save_pretrained(folder / "safety_checker")
    images = transformers.CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    images.save_pretrained(folder / "feature_extractor")
    index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
    index["safety_checker"] = ["stable_diffusion", "StableDiffusionSafetyChecker"]
    index["feature_extractor"] = ["transformers", "CLIPImageProcessor"]
    (folder / "model_index.json").write_text(json.dumps(index), encoding="utf-8")


def test_closing_ends_an_image_that_is_being_made(editor: str) -> None:
    (sample,) = edits(1)
    model = build_local(NAME, [sample], path=editor, steps=500)

    async def close_early() -> ModelOutput:
        making = asyncio.ensure_future(model.answer(sample.request()))
        await asyncio.sleep(2)
        started = time.perf_counter()
        await asyncio.to_thread(close_model, model)
        assert time.perf_counter() - started < 8
        return await making

    with pytest.raises(ModelError, match="stopped before it answered"):
        asyncio.run(close_early())


def test_a_network_that_lacks_a_layer_is_refused(editor: str, tmp_path: Path) -> None:
    safetensors = require("safetensors.torch")
    folder = tmp_path / "cut"
    shutil.copytree(editor, folder)
    weights = folder / "unet" / "diffusion_pytorch_model.safetensors"
    state = safetensors.load_file(weights)
    del state["conv_out.weight"]
    safetensors.save_file(state, weights, metadata={"format": "pt"})

    (found,) = outcomes_of(build_local(NAME, edits(1), path=str(folder)), edits(1))

    assert f"the weights in {folder / 'unet'} lack the layer 'conv_out.weight'" in str(found)


def test_pickles_missing_parts_and_code_are_refused_before_the_run(editor: str, tmp_path: Path) -> None:
    folder = tmp_path / "spoilt"
    shutil.copytree(editor, folder)
    shutil.rmtree(folder / "vae")
    (folder / "unet" / "diffusion_pytorch_model.safetensors").rename(folder / "unet" / "diffusion_pytorch_model.bin")
    (folder / "scheduler" / "diffusers.py").write_text("raise SystemExit\n", encoding="utf-8")

    problems = problems_of(build_local(NAME, edits(1), path=str(folder)))

    assert len(problems) == 3
    assert problems[0].endswith("'trust_remote_code: true' runs it, if you trust it")
    assert "are pickles, which can hold code and are not read" in problems[1]
    assert problems[2] == f"{folder} lacks the folder 'vae', which its model_index.json names"


def test_a_folder_without_a_pipeline_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert problems_of(build_local(NAME, edits(1), path=str(tmp_path / "empty"))) == [
        f"{tmp_path / 'empty'} has no model_index.json, so it is no diffusers pipeline"
    ]
    with pytest.raises(ConfigError, match=r"model 'm': the folder .*gone does not exist"):
        build_local(NAME, edits(1), path=str(tmp_path / "gone"))
