"""Replies of endpoints over HTTP, and what is wrong with one."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from functools import cached_property
from urllib.parse import urlsplit

from medgen_pytest.models.remote.fault import EndpointError, FaultKind
from medgen_pytest.models.replies.excerpt import excerpt
from medgen_pytest.models.replies.refusal import find_refusal

_SUCCESS = range(200, 300)
_REDIRECTS = range(300, 400)
_SERVER = range(500, 600)
_TOO_MANY = 429
_OVERLOADED = 529
_PASSING = (408, 409, 425)
_NEVER_PASSING = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "access_terminated")
_LONGEST_MESSAGE = 300


@dataclass(frozen=True)
class Reply:
    """A reply with its whole body. Header names are lower case. `origin` is what messages call the endpoint."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    origin: str

    @cached_property
    def json(self) -> object:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def fields(self) -> Mapping[str, object]:
        """The body as a JSON object; empty where it is none."""
        return self.json if isinstance(self.json, Mapping) else {}


def check_reply(reply: Reply, *, expects: Collection[str]) -> None:
    """Raises EndpointError for a reply that is no answer of the protocol.

    `expects` are keys of which every answer has at least one. A reply that states a refusal passes,
    whatever its status: the model has answered.
    """
    if reply.status in _REDIRECTS:
        raise EndpointError("redirect", _redirected(reply), status=reply.status)
    if find_refusal(reply.json) is not None:
        return
    if reply.status not in _SUCCESS:
        raise EndpointError(
            _kind(reply.status, reply.fields),
            f"{reply.origin} answered with HTTP {reply.status}{_said(reply)}",
            retry_after=retry_after(reply.headers),
            status=reply.status,
            reply=reply,
        )
    if not isinstance(reply.json, Mapping):
        what = "an empty body" if not reply.body.strip() else f"no JSON object: {excerpt(_text(reply.body))}"
        raise EndpointError("reply", f"{reply.origin} answered with {what}", status=reply.status)
    if not any(key in reply.json for key in expects):
        if reply.json.get("error") or reply.json.get("message") or reply.json.get("detail"):
            kind = _kind(_stated_status(reply.json), reply.json)
            raise EndpointError(kind, f"{reply.origin} answered with an error{_said(reply)}", status=reply.status)
        missing = " or ".join(repr(key) for key in expects)
        raise EndpointError("reply", f"{reply.origin} answered with JSON without {missing}", status=reply.status)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds that `Retry-After` (seconds or an HTTP date) or `retry-after-ms` ask for; None for nothing usable."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after", "").strip()
    seconds = _number(value)
    if seconds is not None or not value:
        return seconds
    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    zoned = when if when.tzinfo else when.replace(tzinfo=timezone.utc)
    return max(0.0, (zoned - datetime.now(timezone.utc)).total_seconds())


def stated_error(body: Mapping[str, object]) -> str | None:
    """The message of an error in a body, in the shapes that protocols give it; None where there is none."""
    error = body.get("error")
    if isinstance(error, Mapping):
        message = error.get("message") or error.get("code") or error.get("type")
    else:
        message = error or body.get("message") or body.get("detail") or body.get("title")
    if not message:
        return None
    return message if isinstance(message, str) else json.dumps(message)[: 2 * _LONGEST_MESSAGE]


def _said(reply: Reply) -> str:
    message = stated_error(reply.fields)
    if message is None and reply.json is None and reply.body.strip():
        message = _text(reply.body)
    return f": {excerpt(message, length=_LONGEST_MESSAGE)}" if message else ""


def _kind(status: int, body: Mapping[str, object]) -> FaultKind:
    if status in (_TOO_MANY, _OVERLOADED):
        return "denied" if _code(body) in _NEVER_PASSING else "limited"
    if status in _SERVER or status in _PASSING:
        return "server"
    return "denied"


def _stated_status(body: Mapping[str, object]) -> int:
    """The status that an error within a 200 states; 500 where it states none: it may pass."""
    error = body.get("error")
    candidates = [error.get("code"), error.get("status")] if isinstance(error, Mapping) else []
    for value in (*candidates, body.get("code"), body.get("status")):
        number = _number(str(value)) if isinstance(value, int | str) and not isinstance(value, bool) else None
        if number is not None and 400 <= number < 600:  # noqa: PLR2004 - the statuses of errors
            return int(number)
    return _TOO_MANY if "rate_limit" in _code(body) else 500


def _code(body: Mapping[str, object]) -> str:
    error = body.get("error")
    stated = [error.get("code"), error.get("type")] if isinstance(error, Mapping) else [body.get("code")]
    return next((value.lower() for value in stated if isinstance(value, str)), "")


def _redirected(reply: Reply) -> str:
    try:
        host = urlsplit(reply.headers.get("location", "")).netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    to = f" to {host[:200]}" if host else ""
    return (
        f"{reply.origin} redirects{to} (HTTP {reply.status}), which is not followed: name the final address in base_url"
    )


def _text(body: bytes) -> str:
    return body[:2000].decode("utf-8", errors="replace")


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None
