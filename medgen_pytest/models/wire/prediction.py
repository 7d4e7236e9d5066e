"""Predictions: what a gateway says of one, while it is made and when it is done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from medgen_pytest.domain.output import Usage
from medgen_pytest.models.remote.reply import Reply, check_reply
from medgen_pytest.models.wire.own_address import is_own

State = Literal["made", "succeeded", "failed", "canceled", "unknown"]
"""Where a prediction is: being made, or ended in one of three ways; or in a word that nobody listed."""

_STATES: dict[str, State] = {
    **dict.fromkeys(("starting", "processing", "queued", "pending", "created", "running", "in_progress"), "made"),
    **dict.fromkeys(("succeeded", "success", "completed"), "succeeded"),
    **dict.fromkeys(("failed", "error"), "failed"),
    **dict.fromkeys(("canceled", "cancelled", "aborted"), "canceled"),
}
_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")
# Gateways say in words alone that content was withheld.
_WITHHELD = re.compile(
    r"flagged as sensitive|\bNSFW\b|\(E005\)|content (?:policy|filter|moderation)|safety (?:filter|system)|moderation"
    r"|violat\w{0,5} .{0,60}\b(?:policy|policies|guidelines)",
    re.IGNORECASE,
)
_LONGEST_ERROR = 2000


@dataclass(frozen=True, slots=True)
class Prediction:
    """A prediction as one reply tells of it."""

    reply: Reply

    @property
    def state(self) -> State:
        """Where it is; a reply without a status that has an output is done."""
        status = self.reply.fields.get("status")
        if status is None and self.output is not None:
            return "succeeded"
        return _STATES.get(status.lower(), "unknown") if isinstance(status, str) else "unknown"

    @property
    def status(self) -> str | None:
        """The gateway's own word for where it is."""
        status = self.reply.fields.get("status")
        return status[:100] if isinstance(status, str) else None

    @property
    def output(self) -> object:
        """What was made."""
        return self.reply.fields.get("output")

    @property
    def error(self) -> str | None:
        """Why it failed, as the gateway says it."""
        for key in ("error", "detail", "logs"):
            said = self.reply.fields.get(key)
            words = said.get("message") if isinstance(said, Mapping) else said
            if isinstance(words, str) and words.strip():
                return words.strip()[-_LONGEST_ERROR:] if key == "logs" else words.strip()[:_LONGEST_ERROR]
        return None

    @property
    def is_withheld(self) -> bool:
        """Whether it failed because content was refused, as far as the gateway's error says so."""
        stated = self.reply.fields.get("error")
        return isinstance(stated, str) and bool(_WITHHELD.search(stated[:_LONGEST_ERROR]))

    def address(self, action: Literal["get", "cancel"], *, base_url: str) -> str | None:
        """Where it can be looked at or cancelled: as it says, if that is at the endpoint itself; else by its id."""
        urls = self.reply.fields.get("urls")
        url = urls.get(action) if isinstance(urls, Mapping) else None
        if isinstance(url, str) and is_own(url, base_url=base_url):
            return url
        name = self.reply.fields.get("id")
        if not isinstance(name, str) or not _ID.fullmatch(name):
            return None
        return f"{base_url}/predictions/{quote(name, safe='')}{'/cancel' if action == 'cancel' else ''}"

    def usage(self, *, images: int) -> Usage:
        """What it took as far as it says; `images` are those that it is taken to make."""
        metrics = self.reply.fields.get("metrics")
        counts = metrics if isinstance(metrics, Mapping) else {}
        return Usage(
            input_tokens=_count(counts.get("input_token_count")),
            output_tokens=_count(counts.get("output_token_count")),
            images=images if self.state in ("made", "succeeded") else 0,
        )


def check_prediction(reply: Reply) -> None:
    """Raises EndpointError for a reply that tells of no prediction."""
    named = isinstance(reply.fields.get("status"), str)
    check_reply(reply, expects=("status",) if named else ("id", "output", "urls"))


def _count(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e15 else None  # noqa: PLR2004 - no number of tokens
