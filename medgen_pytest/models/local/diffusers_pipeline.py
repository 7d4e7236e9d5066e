"""The diffusers adapter: a pipeline of this machine edits images, or draws them."""

from __future__ import annotations

import inspect
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from medgen_pytest.domain.output import ModelOutput, Usage
from medgen_pytest.errors import ConfigError, ModelError
from medgen_pytest.images import from_pil
from medgen_pytest.models.local.components import load_networks, problems_of_pipeline
from medgen_pytest.models.local.grouping import answer_in_groups
from medgen_pytest.models.local.model import AdapterFacts, LocalModel, locate
from medgen_pytest.models.local.pictures import pictures_of
from medgen_pytest.models.local.runtime import (
    choose_device,
    choose_dtype,
    explained,
    free_memory,
    generator_of,
    load_module,
    quiet,
    require_packages,
)
from medgen_pytest.models.local.settings import DiffusersSettings
from medgen_pytest.models.settings import parse_settings

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from PIL import Image

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.contract import ModelContext
    from medgen_pytest.models.local.checkpoint import Checkpoint

NEED = "the model adapter 'diffusers'"
PACKAGES = ("torch", "diffusers", "transformers")
_GRID = 16
# Of these a list of images is a batch. Others may take it for several images of one prompt: they are asked one by one.
_BATCHING = (
    "StableDiffusionImg2ImgPipeline",
    "StableDiffusionInstructPix2PixPipeline",
    "StableDiffusionXLImg2ImgPipeline",
    "StableDiffusionXLInstructPix2PixPipeline",
    "StableDiffusion3Img2ImgPipeline",
    "LatentConsistencyModelImg2ImgPipeline",
)
_ARGUMENTS = {
    "steps": "num_inference_steps",
    "guidance": "guidance_scale",
    "image_guidance": "image_guidance_scale",
    "strength": "strength",
    "negative_prompt": "negative_prompt",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """A picture that is to be made, of `size` (width, height) if the pipeline is told one."""

    request: Request
    images: list[Image.Image]
    size: tuple[int, int] | None


class DiffusersNetwork:
    """A pipeline; batches are grouped by the sizes of their images, which must be alike."""

    def __init__(self, settings: DiffusersSettings, checkpoint: Checkpoint) -> None:
        self._settings = settings
        self._checkpoint = checkpoint
        self._stopped = threading.Event()
        self._torch: Any = None
        self._libraries: dict[str, Any] = {}
        self._pipeline: Any = None
        self._arguments: frozenset[str] = frozenset()

    def load(self) -> None:
        """Loads the pipeline. Raises ConfigError for what cannot be used, or does not take what the settings say."""
        self._torch = load_module("torch", need=NEED)
        self._libraries = libraries = {name: load_module(name, need=NEED) for name in ("diffusers", "transformers")}
        device = choose_device(self._torch, self._settings.device)
        dtype = choose_dtype(self._torch, self._settings.dtype, device=device)
        folder = self._checkpoint.folder
        with quiet(*libraries.values()), explained(f"the pipeline in {folder} cannot be loaded"):
            networks = load_networks(libraries, self._checkpoint, dtype=dtype, variant=self._settings.variant)
            pipeline = self._kind(libraries["diffusers"]).from_pretrained(
                folder,
                dtype=dtype,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=self._settings.trust_remote_code,
                **networks,
            )
            pipeline.set_progress_bar_config(disable=True)
            self._pipeline = pipeline.to(device)
        self._arguments = frozenset(inspect.signature(type(pipeline).__call__).parameters)
        self._check_arguments(type(pipeline).__name__)

    def answer(self, requests: Sequence[Request]) -> list[ModelOutput | Exception]:
        """An image for each request."""
        return answer_in_groups(requests, prepare=self._order, key=self._group_of, answer=self._made)

    def free(self) -> None:
        """Gives memory back that a failed batch took."""
        free_memory(self._torch)

    def stop(self) -> None:
        """Lets the batch that is being answered end after the next step."""
        self._stopped.set()

    @property
    def _draws(self) -> bool:
        """Whether images are made of text alone."""
        return self._settings.pipeline == "text-to-image" or "image" not in self._arguments

    @property
    def _makes_batches(self) -> bool:
        return self._draws or type(self._pipeline).__name__ in _BATCHING

    def _kind(self, diffusers: Any) -> Any:
        """The class that loads the pipeline."""
        wanted = self._settings.pipeline
        if wanted == "text-to-image":
            return diffusers.AutoPipelineForText2Image
        if wanted == "image-to-image":
            return diffusers.AutoPipelineForImage2Image
        saved = getattr(diffusers, str(self._checkpoint.read("model_index.json").get("_class_name")), None)
        takes = inspect.signature(saved.__call__).parameters if saved is not None else {"image": None}
        as_saved = wanted == "as-saved" or "image" in takes
        return diffusers.DiffusionPipeline if as_saved else diffusers.AutoPipelineForImage2Image

    def _check_arguments(self, pipeline: str) -> None:
        if "mask_image" in self._arguments and "mask_image" not in self._settings.options:
            raise ConfigError(f"{pipeline} needs a mask, which no sample has; use 'pipeline: image-to-image'")
        if "prompt" not in self._arguments:
            raise ConfigError(f"{pipeline} takes no prompt, so it cannot be told what to do")
        set_ones = [argument for key, argument in _ARGUMENTS.items() if getattr(self._settings, key) is not None]
        unknown = sorted({*set_ones, *self._settings.options} - self._arguments)
        if unknown:
            raise ConfigError(f"{pipeline} takes no {', '.join(map(repr, unknown))}")

    def _group_of(self, order: _Order) -> Hashable:
        """What is the same of orders that can be made at once."""
        alone = None if self._makes_batches else id(order)
        return (alone, order.size, *(image.size for image in order.images))

    def _order(self, request: Request) -> _Order:
        sheet = self._settings.several == "sheet"
        images = pictures_of(request, sheet=sheet, max_side=self._settings.max_side)
        images = images if self._settings.several == "list" else images[:1]
        if not images and not self._draws:
            raise ModelError(f"{request.sample_id} has no input image to work on")
        size = self._settings.size
        if isinstance(size, tuple):
            return _Order(request=request, images=[image.resize(size) for image in images], size=size)
        asked = _on_grid(images[0].size) if size == "input" and images else None
        return _Order(request=request, images=images, size=asked)

    def _made(self, orders: list[_Order]) -> list[ModelOutput]:
        started = time.perf_counter()
        with quiet(*self._libraries.values()), self._torch.inference_mode():
            made = self._pipeline(**self._call(orders))
        if self._stopped.is_set():
            raise ModelError("stopped before it answered")
        if len(made.images) != len(orders):
            raise ModelError(f"the pipeline made {len(made.images)} images for {len(orders)} prompts")
        flags = getattr(made, "nsfw_content_detected", None) or [False] * len(orders)
        share = (time.perf_counter() - started) / len(orders)
        return [
            _output(image, is_refused=bool(flag), seconds=share) for image, flag in zip(made.images, flags, strict=True)
        ]

    def _call(self, orders: list[_Order]) -> dict[str, object]:
        """The arguments of a call: lists for a batch, else plain values, which every pipeline takes."""
        given: dict[str, list[Any]] = {
            "prompt": [order.request.instruction for order in orders],
            "generator": [generator_of(self._torch, order.request, seed=self._settings.seed) for order in orders],
        }
        if not self._draws:
            given["image"] = [order.images if len(order.images) > 1 else order.images[0] for order in orders]
        if self._settings.negative_prompt is not None:
            given["negative_prompt"] = [self._settings.negative_prompt] * len(orders)
        call: dict[str, object] = {name: values[0] if len(orders) == 1 else values for name, values in given.items()}
        call |= {"output_type": "pil", **self._settings.options}
        for key, argument in _ARGUMENTS.items():
            if key != "negative_prompt" and getattr(self._settings, key) is not None:
                call[argument] = getattr(self._settings, key)
        size = orders[0].size
        if size is not None and {"width", "height"} <= self._arguments:
            call["width"], call["height"] = size
        if "callback_on_step_end" in self._arguments:
            call["callback_on_step_end"] = self._after_step
        return call

    def _after_step(self, pipeline: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the signature of diffusers
        if self._stopped.is_set():
            raise ModelError("stopped before it answered")
        return tensors


def build(name: str, settings: Mapping[str, object], context: ModelContext) -> LocalModel:
    """The pipeline in a folder or in the hub's cache; nothing is loaded. Raises ConfigError."""
    parsed = parse_settings(DiffusersSettings, settings, name=name, adapter="diffusers")
    require_packages(*PACKAGES, need=NEED)
    checkpoint = locate(name, parsed, context)
    problems = problems_of_pipeline(checkpoint, trusted=parsed.trust_remote_code)
    facts = AdapterFacts(adapter="diffusers", packages=PACKAGES, problems=tuple(problems))
    return LocalModel(DiffusersNetwork(parsed, checkpoint), settings=parsed, checkpoint=checkpoint, facts=facts)


def _on_grid(size: tuple[int, int]) -> tuple[int, int]:
    """Width and height rounded down to what every pipeline can draw."""
    width, height = (max(_GRID, side // _GRID * _GRID) for side in size)
    return width, height


def _output(image: Image.Image, *, is_refused: bool, seconds: float) -> ModelOutput:
    if is_refused:
        problem = "the model refused to answer: the pipeline's safety checker withheld the image"
        return ModelOutput(finish_reason="content_filter", problem=problem, seconds=seconds)
    return ModelOutput(image=from_pil(image), finish_reason="stop", usage=Usage(images=1), seconds=seconds)
