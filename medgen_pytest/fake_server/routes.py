"""Routes: which method and path is which endpoint, and whose words say that there is none."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from medgen_pytest.fake_server.message import RequestError
from medgen_pytest.fake_server.wire import (
    ark_images,
    gemini,
    imagen,
    openai_chat,
    openai_images,
    plain_answer,
    predictions,
)
from medgen_pytest.fake_server.wire.dialects import ARK, GATEWAY, GOOGLE, OPENAI, PLAIN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.fake_server.message import HttpRequest
    from medgen_pytest.fake_server.wire.endpoint import Dialect, Endpoint

Action = Literal["ask", "models", "model", "poll", "cancel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method and path; `endpoint` is there where a model is asked."""

    method: str
    pattern: re.Pattern[str]
    dialect: Dialect
    action: Action = "ask"
    endpoint: Endpoint | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The route of a request, with the words of its path that are names."""

    route: Route
    names: Mapping[str, str] = field(default_factory=dict)


def _asking(path: str, endpoint: Endpoint) -> Route:
    return Route(method="POST", pattern=re.compile(path), dialect=endpoint.dialect, endpoint=endpoint)


def _looking(path: str, dialect: Dialect, action: Action, *, method: str = "GET") -> Route:
    return Route(method=method, pattern=re.compile(path), dialect=dialect, action=action)


_GOOGLE = r"/(?:v1|v1beta)(?:/projects/[^/]+/locations/[^/]+/publishers/google)?/models"
_ROUTES = (
    _asking(r"/v1/chat/completions", openai_chat.ENDPOINT),
    _asking(r"/v1/images/generations", openai_images.GENERATION),
    _asking(r"/v1/images/edits", openai_images.EDIT),
    _asking(r"/api/v3/images/generations", ark_images.ENDPOINT),
    _asking(rf"{_GOOGLE}/(?P<model>[^/:]+):generateContent", gemini.ENDPOINT),
    _asking(rf"{_GOOGLE}/(?P<model>[^/:]+):predict", imagen.ENDPOINT),
    _asking(r"/v1/models/(?P<owner>[^/]+)/(?P<name>[^/]+)/predictions", predictions.ENDPOINT),
    _asking(r"/v1/predictions", predictions.ENDPOINT),
    _asking(r"/v1/answer", plain_answer.ENDPOINT),
    _looking(r"/v1/predictions/(?P<id>\w+)", GATEWAY, "poll"),
    _looking(r"/v1/predictions/(?P<id>\w+)/cancel", GATEWAY, "cancel", method="POST"),
    _looking(r"/v1beta/models", GOOGLE, "models"),
    _looking(r"/v1beta/models/(?P<model>[^/:]+)", GOOGLE, "model"),
    _looking(r"/v1/models", OPENAI, "models"),
    _looking(r"/v1/models/(?P<model>.+)", OPENAI, "model"),
)
_OWNERS: tuple[tuple[re.Pattern[str], Dialect], ...] = (
    (re.compile(r"/v1beta/|/v1/models/[^/]+:|/v1/projects/"), GOOGLE),
    (re.compile(r"/api/v3/"), ARK),
    (re.compile(r"/v1/predictions|/v1/models/.*/predictions"), GATEWAY),
    (re.compile(r"/v1/answer"), PLAIN),
)


def find_route(request: HttpRequest) -> Found:
    """The route of a request. Raises RequestError: 404 for an unknown path, 405 for a wrong method."""
    fitting = [(route, match) for route in _ROUTES if (match := route.pattern.fullmatch(request.path))]
    for route, match in fitting:
        if route.method == request.method:
            return Found(route=route, names=match.groupdict())
    if not fitting:
        raise RequestError(404, f"Invalid URL ({request.method} {request.path})", code="unknown_url")
    problem = RequestError(405, f"Not allowed to {request.method} on {request.path}.", code="method_not_supported")
    problem.headers = (("allow", ", ".join(sorted({route.method for route, _ in fitting}))),)
    raise problem


def dialect_of(request: HttpRequest) -> Dialect:
    """Whose words answer a request to this path, whether or not there is such a path."""
    return next((dialect for pattern, dialect in _OWNERS if pattern.match(request.path)), OPENAI)


def routed_paths() -> list[str]:
    """The beginnings of all paths that are served, as far as they hold no names."""
    return sorted({route.pattern.pattern.partition("(")[0].rstrip("/") for route in _ROUTES} - {""})
