"""The environment: the only module that reads it."""

from __future__ import annotations

import os
import re

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
