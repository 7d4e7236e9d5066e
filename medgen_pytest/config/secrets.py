"""Secrets: settings whose names say so, kept out of everything that is written or said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MASK = "***"
_NAME = re.compile(r"key|token|secret|passw|passphrase|credential|auth(?!ors?\Z)|bearer|cookie", re.IGNORECASE)
_COUNT = re.compile(r"tokens\Z", re.IGNORECASE)
_IN_TEXTS = (
    (re.compile(r"(?<=://)[^/@\s]+(?=@)"), MASK),
    (re.compile(r"([?&][^=&\s]*(?:key|token|secret|sig|auth)[^=&\s]*=)[^&\s]+", re.IGNORECASE), rf"\g<1>{MASK}"),
    (re.compile(r"(\bbearer\s+)\S+", re.IGNORECASE), rf"\g<1>{MASK}"),
)
_SHORTEST = 6
"""Shorter values are words that stand in texts for other reasons."""


class Secrets:
    """The values that a run's settings keep secret, found by the names of their keys."""

    def __init__(self, settings: Iterable[object] = ()) -> None:
        values = {value for part in settings for value in secret_values(part) if len(value) >= _SHORTEST}
        # The longest first: one secret may be the beginning of another.
        self._values = tuple(sorted(values, key=len, reverse=True))

    def __bool__(self) -> bool:
        return bool(self._values)

    def mask(self, text: str) -> str:
        """The text without any of the values."""
        for value in self._values:
            text = text.replace(value, MASK)
        return text


def secret_values(settings: object) -> tuple[str, ...]:
    """The values within settings that are secret by the name of their key, or by a name above it.

    >>> secret_values({"X-Gateway-Token": "t-81", "X-Department": "radiology"})
    ('t-81',)
    """
    return tuple(_values(settings))


def without_secrets(value: object) -> object:
    """A value with everything masked whose name says that it is a secret, and secrets within addresses."""
    if isinstance(value, Mapping):
        return {key: MASK if _is_secret(str(key), item) else without_secrets(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(item) for item in value]
    if isinstance(value, str):
        for pattern, mask in _IN_TEXTS:
            value = pattern.sub(mask, value)
    return value


def _is_secret(name: str, value: object) -> bool:
    # `api_key_env` names a variable, and `max_tokens: 512` is a setting that can change a number.
    is_count = bool(_COUNT.search(name)) and isinstance(value, int | float)
    return value is not None and bool(_NAME.search(name)) and not name.endswith("_env") and not is_count


def _values(value: object, *, secret: bool = False) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _values(item, secret=secret or _is_secret(str(key), item))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _values(item, secret=secret)
    elif secret and isinstance(value, str | int | float):
        yield str(value)
