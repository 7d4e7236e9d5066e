"""Every row of the paper's Table 3, run over the small copy of the benchmark against the protocols' stand-in."""

from __future__ import annotations

import re
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from medgen_pytest.fake_server import FakeServer, fake_server_settings
from medgen_pytest.models.catalogue.systems import load_catalogue
from tests.endpoints.conftest import KEY, KEYS, ROOT, Site

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from medgen_pytest.fake_server import Entry

pytestmark = pytest.mark.slow

CATALOGUE = load_catalogue()
ENTRIES = sorted({row.entry for row in CATALOGUE.table3})
ROWS = [pytest.param(row.format.value, row.entry, id=f"{row.format.value}-{row.entry}") for row in CATALOGUE.table3]
SAMPLES = {"vqa": 24, "image_editing": 36, "multimodal_generation": 36}
IN_WORDS: Mapping[str, dict[str, object]] = {"ming-univision": {"images": "base64"}}
"""What a stand-in program asks its settings for."""
PROGRAMS = ROOT / "tests" / "models" / "process" / "stand_ins"


class Table:
    """One run of all entries: the records, and the requests that the server saw."""

    def __init__(self, records: list[dict[str, Any]], requests: tuple[Entry, ...]) -> None:
        self.records = records
        self.requests = [request for request in requests if request.kind == "ask"]

    def of_row(self, form: str, entry: str) -> list[dict[str, Any]]:
        """The records of a row."""
        return [record for record in self.records if record["model"] == entry and record["format"] == form]

    def at(self, endpoint: str, model: str) -> list[Entry]:
        """The requests that one model got at one endpoint."""
        return [
            request for request in self.requests if request.endpoint == endpoint and model in str(request.to_plain())
        ]


def entry_settings(entry: str, server: FakeServer) -> dict[str, object]:
    """The entry with the server in place of its provider, or with the stand-in program."""
    settings: dict[str, object] = {
        "adapter": "catalog",
        "entry": entry,
        "endpoints": {
            "openai": f"{server.url}/v1",
            "dashscope": f"{server.url}/v1",
            "local": f"{server.url}/v1",
            "ark": f"{server.url}/api/v3",
            "google": f"{server.url}/v1beta",
        },
        "keys": {"local": "OPENAI_API_KEY"},
    }
    (first, *_) = CATALOGUE.members(entry)
    if CATALOGUE.systems[first].needs == "command":
        program = PROGRAMS / f"{entry.replace('-', '_')}.py"
        settings["settings"] = {"command": [sys.executable, str(program)], **IN_WORDS.get(entry, {})}
    return settings


@pytest.fixture(scope="module")
def table(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    """All entries, each asked the formats of its rows, in one run."""
    site = Site(tmp_path_factory.mktemp("table3"), shared / "data" / "medgen-mini", dict.fromkeys(KEYS, KEY))
    with FakeServer(fake_server_settings({"key": KEY, "image_answer": "echo"})) as server:
        site.settings(models={entry: entry_settings(entry, server) for entry in ENTRIES})
        # Nearly all fail, and nobody reads why.
        done = site.run("-n2", "-q", "--no-header", "--tb=no", "-r", "N", "--medgen-run-dir=run", seconds=900)
        assert done.returncode in (0, 1), done.stdout[-3000:] + done.stderr[-3000:]
        assert server.stats.refused == 0, [entry.problem for entry in server.requests if entry.problem][:5]
        yield Table(site.records(), server.requests)


def test_there_are_twenty_five_rows() -> None:
    assert len(ROWS) == 25


@pytest.mark.parametrize(("form", "entry"), ROWS)
def test_every_sample_of_a_row_is_answered(table: Table, form: str, entry: str) -> None:
    records = table.of_row(form, entry)

    assert len(records) == SAMPLES[form]
    assert Counter((record["status"], record["reason"]) for record in records) == {("answered", None): SAMPLES[form]}


WIRE: Mapping[str, tuple[str, str]] = {
    "openai_chat": (r"/v1/chat/completions", "authorization"),
    "openai_images_edit": (r"/v1/images/edits", "authorization"),
    "openai_images": (r"/v1/images/generations", "authorization"),
    "ark_images": (r"/api/v3/images/generations", "authorization"),
    "gemini": (r"/v1beta/models/gemini-2\.5-flash(-image)?:generateContent", "x-goog-api-key"),
    "imagen": (r"/v1beta/models/imagen-4\.0-fast-generate-001:predict", "x-goog-api-key"),
}


def test_requests_go_where_the_protocols_say_with_the_key_where_it_belongs(table: Table) -> None:
    seen = {request.endpoint for request in table.requests}

    assert seen <= set(WIRE), seen
    for request in table.requests:
        path, header = WIRE[request.endpoint]
        assert request.method == "POST"
        assert re.fullmatch(path, request.path), request.path
        assert header in {name.lower() for name in request.headers}
        assert KEY not in str(request.to_plain())


def test_nothing_is_asked_twice(table: Table) -> None:
    assert {request.attempt for request in table.requests if request.result != "answered"} == set()
