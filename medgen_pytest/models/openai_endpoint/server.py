"""The server of a model: its endpoint with the `openai` client, one client for each event loop."""

from __future__ import annotations

import asyncio
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError, OutputError
from medgen_pytest.models.contract import Estimate
from medgen_pytest.models.deadline import time_stands_still
from medgen_pytest.models.openai_endpoint.settings import NOT_IDENTITY, OpenAiSettings
from medgen_pytest.models.remote.endpoint import Endpoint, bearer
from medgen_pytest.models.remote.fault import EndpointError
from medgen_pytest.models.remote.http import trusted
from medgen_pytest.models.remote.reply import check_reply, stated_error
from medgen_pytest.models.replies.excerpt import excerpt

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.domain.output import Usage
    from medgen_pytest.domain.taxonomy import Format
    from medgen_pytest.models.contract import ModelContext
    from medgen_pytest.models.openai_endpoint.call import Call
    from medgen_pytest.models.openai_endpoint.client import OpenAiClient
    from medgen_pytest.models.remote.reply import Reply
    from medgen_pytest.models.remote.tally import Tally

_OK = 200
_UNLISTED = (404, 405, 501)
"""Statuses of servers that list no models."""


class Server:
    """What both adapters do with a server; `able` are the formats that a model of the adapter can answer.

    Raises ConfigError for a key that is not in the environment, and for formats that it cannot answer.
    """

    def __init__(self, settings: OpenAiSettings, *, name: str, context: ModelContext, able: frozenset[Format]) -> None:
        self.endpoint: Endpoint[OpenAiSettings] = Endpoint(settings, name=name, context=context, key_headers=bearer)
        self.formats = self.endpoint.formats(able)
        if unable := sorted(form.value for form in self.formats - able):
            raise ConfigError(
                f"model {name!r}: it cannot answer {', '.join(unable)} (formats) with these settings; leave it out"
            )
        self._settings = settings
        self._root = context.root
        self._line: tuple[asyncio.AbstractEventLoop, OpenAiClient] | None = None

    def identity(self, adapter: str) -> dict[str, object]:
        """What makes its model this model."""
        return {key: value for key, value in self.endpoint.identity(adapter).items() if key not in NOT_IDENTITY}

    async def ask(
        self,
        call: Call,
        *,
        tally: Tally,
        expected: Usage,
        usage_of: Callable[[Reply], Usage],
    ) -> Reply:
        """The reply to a request. Raises ModelError, and OutputError for a reply that is too large."""
        if self._line is None:  # the library takes most of a second, which is no time of the model's
            with time_stands_still():
                await asyncio.to_thread(import_module, "medgen_pytest.models.openai_endpoint.client")
        client = self._client()

        async def send(_seconds: float) -> Reply:
            reply = await client.post(call)
            check_reply(reply, expects=call.expects)
            return reply

        return await self.endpoint.channel.ask(send, tally=tally, expected=expected, usage_of=usage_of)

    def check(self) -> list[str]:
        """What is known to be wrong before the run."""
        try:
            trusted(self._settings, self._root)
        except ConfigError as error:
            return [str(error)]
        return []

    def estimate(self, usage: Usage, *, images_sent: int) -> Estimate:
        """The estimate of an answer that is expected to take so much."""
        price = self._settings.price
        return Estimate(
            images_sent=images_sent,
            images_made=usage.images or 0,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cost=None if price is None else price.cost(usage),
        )

    async def probe(self) -> str | None:
        """What is wrong with address, key or model, as far as the list of models shows it; it costs nothing."""
        try:
            reply = await self.endpoint.http.get(f"{self._settings.base_url}/models")
        except (EndpointError, OutputError) as error:
            return str(error)
        if reply.status in _UNLISTED:
            return None
        if reply.status != _OK:
            said = stated_error(reply.fields)
            return f"{reply.origin}: HTTP {reply.status} for the list of models{f': {excerpt(said)}' if said else ''}"
        if not reply.fields:
            return f"{reply.origin} lists its models as no JSON: base_url should end as in https://HOST/v1"
        return _listed(self._settings.model, reply.fields.get("data"))

    async def aclose(self) -> None:
        """Closes its connections."""
        line, self._line = self._line, None
        if line is not None and line[0] is asyncio.get_running_loop():
            await line[1].aclose()
        await self.endpoint.aclose()

    def close(self) -> None:
        """Lets go of what is left."""
        self.endpoint.close()

    def _client(self) -> OpenAiClient:
        loop = asyncio.get_running_loop()
        if self._line is None or self._line[0] is not loop:
            from medgen_pytest.models.openai_endpoint.client import OpenAiClient

            self._line = (loop, OpenAiClient(self._settings, headers=self.endpoint.headers, root=self._root))
        return self._line[1]


def _listed(model: str, data: object) -> str | None:
    entries = data if isinstance(data, list) else []
    names = [str(entry["id"]) for entry in entries if isinstance(entry, dict) and entry.get("id")]
    if not names or model in names:
        return None
    near = get_close_matches(model, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"listed: {excerpt(', '.join(names[:20]))}"
    return f"the model {model!r} is not among those of the server; {hint}"
