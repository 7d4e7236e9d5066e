"""JSON objects in files that settings lead to, like those beside weights."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def read_json_object(path: Path) -> dict[str, object]:
    """The JSON object in a file. Raises ConfigError naming the file for what cannot be read, or is no JSON object."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: not JSON: {error}") from error
    if not isinstance(read, dict):
        raise ConfigError(f"{path}: not a JSON object, but a {type(read).__name__}")
    return read
