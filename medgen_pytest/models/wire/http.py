"""The adapter `http`: any endpoint that takes and gives JSON, by a template and by paths."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from medgen_pytest.domain.output import Usage
from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ConfigError
from medgen_pytest.models.remote.endpoint import Endpoint
from medgen_pytest.models.settings import parse_settings
from medgen_pytest.models.wire.access import key_headers
from medgen_pytest.models.wire.http_reply import HttpReplies
from medgen_pytest.models.wire.http_settings import HttpSettings
from medgen_pytest.models.wire.model import WireModel
from medgen_pytest.models.wire.own_address import is_own
from medgen_pytest.models.wire.placeholders import IMAGES, known_names, values_of
from medgen_pytest.models.wire.probing import connect_to, look_at
from medgen_pytest.models.wire.template import Template, TemplateError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.contract import ModelContext
    from medgen_pytest.models.remote.reply import Reply
    from medgen_pytest.models.remote.tally import Tally
    from medgen_pytest.models.wire.content import Content


class JsonEndpoint:
    """The words of an endpoint that the settings describe."""

    def __init__(self, endpoint: Endpoint[HttpSettings], *, body: Template) -> None:
        self._endpoint = endpoint
        self._settings = endpoint.settings
        self._body = body
        self._replies = HttpReplies(endpoint.settings.reply)

    @property
    def able(self) -> frozenset[Format]:
        """The formats for which the reply has a path for all that is due."""
        paths = self._settings.reply
        return frozenset(
            form for form in Format if (paths.text or not form.wants_text) and (paths.image or not form.wants_image)
        )

    @property
    def takes_images(self) -> bool:
        """Whether the body has a place for images."""
        return bool(self._body.names & IMAGES)

    def expected(self, request: Request) -> Usage:
        """Nothing is known but the image."""
        return Usage(images=int(request.wants_image))

    async def ask(self, request: Request, tally: Tally) -> Content:
        """See `Dialect`."""
        images = await self._endpoint.outgoing(request) if self.takes_images else []
        values = values_of(request, images, images_as=self._settings.images_as, settings=constants_of(self._settings))
        content = await asyncio.to_thread(lambda: json.dumps(self._body.fill(values)).encode())

        async def send(_seconds: float) -> Reply:
            reply = await self._endpoint.http.post(self._settings.base_url + self._settings.path, content=content)
            self._replies.check(reply)
            return reply

        reply = await self._endpoint.channel.ask(
            send, tally=tally, expected=self.expected(request), usage_of=self._replies.usage
        )
        return await asyncio.to_thread(self._replies.read, reply, request)

    async def probe(self) -> str | None:
        """Looks at `probe_url`; where there is none, whether the host takes a connection."""
        url = self._settings.probe_url
        if url is None:
            return await connect_to(self._endpoint)
        missing = f"there is nothing at the probe_url of {self._settings.host}: HTTP 404"
        return await look_at(self._endpoint, url, missing=missing)

    async def aclose(self) -> None:
        """Has nothing of its own to end."""


def constants_of(settings: HttpSettings) -> dict[str, object]:
    """The placeholders that stand for settings."""
    return {"model": settings.model, "seed": settings.seed}


def build(name: str, settings: Mapping[str, object], context: ModelContext) -> WireModel[HttpSettings]:
    """The model that settings describe. Raises ConfigError."""
    parsed = parse_settings(HttpSettings, settings, name=name, adapter="http")
    owner = f"model {name!r} (adapter http)"
    if parsed.probe_url is not None and not is_own(parsed.probe_url, base_url=parsed.base_url):
        raise ConfigError(f"{owner}: 'probe_url': it must be at {parsed.host!r}, where the key may go")
    try:
        body = Template(parsed.body, known=known_names(constants_of(parsed)))
    except TemplateError as error:
        raise ConfigError(f"{owner}: 'body': {error}") from error
    endpoint = Endpoint(parsed, name=name, context=context, key_headers=key_headers(parsed.access))
    return WireModel(name, adapter="http", endpoint=endpoint, dialect=JsonEndpoint(endpoint, body=body))
