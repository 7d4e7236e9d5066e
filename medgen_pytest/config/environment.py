"""The environment: the only module that reads it."""

from __future__ import annotations

import os
import re
from pathlib import Path

from medgen_pytest.errors import ConfigError

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def expand(text: str) -> str:
    """A text with each `${NAME}` replaced by that variable of the environment.

    Raises ConfigError for a variable that is not set.
    """
    return _VARIABLE.sub(_value, text)


def _value(match: re.Match[str]) -> str:
    name = match[1]
    value = os.environ.get(name)  # noqa: TID251 - this is the module that may
    if value is None:
        raise ConfigError(f"the environment variable {name} is not set")
    return value


def torch_home() -> Path:
    """Where torch keeps weights: TORCH_HOME, or `torch` below XDG_CACHE_HOME, by default ~/.cache."""
    named = os.environ.get("TORCH_HOME")  # noqa: TID251 - this is the module that may
    return Path(named or "~/.cache/torch").expanduser()


def hub_cache() -> Path:
    """Where the Hugging Face hub keeps models."""
    named = os.environ.get("HF_HUB_CACHE")  # noqa: TID251 - this is the module that may
    return Path(named or "~/.cache/huggingface/hub").expanduser()
