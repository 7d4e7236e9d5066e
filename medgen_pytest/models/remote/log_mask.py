"""The log mask: keeps keys and signed addresses out of what HTTP libraries log."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from medgen_pytest.config.secrets import MASK, Secrets, without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterable

_LOGGERS = (
    "httpx",
    "httpx2",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "httpcore2.connection",
    "httpcore2.http11",
    "httpcore2.http2",
    "httpcore2.proxy",
    "openai",
    "openai._base_client",
)
_QUERY = re.compile(r"(https?://[^\s\"'?]*\?)[^\s\"']*")


class LogMask(logging.Filter):
    """Masks values, and the queries of addresses, in the records of HTTP libraries, from now until it is removed.

    A library logs with loggers of its own, before any handler: a handler of the user's never sees more.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = Secrets([{"key": value} for value in secrets])
        for name in _LOGGERS:
            logging.getLogger(name).addFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record through, masked."""
        text = self._secrets.mask(_QUERY.sub(rf"\g<1>{MASK}", record.getMessage()))
        record.msg, record.args = without_secrets(text), None
        return True

    def remove(self) -> None:
        """Stops masking."""
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(self)
