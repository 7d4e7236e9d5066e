"""What the tests of judges behind servers share: their settings, and what came of asking them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.endpoints.conftest import JUDGE_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from medgen_pytest.fake_server import Entry, FakeServer

METRICS = ("judge_with_reference", "judge_without_reference")


def chat_judge(server: FakeServer, **settings: object) -> dict[str, object]:
    """A judge that is asked over the chat protocol, with a key of its own."""
    return {
        "adapter": "openai_chat",
        "base_url": f"{server.url}/v1",
        "model": "judging-vlm",
        "api_key_env": JUDGE_KEY,
        **settings,
    }


def judged_by(server: FakeServer) -> list[Entry]:
    """The requests to a judge, in the order in which they were answered."""
    return [entry for entry in server.requests if entry.kind == "judge"]


def judgements_of(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """All judgements of some records."""
    return [judgement for record in records for judgement in record.get("judgements", [])]
