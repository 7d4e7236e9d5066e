"""Settings of the compositional adapter."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.models.settings import AdapterSettings, Formats


def _checked(value: object) -> object:
    if isinstance(value, str) and value.strip():
        return value.strip()
    if isinstance(value, dict) and isinstance(value.get("adapter"), str):
        return value
    raise ValueError("needed: the name of a model, or a mapping with its adapter and settings")


_Part = Annotated[str | dict[str, Any], BeforeValidator(_checked)]  # an adapter's settings may be anything


class CompositionalSettings(AdapterSettings):
    """Which models make an answer together, and what the first one is told."""

    text: _Part = Field(description="the model that answers and writes the prompt: a name, or adapter and settings")
    image: _Part = Field(description="the model that draws: a name, or adapter and settings")
    prompts: Path | None = Field(default=None, description="a folder with prompts of one's own")
    image_sees_inputs: bool | None = Field(default=None, description="whether the image model gets the input images")
    formats: Formats = Field(
        default=(Format.IMAGE_EDITING, Format.MULTIMODAL_GENERATION), description="the formats it is asked"
    )

    @field_validator("formats")
    @classmethod
    def _have_an_image(cls, value: Formats) -> Formats:
        if not value or Format.VQA in value:
            raise ValueError("a pipeline draws: vqa is for its text model alone")
        return value
