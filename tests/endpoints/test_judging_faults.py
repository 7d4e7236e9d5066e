"""A judge that replies with whatever judges reply with: what can be read is a score, and the rest is none."""

from __future__ import annotations

import json
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from medgen_pytest.domain.sample import Target
from medgen_pytest.fake_server import FakeServer, fake_server_settings
from medgen_pytest.fake_server.fault import JUDGE_KINDS
from tests.endpoints.conftest import JUDGE_KEY, KEY
from tests.endpoints.court import Court
from tests.endpoints.judges import METRICS, chat_judge, judged_by
from tests.judge.asking import OUTPUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.endpoints.court import Verdict

    Serve = Callable[..., FakeServer]
    Seat = Callable[..., Court]

GENERATED = "gen:instruction-editing:000001"
READ = (
    *("judge-prose", "judge-fenced", "judge-single-quotes", "judge-trailing-comma"),
    *("judge-twice", "judge-slash", "judge-language"),
)
SECOND = "\n\n[the second reply]\n\n"
ASKED_AGAIN = tuple(sorted(JUDGE_KINDS - set(READ)))


@pytest.fixture
def seat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Seat]:
    """Seats a judge of some settings."""
    monkeypatch.setenv(JUDGE_KEY, KEY)
    with ExitStack() as stack:

        def make(judge: dict[str, object], **options: int) -> Court:
            court = Court(tmp_path, judge, **options)
            stack.callback(court.close)
            return court

        yield make


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Verdict:
    """The verdict where nothing goes wrong."""
    with FakeServer(fake_server_settings({})) as server:
        court = Court(tmp_path_factory.mktemp("sound"), chat_judge(server, api_key_env=None))
        (verdict,) = court.judge(court.samples[GENERATED])
        court.close()
    return verdict


def text_of(raw: str) -> str:
    """The text of a reply of the chat protocol."""
    return str(json.loads(raw)["choices"][0]["message"]["content"])


@pytest.mark.parametrize("kind", READ)
def test_a_reply_in_another_dress_gives_the_score_that_it_holds(
    serve: Serve, seat: Seat, sound: Verdict, kind: str
) -> None:
    server = serve(faults=[f"{kind}=1,always"])
    court = seat(chat_judge(server))

    (verdict,) = court.judge(court.samples[GENERATED])

    assert verdict.said == sound.said
    assert [entry.fault for entry in judged_by(server)] == [kind, kind]
    assert {judgement.repaired for judgement in verdict.judgements} == {False}
    noted = any("tolerated in the reply" in note for score in verdict.scores.values() for note in score.notes)
    assert noted is (kind != "judge-language")


@pytest.mark.parametrize("kind", ASKED_AGAIN)
def test_what_cannot_be_read_is_asked_for_once_more_and_then_counts(
    serve: Serve, seat: Seat, sound: Verdict, kind: str
) -> None:
    server = serve(faults=[f"{kind}=1"])
    court = seat(chat_judge(server))

    (verdict,) = court.judge(court.samples[GENERATED])

    assert sorted(str(entry.fault) for entry in judged_by(server)) == ["None", "None", kind, kind]
    for judgement, expected in zip(verdict.judgements, sound.judgements, strict=True):
        second = json.loads(text_of((judgement.raw or "").partition(SECOND)[2]))
        assert judgement.repaired
        assert (judgement.overall, judgement.dimensions) == (second["overall"], second["scores"])
        assert judgement.overall == pytest.approx(expected.overall, abs=0.5)  # it differs a little by the question


@pytest.mark.parametrize("kind", ASKED_AGAIN)
def test_what_can_never_be_read_is_an_error_with_both_replies_kept_and_no_score(
    serve: Serve, seat: Seat, kind: str
) -> None:
    server = serve(faults=[f"{kind}=1,always"])
    court = seat(chat_judge(server))

    (verdict,) = court.judge(court.samples[GENERATED])

    assert server.stats.judged == 2 * len(METRICS)
    for judgement, metric in zip(verdict.judgements, METRICS, strict=True):
        first, second = (judgement.raw or "").split(SECOND)
        assert first.strip()
        assert second.strip()
        assert judgement.overall is None
        assert judgement.dimensions == {}
        assert "the judge's reply" in (judgement.reason or "")
        assert "; asked again: " in (judgement.reason or "")
        assert verdict.scores[metric].value is None
        assert str(judgement.reason) in (verdict.scores[metric].reason or "")


@pytest.mark.parametrize("kind", ["refusal", "filtered"])
def test_a_refusal_of_the_provider_is_an_error_at_once(serve: Serve, seat: Seat, kind: str) -> None:
    server = serve(faults=[f"{kind}=1,always,judge"])
    court = seat(chat_judge(server))

    (verdict,) = court.judge(court.samples[GENERATED])

    assert server.stats.judged == len(METRICS)
    assert all("the judge refused to judge" in (judgement.reason or "") for judgement in verdict.judgements)
    assert {score.value for score in verdict.scores.values()} == {None}


def schema_of(value: Any) -> Any:
    """The keys and required members of the schema of a judgement, wherever a body has it."""
    return sorted(value["properties"]), sorted(value["properties"]["scores"]["required"])


