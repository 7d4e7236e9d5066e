"""Where the settings file lies; looked up in every session, so this module loads nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CONFIG_NAME = "medgen.yaml"


def find_config(folder: Path) -> Path | None:
    """The `medgen.yaml` of a folder, if it has one."""
    path = folder / CONFIG_NAME
    return path if path.is_file() else None
