"""Settings of the adapter `predictions`."""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator

from medgen_pytest.models.remote.settings import EndpointSettings
from medgen_pytest.models.wire.access import ACCESS, BEARER
from medgen_pytest.models.wire.placeholders import ImagesAs
from medgen_pytest.models.wire.reply_path import parse_reply_path


def _usual_input() -> dict[str, Any]:
    return {"prompt": "{instruction}", "image": "{image}"}


class PredictionsSettings(EndpointSettings):
    """How a gateway of predictions is asked, and how patiently what it has begun is followed."""

    model: str | None = Field(
        default=None, pattern=r"^[\w.-]+/[\w.-]+$", description="OWNER/NAME; unset: the address has one model alone"
    )
    version: str | None = Field(default=None, pattern=r"^[\w.:/-]+$", description="the version of the model")
    access: str = Field(default=BEARER, pattern=ACCESS, description="the header that carries the key")
    input: dict[str, Any] = Field(
        default_factory=_usual_input, min_length=1, description="the template of the model's input"
    )
    images_as: ImagesAs = Field(default="data_url", description="how images are written into the input")
    seed: int | None = Field(default=None, description="what {seed} stands for")
    text: str | None = Field(default=None, description="where in the output the text stands; unset: it is looked for")
    image: str | None = Field(default=None, description="where in the output the image stands; unset: it is looked for")
    wait: int = Field(default=60, ge=0, le=60, description="seconds that the first reply may wait for the end; 0: none")
    poll_interval: float = Field(default=0.5, gt=0, le=60, description="seconds to the first poll; each next 1.5 times")

    @field_validator("text", "image")
    @classmethod
    def _check_path(cls, value: str | None) -> str | None:
        if value is not None:
            parse_reply_path(value)
        return value
