"""Control: the paths under `/_fake/`, which tell what was asked and change the server; no request of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.fake_server.fields import read_json
from medgen_pytest.fake_server.message import RequestError, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.fake_server.message import HttpReply, HttpRequest
    from medgen_pytest.fake_server.service import Service

_PREFIX = "/_fake/"
_LONGEST_PAUSE = 600.0


def is_control_path(path: str) -> bool:
    """Whether a path is one of these."""
    return path.startswith(_PREFIX)


def control_reply(request: HttpRequest, service: Service, *, pause_for: Callable[[float], None]) -> HttpReply:
    """The reply to a request of control."""
    name = f"{request.method} {request.path.removeprefix(_PREFIX)}"
    if name == "GET requests":
        return json_reply([entry.to_plain() for entry in service.journal.entries])
    if name == "GET stats":
        return json_reply(service.stats().to_plain())
    if name == "POST reset":
        service.reset()
        return json_reply({"reset": True})
    if name == "POST pause":
        return _pause(request, pause_for)
    known = "GET requests, GET stats, POST reset, POST pause"
    return json_reply({"error": f"no control {name!r}; known: {known}"}, status=404)


def _pause(request: HttpRequest, pause_for: Callable[[float], None]) -> HttpReply:
    try:
        seconds = read_json(request).values.get("seconds")
    except RequestError as problem:
        return json_reply({"error": problem.message}, status=problem.status)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= _LONGEST_PAUSE:
        return json_reply({"error": f"seconds: expected a number from 0 to {_LONGEST_PAUSE:g}"}, status=400)
    pause_for(float(seconds))
    return json_reply({"paused": seconds})
