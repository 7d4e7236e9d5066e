"""Probing: a look at an endpoint that costs nothing."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from medgen_pytest.errors import OutputError
from medgen_pytest.models.remote.fault import EndpointError
from medgen_pytest.models.remote.http import reason
from medgen_pytest.models.remote.reply import check_reply
from medgen_pytest.models.remote.settings import EndpointSettings

if TYPE_CHECKING:
    from collections.abc import Collection

    from medgen_pytest.models.remote.endpoint import Endpoint

_S = TypeVar("_S", bound=EndpointSettings)
_PATIENCE = 20.0
_TOO_MANY = 429
_NOT_FOUND = (404, 405, 501)


async def look_at(
    endpoint: Endpoint[_S], url: str, *, expects: Collection[str] = (), missing: str | None = None
) -> str | None:
    """What is wrong with an address that is fetched, in one line; None if nothing is.

    `expects` are keys of which the JSON there has at least one; without them any success is right. `missing` is
    what a place that does not exist says: None where endpoints need not have it.
    """
    try:
        reply = await asyncio.wait_for(endpoint.http.get(url), _PATIENCE)
        if reply.status in _NOT_FOUND:
            return missing
        if reply.status == _TOO_MANY or (200 <= reply.status < 300 and not expects):  # noqa: PLR2004 - 2xx
            return None
        check_reply(reply, expects=expects)
    except (EndpointError, OutputError) as error:
        return str(error)
    except asyncio.TimeoutError:
        return f"{endpoint.settings.host} did not answer within {_PATIENCE:g} s"
    return None


async def connect_to(endpoint: Endpoint[_S]) -> str | None:
    """Why no connection to an endpoint can be opened, in one line; None if one can. Nothing is sent.

    Behind a proxy that shows nothing, and is not tried.
    """
    settings = endpoint.settings
    if settings.proxy is not None:
        return None
    address = urlsplit(settings.base_url)
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(address.hostname, port), _PATIENCE)
    except asyncio.TimeoutError:
        return f"{settings.host} took no connection within {_PATIENCE:g} s"
    except OSError as error:
        return f"{settings.host} cannot be reached: {reason(error)}"
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    return None
