"""Forms of JSON: how a server is asked for a JSON object, and how it is asked once it has refused a form."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from medgen_pytest.models.remote.fault import EndpointError

if TYPE_CHECKING:
    from medgen_pytest.domain.sample import Request
    from medgen_pytest.models.openai_endpoint.chat_settings import JsonMode
    from medgen_pytest.models.remote.reply import Reply

JsonForm = Literal["json_schema", "json_object", "prompt"]
"""How one request asks for JSON: by its schema, as any JSON object, or in a sentence of the text."""

_FALLING: tuple[JsonForm, ...] = ("json_schema", "json_object", "prompt")
_REFUSING = (400, 404, 422)
_ABOUT = re.compile(r"response[_ ]?format|json[_ ]schema|json[_ ]object|structured[_ -]?output", re.IGNORECASE)
_LONGEST = 4000


class JsonForms:
    """The forms in which one model is asked for JSON.

    With `auto` a request that has a schema is asked by it, and in the next form when the server refuses that one; what
    it has refused is not tried again.
    """

    def __init__(self, mode: JsonMode) -> None:
        self._mode = mode
        self._refused = 0

    def form_for(self, request: Request) -> JsonForm | None:
        """The form for a request; None for one that says nothing of JSON."""
        if not request.wants_json or self._mode == "off":
            return None
        if self._mode == "prompt":
            return "prompt"
        if self._mode == "response_format" or request.json_schema is None:
            return "json_object"
        return "json_schema" if self._mode == "json_schema" else _FALLING[self._refused]

    def falls_back(self, form: JsonForm | None, request: Request, *, after: BaseException) -> bool:
        """Whether a request that ended in an error is to be asked once more, in the next form.

        That is the form of all requests from now on.
        """
        if self._mode != "auto" or request.json_schema is None or form not in _FALLING[:-1] or not refuses_form(after):
            return False
        # Others that were on their way may have been refused the same.
        self._refused = max(self._refused, _FALLING.index(form) + 1)
        return True


def refuses_form(error: BaseException) -> bool:
    """Whether an error comes of a server that does not take the form in which JSON was asked for."""
    fault = error.__cause__
    reply = fault.reply if isinstance(fault, EndpointError) else None
    return reply is not None and reply.status in _REFUSING and _speaks_of_form(reply)


def _speaks_of_form(reply: Reply) -> bool:
    words = _stated(reply.json) if reply.json is not None else [reply.body[:_LONGEST].decode("utf-8", "replace")]
    return any(_ABOUT.search(text[:_LONGEST]) for text in words)


def _stated(body: object) -> Iterator[str]:
    """What an error says, in the shapes that servers give it, without what it quotes of the request."""
    if isinstance(body, str):
        yield body
    elif isinstance(body, Mapping):
        for name in ("message", "msg", "param", "error", "detail", "title"):
            yield from _stated(body.get(name))
        yield from _place(body.get("loc"))
        yield from _passed_on(body.get("metadata"))
    elif isinstance(body, list):
        for item in body:
            yield from _stated(item)


def _place(place: object) -> Iterator[str]:
    """Where in the request the error is."""
    if isinstance(place, list):
        yield ".".join(str(step) for step in place)


def _passed_on(metadata: object) -> Iterator[str]:
    """What a gateway passes on of the server behind it."""
    raw = metadata.get("raw") if isinstance(metadata, Mapping) else None
    if not isinstance(raw, str):
        return
    try:
        yield from _stated(json.loads(raw))
    except (ValueError, RecursionError):
        yield raw
