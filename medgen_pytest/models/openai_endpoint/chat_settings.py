"""Settings of the adapter `openai_chat`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from medgen_pytest.models.openai_endpoint.settings import OpenAiSettings

JsonMode = Literal["auto", "json_schema", "response_format", "prompt", "off"]
"""How JSON is asked for where it is due."""


class ChatSettings(OpenAiSettings):
    """How a model is asked by chat completions; what is not set is not sent."""

    system_prompt: str | None = Field(default=None, min_length=1, description="the system message")
    temperature: float | None = Field(default=None, ge=0, le=2, description="0 is the least random")
    top_p: float | None = Field(default=None, ge=0, le=1, description="the share of likely tokens that are drawn from")
    seed: int | None = Field(default=None, description="for servers that draw by it")
    stop: tuple[str, ...] = Field(default=(), description="texts that end the answer")
    max_tokens: int | None = Field(default=None, ge=1, description="the most tokens of an answer, reasoning included")
    max_tokens_key: Literal["max_tokens", "max_completion_tokens"] = Field(
        default="max_tokens", description="what the server calls it; OpenAI's newer models the longer name"
    )
    detail: Literal["low", "high", "auto"] | None = Field(default=None, description="how closely images are looked at")
    images: Literal["before", "after"] = Field(default="before", description="where the images stand to the text")
    images_out: bool = Field(default=False, description="the model answers with images in its message")
    json_mode: JsonMode = Field(default="auto", description="how a JSON object is asked for where one is due")

    @field_validator("stop", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value
