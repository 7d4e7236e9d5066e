"""Settings of the fake server, checked with messages of one line."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator

from medgen_pytest.config.sections import Section, parse_section
from medgen_pytest.fake_server.fault import Fault, parse_fault

if TYPE_CHECKING:
    from collections.abc import Mapping

_MEGABYTE = 1_000_000


def _from_text(value: object) -> object:
    return parse_fault(value) if isinstance(value, str) else value


class FakeServerSettings(Section):
    """What the server listens on, how fast it answers, what goes wrong and which dialects it speaks."""

    host: str = Field(default="127.0.0.1", description="a loopback address; no other is taken")
    port: int = Field(default=0, ge=0, le=65535, description="0 takes a free one")
    seed: int = Field(default=0, description="decides answers and faults")
    latency: float = Field(default=0.0, ge=0, le=3600, description="seconds from a request to its reply")
    latency_spread: float = Field(default=0.0, ge=0, le=1, description="share by which a request's latency may differ")
    faults: tuple[Annotated[Fault, BeforeValidator(_from_text)], ...] = Field(
        default=(), description="what goes wrong; the first that hits a request is taken"
    )
    retry_after: int = Field(default=1, ge=0, description="seconds that the faults 429-seconds and 429-date ask for")
    hang: float = Field(default=60.0, ge=0, le=3600, description="seconds after which the fault hang replies")
    redirect_to: str = Field(default="http://elsewhere.invalid/", description="where the fault redirect points")
    huge_bytes: int = Field(default=200 * _MEGABYTE, ge=_MEGABYTE, description="size of the image of image-huge")
    requests_per_minute: int | None = Field(default=None, ge=1, description="more are answered with 429")
    max_concurrent: int | None = Field(default=None, ge=1, description="more at once are answered with 429")
    key: SecretStr | None = Field(default=None, description="the key that requests must carry; none: any or no key")
    models: tuple[str, ...] = Field(default=(), description="the models there are; none: every name is one")
    image_models: tuple[str, ...] = Field(
        default=("*image*", "*seedream*", "*dall-e*", "*imagen*", "*show-o*", "*univision*"),
        description="names of models that answer with an image where the protocol leaves it open",
    )
    image_answer: Literal["smooth", "echo", "gradient"] = Field(
        default="smooth", description="what an image model makes of its input; echo costs nothing"
    )
    image_format: Literal["png", "jpeg", "webp"] = Field(default="png", description="the file format of images")
    max_side: int = Field(default=1024, ge=16, le=4096, description="larger images are drawn smaller")
    chat_images: Literal["images", "parts", "markdown"] = Field(
        default="images", description="where a chat message carries images"
    )
    image_links: Literal["data", "url"] = Field(default="data", description="how chat messages name images")
    prediction_output: Literal["url", "list", "data", "object"] = Field(
        default="url", description="the shape of a prediction's output"
    )
    polls: int = Field(default=1, ge=0, description="polls that find a prediction still processing")
    judge_noise: float = Field(
        default=0.0, ge=0, allow_inf_nan=False, description="points that a judgement may be off, decided by its request"
    )
    judge_bias: float = Field(default=0.0, allow_inf_nan=False, description="points that judgements are too high")
    judge_obeys: bool = Field(default=False, description="the judge gives the score that an answer asks for")
    judge_blind: bool = Field(default=False, description="the judge does not look at images")
    max_request_bytes: int = Field(default=64 * _MEGABYTE, ge=1024, description="larger bodies are answered with 413")
    journal: Path | None = Field(default=None, description="a file for the journal, one JSON object a line")
    journal_entries: int = Field(default=100_000, ge=1, description="entries held in memory; counts never end")

    @field_validator("host")
    @classmethod
    def _check_loopback(cls, host: str) -> str:
        if host == "localhost":
            return "127.0.0.1"
        try:
            is_loopback = ipaddress.ip_address(host).is_loopback
        except ValueError:
            is_loopback = False
        if not is_loopback:
            raise ValueError(f"{host!r} is no loopback address; the fake server serves this machine alone: 127.0.0.1")
        return host


def fake_server_settings(options: Mapping[str, object]) -> FakeServerSettings:
    """Settings from plain values; faults may be written as `429=0.1`. Raises ConfigError with one line."""
    return parse_section(FakeServerSettings, options, owner="fake server")
