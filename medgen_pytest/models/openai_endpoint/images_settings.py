"""Settings of the adapter `openai_images`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from medgen_pytest.models.openai_endpoint.image_models import image_model
from medgen_pytest.models.openai_endpoint.settings import OpenAiSettings

_SIZE = r"^(?:auto|input|[1-9][0-9]{1,4}x[1-9][0-9]{1,4}|[1-9]K)$"


class ImagesSettings(OpenAiSettings):
    """How a model is asked for images; what is not set is not sent."""

    mode: Literal["auto", "edit", "generate"] = Field(
        default="auto", description="auto edits the input images where the model can; generate sends the text alone"
    )
    dialect: Literal["openai", "image_field"] = Field(
        default="openai", description="edits as a form, or as JSON with the field image (Seedream and others)"
    )
    size: str | None = Field(
        default=None, pattern=_SIZE, description="WIDTHxHEIGHT, auto, 2K, or input: that of the first image, or nearest"
    )
    quality: str | None = Field(default=None, min_length=1, description="like low, medium, high, hd")
    background: Literal["transparent", "opaque", "auto"] | None = Field(default=None, description="of GPT Image models")
    output_format: Literal["png", "jpeg", "webp"] | None = Field(default=None, description="of GPT Image models")
    response_format: Literal["b64_json", "url"] | None = Field(
        default=None, description="unset: b64_json, except for GPT Image models, which know no other"
    )
    mask_input: int | None = Field(
        default=None, ge=1, description="the input, from 1, whose bright areas are to change"
    )

    @property
    def takes_images(self) -> bool:
        """Whether input images are sent."""
        return self.mode != "generate" and image_model(self.model).edits

    @model_validator(mode="after")
    def _check_model(self) -> ImagesSettings:
        model = image_model(self.model)
        if self.mode == "edit" and not model.edits:
            raise ValueError(f"mode: {self.model} edits no images; set mode: generate")
        if model.only_base64 and self.response_format is not None:
            raise ValueError(f"response_format: {self.model} does not know it, and always answers with base64")
        if model.only_sizes and self.size not in (None, "input", *model.sizes):
            raise ValueError(f"size: {self.model} draws {', '.join(model.sizes)}")
        if self.mask_input is not None and (not self.takes_images or self.dialect != "openai"):
            raise ValueError("mask_input: masks are for edits in the dialect openai")
        return self
