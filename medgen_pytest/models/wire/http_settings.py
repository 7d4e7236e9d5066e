"""Settings of the adapter `http`."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from medgen_pytest.config.sections import Section
from medgen_pytest.models.remote.settings import EndpointSettings
from medgen_pytest.models.wire.access import ACCESS, BEARER
from medgen_pytest.models.wire.placeholders import ImagesAs
from medgen_pytest.models.wire.reply_path import parse_reply_path


class ReplyPaths(Section):
    """Where in a reply something stands; at least text or image."""

    text: str | None = Field(default=None, description="the answer")
    image: str | None = Field(default=None, description="the image: base64, a data URL, a URL, or an object with one")
    reasoning: str | None = Field(default=None, description="what it thought aloud")
    finish_reason: str | None = Field(default=None, description="why it ended")
    problem: str | None = Field(default=None, description="set where the model refuses: the answer is invalid")
    error: str | None = Field(default=None, description="set where the server failed: tried again, then an error")
    input_usage: str | None = Field(default=None, description="tokens that came in")
    output_usage: str | None = Field(default=None, description="tokens that went out")

    @field_validator("*")
    @classmethod
    def _check_path(cls, value: str | None) -> str | None:
        if value is not None:
            parse_reply_path(value)
        return value


class HttpSettings(EndpointSettings):
    """How an endpoint with a protocol of its own is asked, and where its replies hold what."""

    path: str = Field(default="", pattern=r"^(?:/[^\s#]*)?$", description="what follows base_url, from the slash on")
    access: str = Field(default=BEARER, pattern=ACCESS, description="the header that carries the key")
    body: dict[str, Any] = Field(min_length=1, description="the template of the body")
    reply: ReplyPaths = Field(description="where in a reply something stands")
    images_as: ImagesAs = Field(default="base64", description="how images are written into the body")
    model: str | None = Field(default=None, min_length=1, description="what {model} stands for")
    seed: int | None = Field(default=None, description="what {seed} stands for")
    probe_url: str | None = Field(default=None, description="an address of the same host that a GET costs nothing at")

    @field_validator("reply")
    @classmethod
    def _check_some(cls, value: ReplyPaths) -> ReplyPaths:
        if value.text is None and value.image is None:
            raise ValueError("a path of the text or of the image is needed")
        return value

    @field_validator("probe_url")
    @classmethod
    def _check_probe(cls, value: str | None) -> str | None:
        if value is not None and not urlsplit(value).path.startswith("/"):
            raise ValueError("an address like http://HOST/health is needed")
        return value
