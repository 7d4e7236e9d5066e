"""Thresholds on a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable


def parse_thresholds(texts: Iterable[str], *, flag: str) -> dict[str, float]:
    """The thresholds that texts like `ssim=0.8` mean; of two for one metric the last holds.

    Raises ConfigError for another form.
    """
    return dict(_parse(text, flag=flag) for text in texts)


def _parse(text: str, *, flag: str) -> tuple[str, float]:
    metric, _, value = text.partition("=")
    try:
        if metric.strip():
            return metric.strip(), float(value)
    except ValueError:
        pass
    raise ConfigError(f"{flag} {text}: write METRIC=VALUE, like ssim=0.8")
