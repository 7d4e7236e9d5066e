"""Replies over HTTP: which are answers, and what kind of fault the others are."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.models.remote.fault import EndpointError
from medgen_pytest.models.remote.reply import Reply, check_reply, retry_after, stated_error


def reply(value: object, *, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Reply(status, headers or {}, body, "host:80")


def fault(value: object, *, status: int = 200, headers: dict[str, str] | None = None) -> EndpointError:
    with pytest.raises(EndpointError) as caught:
        check_reply(reply(value, status=status, headers=headers), expects=("choices", "data"))
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_reply_with_what_is_expected_is_an_answer() -> None:
    check_reply(reply({"choices": []}), expects=("choices",))
    check_reply(reply({"data": None}, status=201), expects=("choices", "data"))


def test_a_refusal_is_an_answer_whatever_its_status() -> None:
    check_reply(reply({"error": {"code": "content_policy_violation"}}, status=400), expects=("choices",))
    check_reply(reply({"choices": [{"finish_reason": "content_filter"}]}), expects=("choices",))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "denied"),
        (401, "denied"),
        (403, "denied"),
        (404, "denied"),
        (408, "server"),
        (409, "server"),
        (413, "denied"),
        (422, "denied"),
        (425, "server"),
        (429, "limited"),
        (500, "server"),
        (503, "server"),
        (529, "limited"),
        (301, "redirect"),
        (307, "redirect"),
    ],
)
def test_each_status_is_a_kind_of_fault(status: int, kind: str) -> None:
    found = fault({"error": {"message": "Why."}}, status=status)

    assert (found.kind, found.status) == (kind, status)
    assert kind == "redirect" or str(found) == f"host:80 answered with HTTP {status}: 'Why.'"


def test_a_quota_that_is_used_up_does_not_pass() -> None:
    assert fault({"error": {"code": "insufficient_quota"}}, status=429).kind == "denied"


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b"", "reply", "an empty body"),
        (b"<html><body>Sign in</body>", "reply", "no JSON object: '<html><body>Sign in</body>'"),
        (b"[1]", "reply", "no JSON object: '[1]'"),
        (b"[" * 100_000, "reply", "no JSON object"),
        ({"id": 1}, "reply", "JSON without 'choices' or 'data'"),
        ({"error": {"message": "Busy.", "code": 500}}, "server", "an error: 'Busy.'"),
        ({"error": {"message": "Slow down.", "code": 429}}, "limited", "an error: 'Slow down.'"),
        ({"error": {"message": "Slow down.", "type": "rate_limit_exceeded"}}, "limited", "'Slow down.'"),
        ({"error": {"message": "No.", "code": "400"}}, "denied", "'No.'"),
        ({"error": "Broken."}, "server", "'Broken.'"),
        ({"message": "Lost.", "code": 404}, "denied", "'Lost.'"),
        ({"detail": [{"msg": "wrong"}]}, "server", "wrong"),
    ],
)
def test_a_200_that_is_no_answer_says_what_it_is(body: object, kind: str, message: str) -> None:
    found = fault(body)

    assert found.kind == kind
    assert message in str(found)


def test_a_redirect_names_the_host_alone() -> None:
    found = fault(b"", status=302, headers={"location": "https://me:pw@other.example/login?token=abc"})

    assert "redirects to other.example (HTTP 302)" in str(found)
    assert "abc" not in str(found)
    assert "pw" not in str(found)


def test_an_address_in_an_error_is_shown_without_its_query() -> None:
    assert "abc" not in str(fault({"error": {"message": "see https://h/x?sig=abc"}}, status=500))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": ""}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "9", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
    ],
)
def test_the_wait_that_is_asked_for_is_read(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_a_date_is_the_time_until_then() -> None:
    when = datetime.now(timezone.utc) + timedelta(seconds=90)

    found = retry_after({"retry-after": format_datetime(when, usegmt=True)})

    assert found == pytest.approx(90, abs=2)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"error": {"message": "a", "code": "b"}}, "a"),
        ({"error": {"code": "b"}}, "b"),
        ({"error": "c"}, "c"),
        ({"message": "d"}, "d"),
        ({"detail": "e"}, "e"),
        ({"detail": [{"loc": 1}]}, '[{"loc": 1}]'),
        ({"title": "f"}, "f"),
        ({"error": None, "id": 1}, None),
    ],
)
def test_the_words_of_an_error_are_found_in_every_shape(body: dict[str, object], message: str | None) -> None:
    assert stated_error(body) == message


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "code", "message", "choices", "status"]), inner)
    ),
    max_leaves=12,
)


@given(_JSON | st.binary(max_size=40), st.integers(200, 599))
def test_any_reply_is_an_answer_or_a_fault(value: object, status: int) -> None:
    with contextlib.suppress(EndpointError):
        check_reply(reply(value, status=status), expects=("choices",))
