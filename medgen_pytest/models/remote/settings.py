"""Settings that every adapter of an endpoint takes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from medgen_pytest.errors import ConfigError
from medgen_pytest.models.outgoing import DEFAULT_QUALITY
from medgen_pytest.models.remote.price import PriceSettings
from medgen_pytest.models.replies import allowed, check_hosts
from medgen_pytest.models.settings import AdapterSettings, Formats

_VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


class EndpointSettings(AdapterSettings):
    """Where an endpoint is, how it is asked and how patiently."""

    base_url: str = Field(description="the address up to the version, like http://localhost:8000/v1")
    api_key_env: str | None = Field(default=None, pattern=_VARIABLE, description="the variable that holds the key")
    headers: dict[str, str] = Field(default_factory=dict, repr=False, description="more headers of every request")
    formats: Formats = Field(default=(), description="the formats it is asked; unset: those it can answer")
    revision: str | None = Field(default=None, description="what makes its weights these weights")
    concurrency: int | None = Field(default=None, ge=1, le=4096, description="requests at once, over all workers")
    requests_per_minute: int | None = Field(default=None, ge=1, description="over all workers")
    tokens_per_minute: int | None = Field(default=None, ge=1, description="over all workers, coming in and going out")
    retries: int = Field(default=4, ge=0, le=20, description="tries after a failure of the server or a lost reply")
    request_timeout: float | None = Field(default=None, gt=0, description="seconds of one try; unset: the sample's")
    price: PriceSettings | None = Field(default=None, description="the price table")
    image_hosts: tuple[str, ...] = Field(default=(), description="hosts that images in replies may be fetched from")
    max_reply_mb: int = Field(default=64, ge=1, le=1024, description="larger replies and images are refused")
    proxy: str | None = Field(default=None, repr=False, description="the proxy; none is taken from the environment")
    ca_file: Path | None = Field(default=None, description="certificates to trust instead of the usual ones")
    image_format: Literal["png", "jpeg"] = Field(default="png", description="the file format of images sent")
    jpeg_quality: int = Field(default=DEFAULT_QUALITY, ge=1, le=100, description="the quality of JPEG images sent")
    max_side: int | None = Field(default=None, ge=16, description="larger images are sent smaller: pixels")

    @field_validator("base_url")
    @classmethod
    def _check_address(cls, value: str) -> str:
        if not _is_plain(value):
            raise ValueError("an address like https://HOST/v1 is needed, without user, password, query or fragment")
        return value.rstrip("/")

    @field_validator("image_hosts")
    @classmethod
    def _check_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            check_hosts(value)
        except ConfigError as error:
            raise ValueError(str(error)) from error
        return value

    @property
    def host(self) -> str:
        """The host of the address, with the port where it has one."""
        return _host(self.base_url) or ""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host that may be contacted."""
        return (self.host, *self.image_hosts)

    @property
    def max_reply_bytes(self) -> int:
        """The bytes that a reply, or an image, may have."""
        return self.max_reply_mb * 1_000_000


def _is_plain(address: str) -> bool:
    host = _host(address)
    try:
        return host is not None and allowed(address, [host]) and not {"?", "#"} & set(address)
    except ConfigError:  # what stands in the place of the host is none
        return False


def _host(address: str) -> str | None:
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        return None
    return parts.netloc or None
