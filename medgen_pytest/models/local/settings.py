"""Settings of models whose weights lie on this machine."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.models.settings import AdapterSettings, Formats

Dtype = Literal["auto", "float32", "bfloat16", "float16"]
"""What networks compute in; auto decides by the device."""

PipelineKind = Literal["auto", "as-saved", "image-to-image", "text-to-image"]
"""Which pipeline runs the weights; auto is one that takes an image."""

Several = Literal["sheet", "first", "list"]
"""How a pipeline is given several input images."""


class LocalSettings(AdapterSettings):
    """What both adapters need to know.

    `path` is a folder, or the name of a repository in the cache of the hub. `revision` is a branch, tag or
    commit of a repository, and a label for a folder. `hub_cache` is where the cache lies (where the hub's
    own library looks unless set). `trust_remote_code` runs Python files that come with the weights.
    `max_side` is the longest side of images in pixels, larger ones are made smaller. `seed` makes what is
    random; each sample has its own share of it. `formats` are those that are asked.
    """

    path: str = Field(min_length=1)
    revision: str | None = None
    hub_cache: str | None = None
    device: str = Field(default="auto", pattern=r"^(auto|cpu|mps|cuda(:\d{1,3})?)$")
    dtype: Dtype = "auto"
    trust_remote_code: bool = False
    max_side: int | None = Field(default=None, ge=16)
    batch_size: int = Field(default=4, ge=1, le=1024)
    seed: int = Field(default=0, ge=0, lt=2**63)
    formats: Formats = (Format.VQA,)


class TransformersSettings(LocalSettings):
    """Settings of the transformers adapter.

    `temperature` 0 takes the likeliest token each time; above it tokens are drawn, out of the likeliest ones
    that hold `top_p` of the probability. `system_prompt` stands before the question. `contact_sheet` gives several
    images as one numbered sheet. `template_options` are handed to the chat template (`enable_thinking: false`).
    """

    max_new_tokens: int = Field(default=512, ge=1)
    temperature: float = Field(default=0.0, ge=0.0, le=10.0)
    top_p: float = Field(default=1.0, gt=0.0, le=1.0)
    system_prompt: str | None = None
    contact_sheet: bool = False
    template_options: dict[str, Any] = Field(default_factory=dict)  # a template may take anything


class DiffusersSettings(LocalSettings):
    """Settings of the diffusers adapter.

    `steps`, `guidance`, `image_guidance` and `strength` are the pipeline's own unless set. `size` is `input` (that of
    the image), `pipeline` (the pipeline's own), or `[width, height]`. `negative_prompt` is what to keep out.
    `several` gives several input images as one numbered sheet, only the first, or all as a list. `variant` is the
    middle part of the names of weights (`fp16`). `options` are further arguments of the pipeline's call.
    """

    pipeline: PipelineKind = "auto"
    steps: int | None = Field(default=None, ge=1, le=10_000)
    guidance: float | None = Field(default=None, ge=0.0)
    image_guidance: float | None = Field(default=None, ge=0.0)
    strength: float | None = Field(default=None, gt=0.0, le=1.0)
    size: Literal["input", "pipeline"] | tuple[int, int] = "input"
    negative_prompt: str | None = None
    several: Several = "sheet"
    variant: str | None = Field(default=None, pattern=r"^[\w-]+$")
    options: dict[str, Any] = Field(default_factory=dict)  # a pipeline may take anything
    formats: Formats = (Format.IMAGE_EDITING,)

    @field_validator("size")
    @classmethod
    def _drawable(cls, value: object) -> object:
        if isinstance(value, tuple) and not all(16 <= side <= 16384 and side % 8 == 0 for side in value):  # noqa: PLR2004 - what pipelines draw
            raise ValueError("width and height must be multiples of 8 from 16 to 16384 pixels")
        return value

    @model_validator(mode="after")
    def _at_least_one_step(self) -> DiffusersSettings:
        if self.steps and self.strength and int(self.steps * self.strength) < 1:
            raise ValueError(f"steps {self.steps} times strength {self.strength:g} is less than one step")
        return self
