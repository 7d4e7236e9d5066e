"""Runs that are killed: begun or resumed, ended with the whole process group, and what stays then."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterable, Mapping

    from medgen_pytest.fake_server import FakeServer
    from tests.endpoints.conftest import Site

_STILL = 0.2
"""Seconds in which nothing changes any more when everything has ended."""


def facts(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The records without what differs from run to run: when, by whom, and how long it took."""
    changing = {"finished", "worker"}
    timed = {"seconds", "timing", "raw"}
    return [
        {
            **{name: value for name, value in record.items() if name not in changing},
            "output": {name: value for name, value in record["output"].items() if name not in timed},
            "judgements": [
                {name: value for name, value in judgement.items() if name not in {*changing, *timed}}
                for judgement in record.get("judgements", [])
            ],
        }
        for record in records
    ]


def begin_or_resume(site: Site, *arguments: str) -> subprocess.Popen[bytes]:
    """The run `run`, begun or resumed."""
    begun = (site.path / "run" / "run.json").exists()
    return site.start("--medgen-resume=run" if begun else "--medgen-run-dir=run", *arguments)


def kill_within(process: subprocess.Popen[bytes], site: Site, server: FakeServer, *, seconds: float) -> None:
    """Kills a process group after so many seconds, unless it ends before, and waits until nothing comes of it."""
    moment = time.monotonic() + seconds
    while time.monotonic() < moment and process.poll() is None:
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
    process.wait()
    # Workers may end a little later, and what they had sent and written last may come later still.
    seen = None
    while server.stats.in_flight or seen != (seen := _traces(site, server)):
        time.sleep(_STILL)


def wait_until(happened: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Waits until something has happened, or the process has ended."""
    while not happened() and process.poll() is None:
        time.sleep(0.01)


def _traces(site: Site, server: FakeServer) -> tuple[int, int]:
    """How often the server was asked, and how much the run holds."""
    return server.stats.asked, sum(path.stat().st_size for path in (site.path / "run").glob("results-*.jsonl"))
