"""HTTP: requests of our own to endpoints, replies of bounded size, nothing that the settings do not name."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from medgen_pytest.errors import ConfigError, OutputError
from medgen_pytest.models.remote.fault import EndpointError
from medgen_pytest.models.remote.reply import Reply
from medgen_pytest.models.replies import allowed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Mapping
    from pathlib import Path

    import httpx

    from medgen_pytest.models.remote.settings import EndpointSettings

_MOST_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)


class _Response(Protocol):
    """A response whose body is still to be read."""

    def aiter_bytes(self) -> AsyncIterator[bytes]:
        """The body in parts."""

    async def aclose(self) -> None:
        """Lets go of the connection."""


_R = TypeVar("_R", bound=_Response)


class HttpTransport:
    """Sends JSON to one endpoint and fetches images from the hosts that the settings name.

    No redirect of a request is followed; one of an image only to a named host, and without the headers of
    the endpoint. Neither proxies nor credentials are taken from the environment. Belongs to one event loop.
    """

    def __init__(self, settings: EndpointSettings, *, headers: Mapping[str, str], root: Path) -> None:
        import httpx

        self._settings = settings
        self._client = httpx.AsyncClient(
            headers={"Accept": "application/json"},
            verify=trusted(settings, root),
            proxy=settings.proxy,
            timeout=None,  # noqa: S113 - the channel limits the time of each try as a whole
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=256),
        )
        self._headers = dict(headers)

    async def post(self, url: str, *, content: bytes, headers: Mapping[str, str] | None = None) -> Reply:
        """The reply to a JSON body sent to a URL of the endpoint. Raises EndpointError and OutputError."""
        extra = {"Content-Type": "application/json", **self._headers, **(headers or {})}
        return await self._exchange(self._client.build_request("POST", url, content=content, headers=extra))

    async def get(self, url: str) -> Reply:
        """The reply of a URL of the endpoint. Raises EndpointError and OutputError."""
        return await self._exchange(self._client.build_request("GET", url, headers=self._headers))

    async def fetch_image(self, url: str) -> Reply:
        """The reply of a URL that a reply named, which must be at a host that the settings name.

        Raises OutputError for another host and for a file that is too large, EndpointError for the rest.
        """
        for _ in range(_MOST_REDIRECTS + 1):
            if not allowed(url, self._settings.hosts):
                raise OutputError(
                    f"the reply points at an image at {_host_of(url)!r}, which may not be contacted"
                    " (name it in image_hosts if it should)"
                )
            headers = {"Accept": "image/*"}
            reply = await self._exchange(self._client.build_request("GET", url, headers=headers))
            if reply.status not in _REDIRECTS or "location" not in reply.headers:
                return reply
            url = str(self._client.build_request("GET", url).url.join(reply.headers["location"]))
        raise EndpointError("redirect", f"an image is redirected more than {_MOST_REDIRECTS} times")

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._client.aclose()

    async def _exchange(self, request: httpx.Request) -> Reply:
        import httpx

        origin = str(request.url.netloc, "ascii")
        sending = self._client.send(request, stream=True)
        response, body = await read_bounded(sending, http=httpx, origin=origin, most=self._settings.max_reply_bytes)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Reply(response.status_code, headers, body, origin)


async def read_bounded(sending: Awaitable[_R], *, http: Any, origin: str, most: int) -> tuple[_R, bytes]:
    """The response that a client of the library `http` (httpx, or its successor) sends for, and its body.

    No more than `most` bytes are read. Raises OutputError for a larger body, EndpointError for what goes wrong.
    """
    connected = False
    try:
        response = await sending
        connected = True
        try:
            return response, await _read(response, origin=origin, most=most)
        finally:
            await response.aclose()
    except http.ConnectError as error:
        raise EndpointError("connection", f"{origin} cannot be reached: {reason(error)}") from error
    except http.TimeoutException as error:
        raise EndpointError("timeout", f"{origin} did not reply in time") from error
    except (http.HTTPError, http.InvalidURL) as error:
        lost = "the reply was cut off" if connected else "the connection was lost"
        raise EndpointError("reply", f"{origin}: {lost}: {reason(error)}") from error


async def _read(response: _Response, *, origin: str, most: int) -> bytes:
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > most:
            raise OutputError(f"the reply of {origin} exceeds {most // 1_000_000} MB (max_reply_mb)")
        parts.append(part)
    return b"".join(parts)


def reason(error: BaseException) -> str:
    """The reason of a failed connection in one line: the innermost one that says something."""
    found, seen = "", error
    while seen is not None:
        found = " ".join(str(seen).split()) or found
        seen = seen.__cause__ or seen.__context__ if isinstance(seen, Exception) else None  # type: ignore[assignment]  # a loop over causes
    return found[:300] or type(error).__name__


def trusted(settings: EndpointSettings, root: Path) -> ssl.SSLContext | bool:
    """The certificates that an endpoint may have: those of `ca_file`, or the usual ones (True). Raises ConfigError."""
    if settings.ca_file is None:
        return True
    path = root / settings.ca_file
    try:
        return ssl.create_default_context(cafile=str(path))
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(f"ca_file: {path} cannot be used: {error}") from error


def _host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].rpartition("@")[2][:200]
