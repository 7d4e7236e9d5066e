"""Limits, patience and outages: what costs a sample its time, and what does not."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.fake_server import FakeServer
    from tests.endpoints.conftest import Site


def chat(server: FakeServer, **settings: object) -> dict[str, object]:
    """A vision chat model behind the server."""
    return {
        "adapter": "openai_chat",
        "base_url": f"{server.url}/v1",
        "model": "vlm",
        "api_key_env": "OPENAI_API_KEY",
        **settings,
    }


def statuses(site: Site) -> Counter[str]:
    """How many records there are of each status."""
    return Counter(record["status"] for record in site.records())


def reasons(site: Site) -> set[str]:
    """The reasons of the records that have one."""
    return {record["reason"] for record in site.records() if record["reason"]}


def only(records: list[dict[str, Any]], name: str) -> list[Any]:
    """One field of the outputs."""
    return [record["output"].get(name) for record in records]


def test_waiting_for_a_limit_of_our_own_costs_no_sample_its_time(site: Site, serve: Callable[..., FakeServer]) -> None:
    server = serve(latency=1.2)
    site.settings(models={"m": chat(server, concurrency=1)}, timeout=2.0, window=16, limit=4, formats=["vqa"])

    site.run("--medgen-run-dir=run")

    assert statuses(site) == {"answered": 4}, reasons(site)
    assert server.stats.max_in_flight == 1
    timings = only(site.records(), "timing")
    assert max(timing["waiting"] + timing["working"] for timing in timings) > 2.0


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_requests_at_once_are_bounded_over_all_workers(
    site: Site, serve: Callable[..., FakeServer], workers: str
) -> None:
    server = serve(latency=0.1)
    site.settings(models={"m": chat(server, concurrency=4)}, window=16)

    site.run(workers, "--medgen-run-dir=run")

    assert statuses(site) == {"answered": 24}
    assert 1 < server.stats.max_in_flight <= 4


def test_a_server_with_limits_of_its_own_is_asked_more_slowly_and_answers_everything(
    site: Site, serve: Callable[..., FakeServer]
) -> None:
    server = serve(latency=0.1, max_concurrent=2)
    site.settings(models={"m": chat(server)}, window=16, limit=12, formats=["vqa"])

    site.run("--medgen-run-dir=run")

    assert statuses(site) == {"answered": 12}
    assert server.stats.limited > 0
    assert server.stats.answered == 12


def test_a_reply_after_the_deadline_is_an_error_that_says_so(site: Site, serve: Callable[..., FakeServer]) -> None:
    server = serve(faults=["hang=1,always"], hang=30)
    site.settings(models={"m": chat(server)}, timeout=1, limit=2, formats=["vqa"])

    started = time.monotonic()
    site.run("--medgen-run-dir=run")

    assert time.monotonic() - started < 20
    assert statuses(site) == {"error": 2}
    assert all("no reply within" in reason or "no answer within" in reason for reason in reasons(site)), reasons(site)


def test_a_server_that_asks_for_more_patience_than_there_is_fails_the_sample_at_once(
    site: Site, serve: Callable[..., FakeServer]
) -> None:
    server = serve(faults=["429-seconds=1,always"], retry_after=3600)
    site.settings(models={"m": chat(server)}, limit=2, formats=["vqa"])

    started = time.monotonic()
    site.run("--medgen-run-dir=run")

    assert time.monotonic() - started < 20
    (reason,) = reasons(site)
    assert "HTTP 429" in reason
    assert "asks to wait 3.6e+03 s" in reason or "asks to wait 3600 s" in reason


def test_an_outage_is_waited_out(site: Site, serve: Callable[..., FakeServer]) -> None:
    server = serve(latency=0.1)
    site.settings(models={"m": chat(server)}, window=4)

    def fail_for_a_while() -> None:
        while server.stats.answered < 6:
            time.sleep(0.01)
        server.pause()
        time.sleep(3)
        server.resume()

    outage = threading.Thread(target=fail_for_a_while)
    outage.start()
    site.run("--medgen-run-dir=run")
    outage.join()

    assert statuses(site) == {"answered": 24}


def test_an_endpoint_that_was_never_there_is_given_up_soon(site: Site) -> None:
    model = {"adapter": "openai_chat", "base_url": "http://127.0.0.1:9/v1", "model": "vlm"}
    site.settings(models={"m": model}, limit=4, formats=["vqa"])

    started = time.monotonic()
    done = site.run("--medgen-run-dir=run")

    assert time.monotonic() - started < 30
    assert done.returncode == 1
    assert statuses(site) == {"error": 4}
    assert all("127.0.0.1:9" in reason for reason in reasons(site))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"api_key_env": "NO_SUCH_KEY"}, "the environment variable NO_SUCH_KEY (api_key_env) is not set"),
        ({"base_url": "127.0.0.1:8000"}, "'base_url': an address like https://HOST/v1 is needed"),
        ({"base_url": "http://user:secret@127.0.0.1/v1"}, "'base_url': an address like https://HOST/v1 is needed"),
        ({"temprature": 0}, "unknown key 'temprature'; did you mean 'temperature'?"),
        ({"image_hosts": ["http://x"]}, "is no host"),
    ],
)
def test_settings_that_cannot_work_end_the_run_before_it_starts(
    site: Site, serve: Callable[..., FakeServer], change: dict[str, object], message: str
) -> None:
    server = serve()
    site.settings(models={"m": {**chat(server), **change}})

    done = site.run("--medgen-run-dir=run")

    assert done.returncode == 4
    assert message in done.stderr + done.stdout
    assert "secret" not in done.stderr + done.stdout
    assert not (site.path / "run").exists()
    assert server.stats.asked == 0
