"""The `openai` client of one endpoint, on an HTTP client of bounded replies that takes nothing from the environment.

Imported with the first request: `openai` takes most of a second.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

# First: openai looks whether httpx is loaded, and would take one that another thread has loaded half.
import httpx  # noqa: F401 - see above
import openai

from medgen_pytest.errors import OutputError
from medgen_pytest.models.remote.fault import EndpointError
from medgen_pytest.models.remote.http import read_bounded, reason, trusted
from medgen_pytest.models.remote.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import httpx2

    from medgen_pytest.models.openai_endpoint.call import Call
    from medgen_pytest.models.openai_endpoint.settings import OpenAiSettings

_PLACEHOLDER = "unused"
_OF_THE_LIBRARY = frozenset(
    {"host", "accept", "accept-encoding", "connection", "user-agent", "content-type", "content-length"}
)
_BASE = next(kind for kind in openai.DefaultAsyncHttpxClient.__mro__ if kind.__name__ == "AsyncClient")
# httpx or its successor httpx2, whichever this version of openai is built on.
_HTTP = sys.modules[_BASE.__module__.partition(".")[0]]


class _BoundedClient(openai.DefaultAsyncHttpxClient):
    """Sends requests with the headers of the settings alone, and reads replies up to their allowed size.

    The `openai` client adds organisations, projects and any other header from the environment, facts about
    the machine, and a key even if there is none: these do not leave. It also reads replies of errors whole:
    so every reply has been read before it sees it.
    """

    def __init__(self, settings: OpenAiSettings, *, headers: Mapping[str, str], root: Path) -> None:
        super().__init__(
            follow_redirects=False,
            trust_env=False,
            proxy=settings.proxy,
            verify=trusted(settings, root),
            timeout=None,  # the channel limits the time of each try as a whole
            limits=_HTTP.Limits(max_connections=None, max_keepalive_connections=256),
        )
        self._most = settings.max_reply_bytes
        self._origin = settings.host
        self._ours = dict(headers)

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        """The reply, read. Raises EndpointError, and OutputError for a reply that is too large."""
        for name in [name for name in request.headers if name.lower() not in _OF_THE_LIBRARY]:
            del request.headers[name]
        request.headers.update(self._ours)
        sending = super().send(request, **{**options, "stream": True})
        response, body = await read_bounded(sending, http=_HTTP, origin=self._origin, most=self._most)
        headers = [pair for pair in response.headers.multi_items() if pair[0].lower() not in _OF_THE_WIRE]
        return type(response)(response.status_code, headers=headers, content=body, request=request)


_OF_THE_WIRE = ("content-encoding", "content-length", "transfer-encoding")


class OpenAiClient:
    """Sends requests to one endpoint; belongs to one event loop."""

    def __init__(self, settings: OpenAiSettings, *, headers: Mapping[str, str], root: Path) -> None:
        self._origin = settings.host
        self._client = openai.AsyncOpenAI(
            base_url=settings.base_url,
            api_key=_PLACEHOLDER,  # the HTTP client below puts the real one in
            max_retries=0,
            timeout=None,
            http_client=_BoundedClient(settings, headers=headers, root=root),
        )

    async def post(self, call: Call) -> Reply:
        """The reply to a call. Raises EndpointError and OutputError."""
        options: Any = {"headers": {"Content-Type": "multipart/form-data"}} if call.files else {}
        try:
            response = await self._client.post(
                call.path,
                cast_to=_HTTP.Response,
                body=dict(call.body),
                files=list(call.files) or None,
                options=options,
            )
        except openai.APIStatusError as error:
            response = error.response
        except openai.APIConnectionError as error:
            if isinstance(error.__cause__, EndpointError | OutputError):
                raise error.__cause__ from None  # older versions wrap whatever the HTTP client raises
            # Failures of TLS that the HTTP library has no error of its own for.
            raise EndpointError("connection", f"{self._origin} cannot be reached: {reason(error)}") from error
        return Reply(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=response.content,
            origin=self._origin,
        )

    async def aclose(self) -> None:
        """Closes its connections."""
        await self._client.close()
