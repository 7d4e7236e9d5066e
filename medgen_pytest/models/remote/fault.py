"""Faults: what can go wrong with one request, and what may be done about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from medgen_pytest.models.remote.reply import Reply

FaultKind = Literal["limited", "server", "timeout", "connection", "reply", "denied", "redirect"]
"""What went wrong with a request.

- `limited`: the endpoint asks for patience (429, or an overload that it calls so);
- `server`: the endpoint failed (5xx, or an error of that sort in the body of a 200);
- `timeout`: no reply in time; the endpoint may have worked, and may want to be paid;
- `connection`: nothing reached the endpoint (refused, no such host, TLS);
- `reply`: a reply that was lost on its way or is none of the protocol's (torn, HTML, no JSON, too large);
- `denied`: the endpoint will never answer this request (other 4xx: key, path, parameters);
- `redirect`: the endpoint sends us elsewhere, where we do not go.
"""


@dataclass(eq=False)
class EndpointError(Exception):
    """One request that brought no answer. `retry_after` is what the endpoint asked to wait, in seconds.

    `reply` is what it said, where it said why it does not answer.
    """

    kind: FaultKind
    message: str
    retry_after: float | None = None
    status: int | None = None
    reply: Reply | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return self.message

    @property
    def is_paid_for(self) -> bool:
        """Whether the endpoint may want to be paid all the same."""
        return self.kind in {"timeout", "reply"}
