"""An endpoint as adapters use it: its settings, its key, its channel, and the images that go out and come back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from medgen_pytest.config.environment import variable
from medgen_pytest.config.secrets import secret_values
from medgen_pytest.errors import ConfigError, OutputError
from medgen_pytest.models.deadline import time_stands_still
from medgen_pytest.models.outgoing import OutgoingImage, encode_outgoing
from medgen_pytest.models.remote.channel import Channel
from medgen_pytest.models.remote.fault import EndpointError
from medgen_pytest.models.remote.http import HttpTransport
from medgen_pytest.models.remote.log_mask import LogMask
from medgen_pytest.models.remote.pace import Pace
from medgen_pytest.models.remote.retry_policy import RetryPolicy
from medgen_pytest.models.remote.settings import EndpointSettings
from medgen_pytest.models.replies import RemoteImage, read_image

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.domain.taxonomy import Format
    from medgen_pytest.models.contract import ModelContext
    from medgen_pytest.models.remote.reply import Reply
    from medgen_pytest.models.remote.tally import Tally

_S = TypeVar("_S", bound=EndpointSettings)
_OK = 200
_NOT_IDENTITY = {
    "concurrency",
    "requests_per_minute",
    "tokens_per_minute",
    "retries",
    "request_timeout",
    "price",
    "proxy",
    "ca_file",
    "headers",
    "api_key_env",
    "formats",
    "image_hosts",
    "max_reply_mb",
}
"""Settings that change how an endpoint is reached, not what it answers."""


class _Line(NamedTuple):
    """What belongs to one event loop."""

    loop: asyncio.AbstractEventLoop
    channel: Channel
    http: HttpTransport


class Endpoint(Generic[_S]):
    """The endpoint of one model.

    `key_headers` makes of the key the headers that carry it. Raises ConfigError for a key that is not
    in the environment.
    """

    def __init__(
        self,
        settings: _S,
        *,
        name: str,
        context: ModelContext,
        key_headers: Callable[[str], Mapping[str, str]],
    ) -> None:
        self.settings = settings
        self.key = _key(settings, name=name)
        self._context = context
        self._headers = {**settings.headers, **(key_headers(self.key) if self.key else {})}
        self._line: _Line | None = None
        self._mask: LogMask | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown anywhere: the key, and the values of added headers whose names say secret."""
        return tuple(value for value in (self.key, *secret_values(self.settings.headers)) if value)

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of every request: those of the settings, and the key's."""
        return self._headers

    @property
    def concurrency(self) -> int | None:
        """Requests at once in this process; None for as many as the window of the run allows."""
        most = self.settings.concurrency
        # One alone would not be asked ahead of its test; the pace still keeps to it.
        return None if most is None else max(2, most // self._context.workers)

    def identity(self, adapter: str) -> dict[str, object]:
        """What makes the model behind the endpoint this model: its settings without limits and secrets."""
        settings = self.settings.model_dump(mode="json", exclude=_NOT_IDENTITY)
        return {"adapter": adapter, **settings}

    def formats(self, able: frozenset[Format]) -> frozenset[Format]:
        """The formats that it is asked: those of the settings, else those that its adapter can answer."""
        return frozenset(self.settings.formats) or able

    @property
    def channel(self) -> Channel:
        """Its channel, in the running event loop."""
        return self._in_loop().channel

    @property
    def http(self) -> HttpTransport:
        """Its transport, in the running event loop."""
        return self._in_loop().http

    async def outgoing(self, request: Request) -> list[OutgoingImage]:
        """The input images of a request as they are sent; making them costs it no time. Raises ImageError."""
        with time_stands_still():
            return await asyncio.to_thread(lambda: [self._encode(image.array()) for image in request.inputs])

    async def incoming(self, image: str | bytes, *, tally: Tally) -> NDArray[np.uint8]:
        """The pixels of an image in a reply, fetched if the reply only points at it.

        Raises OutputError for what is no image, or lies where nothing may be fetched from, and ModelError if it
        cannot be fetched.
        """
        found = await asyncio.to_thread(self._read, image)
        if not isinstance(found, RemoteImage):
            return found
        url = found.url

        async def fetch(_seconds: float) -> Reply:
            reply = await self.http.fetch_image(url)
            if reply.status != _OK:
                raise _not_fetched(reply)
            return reply

        reply = await self.channel.ask(fetch, tally=tally)
        read = await asyncio.to_thread(self._read, reply.body)
        if isinstance(read, RemoteImage):
            raise OutputError(f"the image at {found.host!r} is a text with another address")
        return read

    async def aclose(self) -> None:
        """Closes its connections."""
        line, self._line = self._line, None
        if line is not None and line.loop is asyncio.get_running_loop():
            await line.http.aclose()

    def close(self) -> None:
        """Stops masking its secrets in logs; connections are closed by `aclose`."""
        if self._mask is not None:
            self._mask.remove()
            self._mask = None

    def _read(self, image: str | bytes) -> NDArray[np.uint8] | RemoteImage:
        return read_image(image, name="the image of the reply", max_bytes=self.settings.max_reply_bytes)

    def _encode(self, pixels: NDArray[np.uint8]) -> OutgoingImage:
        settings = self.settings
        return encode_outgoing(
            pixels, format=settings.image_format, quality=settings.jpeg_quality, max_side=settings.max_side
        )

    def _in_loop(self) -> _Line:
        loop = asyncio.get_running_loop()
        if self._line is None or self._line.loop is not loop:
            self._mask = self._mask or LogMask(self.secrets)
            self._line = _Line(loop, self._new_channel(), self._new_transport())
        return self._line

    def _new_channel(self) -> Channel:
        settings, share = self.settings, 1 / self._context.workers
        pace = Pace(
            concurrency=None if settings.concurrency is None else max(1, int(settings.concurrency * share)),
            requests_per_minute=_share(settings.requests_per_minute, share),
            tokens_per_minute=_share(settings.tokens_per_minute, share),
        )
        return Channel(
            pace,
            policy=RetryPolicy(retries=settings.retries),
            meter=self._context.meter,
            price=settings.price,
            request_timeout=settings.request_timeout,
        )

    def _new_transport(self) -> HttpTransport:
        return HttpTransport(self.settings, headers=self._headers, root=self._context.root)


def bearer(key: str) -> Mapping[str, str]:
    """The header in which most endpoints take a key."""
    return {"Authorization": f"Bearer {key}"}


def _key(settings: EndpointSettings, *, name: str) -> str | None:
    if settings.api_key_env is None:
        return None
    key = variable(settings.api_key_env)
    if not key or not key.strip():
        raise ConfigError(
            f"model {name!r}: the environment variable {settings.api_key_env} (api_key_env) is not set; export it"
        )
    if not key.strip().isascii() or not key.strip().isprintable():
        raise ConfigError(
            f"model {name!r}: the key in {settings.api_key_env} holds characters that no header can carry;"
            " set it anew, in one line of plain letters"
        )
    return key.strip()


def _share(amount: int | None, share: float) -> float | None:
    return None if amount is None else amount * share


def _not_fetched(reply: Reply) -> EndpointError:
    passing = reply.status in (404, 408, 409, 425, 429) or reply.status >= 500  # noqa: PLR2004 - 5xx
    return EndpointError(
        "server" if passing else "denied",
        f"the image at {reply.origin} cannot be fetched: HTTP {reply.status}",
        status=reply.status,
    )
