"""Settings that both adapters of OpenAI-compatible servers take."""

from __future__ import annotations

from pydantic import Field, field_validator

from medgen_pytest.domain.output import Usage
from medgen_pytest.models.remote.settings import EndpointSettings

RESERVED = ("model", "messages", "prompt", "image", "mask", "n", "stream")
"""Fields of a request that are not for `extra_body` to set."""

_BYTES_A_TOKEN = 3
"""Few: texts of most languages have more."""


class OpenAiSettings(EndpointSettings):
    """Which model of the server is asked, with what besides, and what an answer is taken to need."""

    model: str = Field(min_length=1, description="the name of the model on the server")
    extra_body: dict[str, object] = Field(
        default_factory=dict, description="more fields of the request's body; null leaves a field out"
    )
    tokens_per_image: int = Field(default=1000, ge=0, description="tokens that an image sent is taken to need")
    tokens_per_answer: int = Field(default=1000, ge=0, description="tokens that an answer is taken to need")

    @field_validator("extra_body")
    @classmethod
    def _check_extra_body(cls, value: dict[str, object]) -> dict[str, object]:
        reserved = [name for name in RESERVED if name in value]
        if reserved:
            raise ValueError(f"{', '.join(reserved)} cannot be set here")
        return value

    def body(self, fields: dict[str, object]) -> dict[str, object]:
        """The body of a request: the fields that have a value, under those of `extra_body`."""
        merged = {**fields, **self.extra_body}
        return {name: value for name, value in merged.items() if value is not None}

    def expected_usage(self, text: str, *, images_sent: int, images_made: int, answer: int | None = None) -> Usage:
        """What a request is taken to need until its reply says better, rather too much than too little."""
        return Usage(
            input_tokens=len(text.encode("utf-8", "replace")) // _BYTES_A_TOKEN
            + 1
            + images_sent * self.tokens_per_image,
            output_tokens=self.tokens_per_answer if answer is None else answer,
            images=images_made,
        )


NOT_IDENTITY = frozenset({"tokens_per_image", "tokens_per_answer"})
"""Settings of these that change no answer."""
