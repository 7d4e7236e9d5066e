"""A run that is killed over and over: nothing is lost, and nothing is paid for again that was there."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING

import pytest

from tests.endpoints.killing import begin_or_resume, facts, kill_within, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.fake_server import FakeServer
    from tests.endpoints.conftest import Site

WINDOW = 4
KILLS = 12
SAMPLES = 96

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="process groups are killed as POSIX does"),
]


def settings_of(site: Site, server: FakeServer) -> None:
    """One model that answers every format with text and image."""
    model = {
        "adapter": "openai_chat",
        "base_url": f"{server.url}/v1",
        "model": "an-image-model",
        "images_out": True,
        "api_key_env": "OPENAI_API_KEY",
    }
    site.settings(models={"unified": model}, window=WINDOW)


def test_kills_change_no_record_and_cost_no_more_than_was_on_its_way(
    site: Site, serve: Callable[..., FakeServer]
) -> None:
    server = serve(latency=0.15)
    settings_of(site, server)
    undisturbed = site.run("--medgen-run-dir=whole")
    assert undisturbed.returncode in (0, 1), undisturbed.stdout[-3000:]
    assert server.stats.answered == SAMPLES
    server.reset()
    chance = random.Random(20261124)  # noqa: S311 - picks moments

    asked = recorded = 0
    lost: list[int] = []
    for kill in range(KILLS):
        process = begin_or_resume(site, *(["-n2"] if kill % 3 == 0 else []))
        if kill % 5:  # the others are killed while they start
            wait_until(lambda: server.stats.asked > asked, process)  # noqa: B023 - called within the loop alone
        kill_within(process, site, server, seconds=chance.uniform(0.0, 0.4))
        now_asked, now_recorded = server.stats.asked, len(site.records())
        lost.append((now_asked - asked) - (now_recorded - recorded))
        asked, recorded = now_asked, now_recorded
    last = site.run("--medgen-resume=run")

    assert last.returncode in (0, 1), last.stdout[-3000:]
    assert all(0 <= number <= WINDOW for number in lost), lost
    assert sum(lost) > 0  # else no kill met a request on its way
    assert server.stats.asked == SAMPLES + sum(lost)
    assert facts(site.records()) == facts(site.records("whole"))
