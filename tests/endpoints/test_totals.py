"""Faults of every kind in one run: the records add up to what the server counted, and nothing is paid for twice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.fake_server import FakeServer
    from tests.endpoints.conftest import Site

PASSING = [
    "429=0.1",
    "429-seconds=0.04",
    "500=0.1",
    "503=0.05",
    "reset=0.08",
    "torn=0.08",
    "html=0.05",
    "error-body=0.05",
]
"""Faults that a second try mends: each hits its share of the samples on their first try."""
FINAL = ["refusal=0.1", "null=0.1", "empty=0.1"]
"""Answers that cannot be used; they are not asked for again."""


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_the_records_of_a_run_with_faults_add_up_to_what_the_server_counted(
    site: Site, serve: Callable[..., FakeServer], workers: str
) -> None:
    server = serve(faults=[*PASSING, *FINAL], latency=0.02, retry_after=1)
    chat = {
        "adapter": "openai_chat",
        "base_url": f"{server.url}/v1",
        "model": "an-image-model",
        "images_out": True,
        "api_key_env": "OPENAI_API_KEY",
    }
    site.settings(models={"m": chat}, window=32)

    site.run(workers, "--medgen-run-dir=run")

    records, stats = site.records(), server.stats
    statuses = Counter(record["status"] for record in records)
    final = sum(stats.faults.get(fault.partition("=")[0], 0) for fault in FINAL)
    assert len(records) == 96
    assert statuses == {"answered": 96 - final, "invalid": final}
    assert sum(stats.faults.values()) > final > 0  # else the faults were not met
    assert sum(record["output"]["timing"]["requests"] for record in records) == stats.asked
    assert stats.answered == statuses["answered"]
    assert stats.answered_twice == 0