def over_http(server: FakeServer) -> dict[str, object]:
    """A judge behind an endpoint of one's own."""
    body = {"prompt": "{instruction}", "images": "{images}", "json": "{wants_json}", "schema": "{json_schema}"}
    return {"adapter": "http", "base_url": server.url, "path": "/v1/answer", "body": body, "reply": {"text": "text"}}


def over_gemini(server: FakeServer) -> dict[str, object]:
    """A judge over the protocol of Gemini."""
    return {"adapter": "gemini", "base_url": f"{server.url}/v1beta", "model": "gemini-2.5-flash"}


def over_chat(server: FakeServer) -> dict[str, object]:
    """A judge over the chat protocol."""
    return {"adapter": "openai_chat", "base_url": f"{server.url}/v1", "model": "judging-vlm"}


@pytest.mark.parametrize(
    ("judge", "schema"),
    [
        pytest.param(over_chat, lambda body: body["response_format"]["json_schema"]["schema"], id="openai_chat"),
        pytest.param(over_gemini, lambda body: body["generationConfig"]["responseSchema"], id="gemini"),
        pytest.param(over_http, lambda body: body["schema"], id="http"),
    ],
)
def test_every_protocol_asks_for_the_structure_and_reads_the_same_score(
    serve: Serve,
    seat: Seat,
    sound: Verdict,
    judge: Callable[[FakeServer], dict[str, object]],
    schema: Callable[[Any], Any],
) -> None:
    server = serve()
    court = seat({**judge(server), "api_key_env": JUDGE_KEY})

    (verdict,) = court.judge(court.samples[GENERATED])

    assert verdict.said == sound.said
    wanted = ["coherence", "consistency", "content_accuracy", "relevance", "visual_textual_alignment"]
    for entry in judged_by(server):
        assert schema_of(schema(entry.content)) == (["analysis", "overall", "scores"], wanted)
        assert sorted(entry.dimensions) == wanted
        assert entry.images == 2


def test_a_judge_that_is_busy_for_a_while_is_waited_for(serve: Serve, seat: Seat, sound: Verdict) -> None:
    server = serve(faults=["503=1,times=2,judge"])
    court = seat(chat_judge(server))

    (verdict,) = court.judge(court.samples[GENERATED])

    assert verdict.said == sound.said
    assert dict(server.stats.faults) == {"503": 2 * len(METRICS)}
    assert server.stats.answered == len(METRICS)


def test_a_judge_whose_connections_are_refused_for_a_while_is_waited_for(serve: Serve, seat: Seat) -> None:
    server = serve()
    court = seat(chat_judge(server, retries=1))
    first, *others = court.samples.values()
    court.judge(first)
    server.pause()
    back = threading.Timer(1.2, server.resume)
    back.start()

    verdicts = court.judge(*others)

    back.join()
    assert {score.reason for verdict in verdicts for score in verdict.scores.values()} == {None}
    assert server.stats.answered == len(METRICS) * len(court.samples)
    assert server.stats.answered_twice == 0


def test_a_judge_that_is_too_slow_is_an_error_that_names_its_setting(serve: Serve, seat: Seat) -> None:
    server = serve(faults=["hang=1,always,judge"], hang=30)
    court = seat(chat_judge(server, timeout=0.5))

    started = time.monotonic()
    verdicts = court.judge(*court.samples.values())

    assert time.monotonic() - started < 15
    reasons = [str(score.reason) for verdict in verdicts for score in verdict.scores.values()]
    assert [reason for reason in reasons if "judge.timeout" not in reason] == []


def test_a_judge_that_gives_nothing_but_errors_is_asked_no_more_and_the_reason_names_the_judge(
    serve: Serve, seat: Seat
) -> None:
    server = serve(key="another key")
    court = seat(chat_judge(server), most_errors=len(METRICS))
    first, second, *_ = court.samples.values()
    court.judge(first)

    (verdict,) = court.judge(second)

    assert server.stats.asked == len(METRICS)
    for score in verdict.scores.values():
        assert score.value is None
        assert "not asked: the last 2 answers of the judge were errors, the latest: " in (score.reason or "")
        assert "HTTP 401" in (score.reason or "")


def test_waiting_for_the_limits_of_the_judge_costs_no_judgement_its_time(serve: Serve, seat: Seat) -> None:
    server = serve(latency=0.1)
    court = seat(chat_judge(server, timeout=1.2, concurrency=1))

    started = time.monotonic()
    verdicts = court.judge(*court.samples.values())

    assert time.monotonic() - started > 1.5
    assert server.stats.max_in_flight == 1
    assert {score.reason for verdict in verdicts for score in verdict.scores.values()} == {None}


def test_an_output_without_a_reference_is_judged_by_its_input_alone(serve: Serve, seat: Seat, sound: Verdict) -> None:
    server = serve()
    court = seat(chat_judge(server))
    sample = replace(court.samples[GENERATED], target=Target())

    (verdict,) = court.judge(sample)

    with_reference, without_reference = (verdict.scores[metric] for metric in METRICS)
    assert with_reference.value is None
    assert "has no reference to judge by" in (with_reference.reason or "")
    assert verdict.said[1] == sound.said[1]
    assert without_reference.value is not None
    assert server.stats.judged == 1
    assert str(OUTPUT.text) in str(judged_by(server)[0].content)
