"""The fake server: a deterministic stand-in for model endpoints on loopback, with faults on demand."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medgen_pytest.fake_server.fault import Fault as Fault
    from medgen_pytest.fake_server.journal import Entry as Entry
    from medgen_pytest.fake_server.journal import Stats as Stats
    from medgen_pytest.fake_server.server import FakeServer as FakeServer
    from medgen_pytest.fake_server.settings import FakeServerSettings as FakeServerSettings
    from medgen_pytest.fake_server.settings import fake_server_settings as fake_server_settings

_HOMES = {
    "Entry": "journal",
    "FakeServer": "server",
    "FakeServerSettings": "settings",
    "Fault": "fault",
    "Stats": "journal",
    "fake_server_settings": "settings",
}

__all__ = ["Entry", "FakeServer", "FakeServerSettings", "Fault", "Stats", "fake_server_settings"]


def __getattr__(name: str) -> object:
    # The command line reads the settings to explain itself; the server is loaded where one is wanted.
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
