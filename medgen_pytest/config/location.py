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


def check_place(*, root: Path, here: Path) -> None:
    """Raises ConfigError where a `medgen.yaml` lies where the command is typed, but is not the one that counts.

    `root` is the folder that settings are looked up in, `here` where the command is typed.
    """
    unread = find_config(here)
    if unread is None or here.resolve() == root.resolve():
        return
    from medgen_pytest.errors import ConfigError

    raise ConfigError(
        f"{unread} is not read: settings are looked up in pytest's root folder, which is {root}; name the file that"
        f" counts, --medgen-config={CONFIG_NAME} for this one, or make {here} a root folder by a pytest.ini in it"
    )
