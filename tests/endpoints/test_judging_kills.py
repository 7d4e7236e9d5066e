"""A judged run that is killed: no judgement that was stored is asked for again, and none changes."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.endpoints.conftest import JUDGE_KEY
from tests.endpoints.judges import chat_judge, judgements_of
from tests.endpoints.killing import begin_or_resume, facts, kill_within, wait_until
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.fake_server import FakeServer
    from tests.endpoints.conftest import Site

WINDOW = 2
REPEATS = 2
SEATS = 2 * REPEATS
"""Judgements of each output."""
KILLS = 5
LATENCY = 0.3

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups are killed as POSIX does")


class Count(NamedTuple):
    """So many answers of the model and judgements: asked for, or stored."""

    answers: int
    judgements: int


def asked_of(server: FakeServer) -> Count:
    """What the server was asked for."""
    stats = server.stats
    return Count(stats.asked - stats.judged, stats.judged)


def stored_in(site: Site) -> Count:
    """What the run holds."""
    records = site.records()
    return Count(len(records), len(judgements_of(records)))


def describe(site: Site, server: FakeServer, *, window: int) -> None:
    """A model of every format and a judge, behind the same server."""
    model = {"adapter": "openai_chat", "base_url": f"{server.url}/v1", "model": "an-image-model", "images_out": True}
    site.settings(
        models={"unified": {**model, "api_key_env": JUDGE_KEY}},
        judge={**chat_judge(server, seed=1), "repeats": REPEATS},
        window=window,
    )


def test_a_run_that_is_killed_while_it_judges_asks_the_judge_for_what_is_missing_and_the_model_for_nothing(
    small_site: Site, serve: Callable[..., FakeServer]
) -> None:
    server = serve(faults=["hang=0.15,judge"], hang=60)  # on the first try alone
    describe(small_site, server, window=SAMPLES)
    process = begin_or_resume(small_site)
    wait_until(lambda: stored_in(small_site).answers == SAMPLES and stored_in(small_site).judgements > 0, process)
    kill_within(process, small_site, server, seconds=0.0)
    asked, stored = asked_of(server), stored_in(small_site)

    done = small_site.run("--medgen-resume=run")

    assert "judge_with_reference of unified: 8 of 8 judged, 0 errors" in done.stdout
    assert 0 < stored.judgements < SAMPLES * SEATS
    assert stored.judgements % SEATS == 0
    assert asked.answers == stored.answers == asked_of(server).answers == SAMPLES
    assert asked_of(server).judgements - asked.judgements == SAMPLES * SEATS - stored.judgements
    assert stored_in(small_site).judgements == SAMPLES * SEATS


@pytest.mark.slow
def test_kills_change_no_judgement_and_cost_no_more_than_was_on_its_way(
    small_site: Site, serve: Callable[..., FakeServer]
) -> None:
    server = serve(latency=LATENCY, judge_noise=2.0)
    describe(small_site, server, window=WINDOW)
    small_site.run("--medgen-run-dir=whole")
    assert asked_of(server) == (SAMPLES, SAMPLES * SEATS)
    server.reset()
    chance = random.Random(20261201)  # noqa: S311 - picks moments

    asked = stored = Count(0, 0)
    lost: list[Count] = []
    before_judges: list[int] = []  # outputs that were stored and not judged yet, at each kill
    for kill in range(KILLS):
        process = begin_or_resume(small_site, *(["-n2"] if kill % 3 == 0 else []))
        if kill % 2:  # a judgement is on its way for sure
            wait_until(lambda: server.stats.judged > asked.judgements, process)  # noqa: B023 - called in the loop alone
            moment = chance.uniform(0.0, LATENCY / 3)
        else:
            wait_until(lambda: server.stats.asked > sum(asked), process)  # noqa: B023 - called in the loop alone
            moment = chance.uniform(0.0, 2 * LATENCY)
        kill_within(process, small_site, server, seconds=moment)
        now_asked, now_stored = asked_of(server), stored_in(small_site)
        lost.append(
            Count(
                (now_asked.answers - asked.answers) - (now_stored.answers - stored.answers),
                (now_asked.judgements - asked.judgements) - (now_stored.judgements - stored.judgements),
            )
        )
        before_judges.append(now_stored.answers - now_stored.judgements // SEATS)
        asked, stored = now_asked, now_stored
    small_site.run("--medgen-resume=run")

    assert all(0 <= count.answers <= WINDOW for count in lost), lost
    assert all(0 <= count.judgements <= SEATS * room for count, room in zip(lost, before_judges, strict=True)), lost
    assert sum(count.judgements for count in lost) > 0, lost  # else no kill met a judgement on its way
    assert asked_of(server) == (
        SAMPLES + sum(count.answers for count in lost),
        SAMPLES * SEATS + sum(count.judgements for count in lost),
    )
    assert len({judgement["overall"] for judgement in judgements_of(small_site.records())}) > SAMPLES
    assert facts(small_site.records()) == facts(small_site.records("whole"))
