"""Malformed judgements on demand, once or always, over real sockets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.errors import OutputError
from medgen_pytest.fake_server.fault import JUDGE_KINDS, READABLE_KINDS
from medgen_pytest.models.replies.json_reply import read_json
from tests.fake_server.asking import QUESTION, chat
from tests.fake_server.judge_asking import (
    CHAT,
    DIMENSIONS,
    compared,
    judged,
    over_every_protocol,
    picture,
    prompt,
    reply_format,
    said,
)

if TYPE_CHECKING:
    from tests.fake_server.conftest import Serve

IMAGES = compared(picture(), picture())


def repaired(text: str) -> str:
    """The question that asks for a repair: the first one, what was wrong, and the form again."""
    return f"{text}\n\nYour reply could not be read. It was:\n\n...\n\nThe form:\n\n{reply_format()}"


def spoilt(serve: Serve, kind: str) -> str:
    _, client = serve(faults=[f"{kind}=1,always"])
    return said(client, prompt(), *IMAGES)


@pytest.mark.parametrize("kind", sorted(READABLE_KINDS))
def test_a_wrapped_judgement_can_still_be_read(serve: Serve, kind: str) -> None:
    server, client = serve(faults=[f"{kind}=1"])

    text = said(client, prompt(), *IMAGES)
    plain = judged(client, prompt(), *IMAGES)

    found = read_json(text, wanted=plain.keys()).value
    assert text != json.dumps(plain)
    assert (found["scores"], found["overall"]) == (plain["scores"], plain["overall"])
    assert (found["analysis"] == plain["analysis"]) is (kind != "judge-language")
    assert [(entry.result, entry.fault) for entry in server.requests] == [("answered", kind), ("answered", None)]


@pytest.mark.parametrize("kind", ["judge-no-json", "judge-truncated", "judge-refusal"])
def test_some_replies_hold_no_judgement(serve: Serve, kind: str) -> None:
    with pytest.raises(OutputError):
        read_json(spoilt(serve, kind), wanted=["analysis", "scores", "overall"])


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("judge-slash", "9.55/10"),
        ("judge-words", "ten"),
        ("judge-out-of-scale", 11),
        ("judge-list", [9.55, 9.55]),
        ("judge-null", None),
    ],
)
def test_scores_can_be_no_scores(serve: Serve, kind: str, shown: object) -> None:
    value = json.loads(spoilt(serve, kind))

    assert type(value["overall"]) is type(shown)
    assert len({type(score) for score in (*value["scores"].values(), shown)}) == 1
    assert list(value["scores"]) == list(DIMENSIONS)
    if kind in ("judge-words", "judge-out-of-scale"):
        assert value["overall"] == shown
    assert str(value["overall"]).endswith("/10") is (kind == "judge-slash")


def test_scores_can_be_nan(serve: Serve) -> None:
    assert spoilt(serve, "judge-nan").count("NaN") == len(DIMENSIONS) + 1


def test_parts_of_a_judgement_can_be_missing(serve: Serve) -> None:
    assert list(json.loads(spoilt(serve, "judge-only-overall"))) == ["analysis", "overall"]
    assert list(json.loads(spoilt(serve, "judge-missing-dimension"))["scores"]) == list(DIMENSIONS[:-1])
    assert json.loads(spoilt(serve, "judge-empty-analysis"))["analysis"] == ""


def test_the_example_of_the_prompt_can_be_echoed(serve: Serve) -> None:
    assert spoilt(serve, "judge-echo") == reply_format()


def test_a_draft_comes_before_the_judgement_and_says_otherwise(serve: Serve) -> None:
    text = spoilt(serve, "judge-twice")

    draft, final = (json.loads(line) for line in text.splitlines() if line.startswith("{"))
    assert all(draft["scores"][name] != final["scores"][name] for name in DIMENSIONS)
    assert draft["overall"] != final["overall"]


@pytest.mark.parametrize("kind", sorted(JUDGE_KINDS))
def test_every_protocol_can_be_spoilt(serve: Serve, kind: str) -> None:
    _, client = serve(faults=[f"{kind}=1,always"])

    replies = over_every_protocol(client, prompt(), *IMAGES)

    assert len(set(replies.values())) == 1


def test_the_first_reply_can_be_malformed_and_its_repair_fine(serve: Serve) -> None:
    server, client = serve(faults=["judge-no-json=1"])

    first, second = said(client, prompt(), *IMAGES), said(client, repaired(prompt()), *IMAGES)

    assert not first.startswith("{")
    assert tuple(json.loads(second)["scores"]) == DIMENSIONS
    assert [entry.result for entry in server.requests] == ["faulted", "answered"]


def test_question_and_repair_can_be_malformed_until_it_is_asked_anew(serve: Serve) -> None:
    _, client = serve(faults=["judge-no-json=1,times=2"])
    asked = [prompt(), repaired(prompt()), prompt()]

    assert [said(client, text, *IMAGES).startswith("{") for text in asked] == [False, False, True]


def test_every_reply_can_be_malformed(serve: Serve) -> None:
    server, client = serve(faults=["judge-null=1,always"])

    for text in (prompt(), repaired(prompt()), prompt()):
        assert json.loads(said(client, text, *IMAGES))["overall"] is None
    assert dict(server.stats.faults) == {"judge-null": 3}


def test_replicates_meet_their_faults_each_for_itself(serve: Serve) -> None:
    _, client = serve(faults=["judge-no-json=1"])
    asked = [(prompt(), 0), (prompt(), 1), (repaired(prompt()), 1), (repaired(prompt()), 0)]

    found = [said(client, text, *IMAGES, seed=seed).startswith("{") for text, seed in asked]

    assert found == [False, False, True, True]


def test_a_share_of_questions_is_hit_together_with_their_repairs(serve: Serve) -> None:
    _, client = serve(faults=["judge-no-json=0.5,always"])
    texts = [prompt(captions=(), answer=str(number)) for number in range(20)]

    first = [said(client, text).startswith("{") for text in texts]
    second = [said(client, repaired(text)).startswith("{") for text in texts]

    assert first == second
    assert set(first) == {True, False}


def test_other_questions_do_not_meet_them(serve: Serve) -> None:
    server, client = serve(faults=["judge-no-json=1,always"])

    assert said(client, QUESTION)
    assert server.requests[0].fault is None


@pytest.mark.parametrize(("option", "statuses"), [("judge", [200, 503]), ("model", [503, 200])])
def test_any_fault_can_concern_the_judge_alone_or_all_but_the_judge(
    serve: Serve, option: str, statuses: list[int]
) -> None:
    _, client = serve(faults=[f"503=1,always,{option}"])

    assert [client.post(CHAT, json=chat(text)).status_code for text in (QUESTION, prompt())] == statuses


def test_a_judgement_that_max_tokens_has_cut_is_not_spoilt_too(serve: Serve) -> None:
    _, client = serve(faults=["judge-null=1,always"])

    reply = client.post(CHAT, json=chat(prompt(), max_tokens=2)).json()["choices"][0]

    assert (reply["message"]["content"], reply["finish_reason"]) == ('{"analysis": "There ', "length")
