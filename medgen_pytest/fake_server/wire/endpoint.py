"""Endpoints: one kind of question on the wire, with the dialect of its provider."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from medgen_pytest.fake_server.message import HttpReply, HttpRequest, RequestError
    from medgen_pytest.fake_server.question import Answer, Picture, Question
    from medgen_pytest.fake_server.settings import FakeServerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a provider takes keys and words errors."""

    name: str
    key: Callable[[HttpRequest], str | None]
    error: Callable[[RequestError], HttpReply]
    unauthenticated: Callable[[str | None], RequestError]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request to an endpoint: the words of its path that are names, and the settings of the server."""

    request: HttpRequest
    names: Mapping[str, str]
    settings: FakeServerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One kind of question: how it is read (raises RequestError) and how it is answered.

    `reply` gets the question, the answer and what makes a URL of a picture, and may raise RequestError
    where the provider answers a refusal with an error.
    """

    name: str
    dialect: Dialect
    read: Callable[[Asked], Question]
    reply: Callable[[Question, Answer, Callable[[Picture], str]], HttpReply]


def is_image_model(asked: Asked, model: str) -> bool:
    """Whether the settings say that a model answers with images."""
    return any(fnmatchcase(model.lower(), pattern.lower()) for pattern in asked.settings.image_models)


CREATED = 1_767_225_600
"""When every reply says that it was made: the same request gets the same bytes."""
