"""Settings of the adapter `gemini`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from medgen_pytest.models.remote.settings import EndpointSettings
from medgen_pytest.models.wire.access import ACCESS, GOOGLE

MODEL = r"^(?:models/)?[A-Za-z0-9][A-Za-z0-9._@-]*$"
"""Names of models, as they stand in paths."""

Threshold = Literal[
    "BLOCK_NONE",
    "BLOCK_ONLY_HIGH",
    "BLOCK_MEDIUM_AND_ABOVE",
    "BLOCK_LOW_AND_ABOVE",
    "OFF",
    "HARM_BLOCK_THRESHOLD_UNSPECIFIED",
]
_CATEGORY = "HARM_CATEGORY_"


class GeminiSettings(EndpointSettings):
    """How a Gemini model is asked; what is not set is left to the provider."""

    model: str = Field(pattern=MODEL, description="the provider's name of the model")
    images_out: bool = Field(default=False, description="whether it makes images")
    access: str = Field(default=GOOGLE, pattern=ACCESS, description="the header that carries the key")
    system: str | None = Field(default=None, min_length=1, description="the system instruction")
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=1)
    seed: int | None = Field(default=None, ge=-(2**31), lt=2**31)
    max_output_tokens: int | None = Field(default=None, ge=1, description="tokens of thoughts and answer together")
    thinking_budget: int | None = Field(default=None, ge=-1, description="tokens of thoughts; 0: none, -1: its own")
    thinking_level: Literal["minimal", "low", "medium", "high"] | None = Field(
        default=None, description="how much it thinks, for models that take a level instead"
    )
    include_thoughts: bool = Field(default=False, description="whether summaries of thoughts are sent and kept")
    json_mode: bool | None = Field(
        default=None, description="whether JSON can be enforced; unset: if it makes no images"
    )
    aspect_ratio: str | None = Field(default=None, pattern=r"^\d{1,2}:\d{1,2}$", description="of images made")
    image_size: Literal["1K", "2K", "4K"] | None = Field(default=None, description="the size of images made")
    safety_settings: dict[str, Threshold] = Field(default_factory=dict, description="thresholds by category of harm")
    extra_body: dict[str, Any] = Field(default_factory=dict, description="more of the body, merged into it")

    @field_validator("safety_settings", mode="before")
    @classmethod
    def _whole_names(cls, value: object) -> object:
        """Categories may be written without what all of them begin with."""
        if not isinstance(value, dict):
            return value
        names = {str(name).upper(): threshold for name, threshold in value.items()}
        return {name if name.startswith(_CATEGORY) else _CATEGORY + name: item for name, item in names.items()}
