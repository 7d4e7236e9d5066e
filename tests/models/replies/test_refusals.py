"""A refusal is told by the structure of a reply, never by its wording."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.models.replies import Refusal, find_refusal, read_finish

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "error", "candidates", "output", "code", "finish_reason", "content", "type"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


def choice(**fields: object) -> dict[str, object]:
    return {"choices": [fields]}


@pytest.mark.parametrize(
    ("body", "reason", "words"),
    [
        (choice(finish_reason="content_filter", message={"content": None}), "content_filter", None),
        (choice(finish_reason="stop", message={"refusal": "I can't."}), "refusal", "I can't."),
        (choice(message={"content": [{"type": "refusal", "refusal": "No."}]}), "refusal", "No."),
        ({"stop_reason": "refusal", "content": []}, "refusal", None),
        ({"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}, "content_filter", None),
        ({"output": [{"content": [{"type": "refusal", "refusal": "No."}]}]}, "refusal", "No."),
        ({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}, "prompt blocked: PROHIBITED_CONTENT", None),
        ({"promptFeedback": {"blockReason": "OTHER", "blockReasonMessage": "x"}}, "prompt blocked: OTHER", "x"),
        ({"candidates": [{"finishReason": "SAFETY"}]}, "SAFETY", None),
        ({"candidates": [{"finishReason": "IMAGE_SAFETY", "finishMessage": "Unable."}]}, "IMAGE_SAFETY", "Unable."),
        ({"candidates": [{"finishReason": "PROHIBITED_CONTENT"}]}, "PROHIBITED_CONTENT", None),
        ({"predictions": [{"raiFilteredReason": "58061214"}]}, "raiFilteredReason", "58061214"),
        ({"error": {"code": "content_policy_violation", "message": "m"}}, "content_policy_violation", "m"),
        ({"error": {"code": "moderation_blocked"}}, "moderation_blocked", None),
        (
            {"error": {"code": "400", "innererror": {"code": "ResponsibleAIPolicyViolation"}}},
            "ResponsibleAIPolicyViolation",
            None,
        ),
        ({"code": "DataInspectionFailed", "message": "m"}, "DataInspectionFailed", "m"),
        ({"error": {"code": "data_inspection_failed"}}, "data_inspection_failed", None),
        ({"error": {"code": "OutputImageSensitiveContentDetected"}}, "OutputImageSensitiveContentDetected", None),
        ({"error": {"code": "InputTextRiskDetection"}}, "InputTextRiskDetection", None),
        ({"status": "Content Moderated", "result": None}, "Content Moderated", None),
    ],
)
def test_each_protocol_says_so_in_its_own_way(body: object, reason: str, words: str | None) -> None:
    assert find_refusal(body) == Refusal(reason=reason, words=words)


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        "SAFETY",
        {},
        choice(finish_reason="stop", message={"content": "I'm sorry, I cannot help with that.", "refusal": None}),
        choice(finish_reason="length", message={"content": "cut"}),
        choice(message={"content": "", "refusal": " "}),
        choice(finish_reason=None),
        {"choices": []},
        {"choices": None, "candidates": "SAFETY"},
        {"promptFeedback": {"blockReason": "BLOCK_REASON_UNSPECIFIED"}},
        {"promptFeedback": {"safetyRatings": [{"probability": "LOW"}]}},
        {"candidates": [{"finishReason": "NO_IMAGE"}]},
        {"candidates": [{"finishReason": "STOP", "safetyRatings": [{"category": "SAFETY"}]}]},
        {"error": {"code": "rate_limit_exceeded", "message": "content_filter"}},
        {"error": {"code": 429}},
        {"error": "content_filter"},
        {"predictions": [{"bytesBase64Encoded": "AAAA"}]},
    ],
)
def test_words_and_failures_are_no_refusal(body: object) -> None:
    assert find_refusal(body) is None


def test_only_the_first_answer_decides() -> None:
    body = {"choices": [{"finish_reason": "stop"}, {"finish_reason": "content_filter"}]}

    assert find_refusal(body) is None


def test_a_refusal_is_one_line_for_the_outcome() -> None:
    refusal = Refusal(reason="refusal", words="I\ncan't. " + "x" * 500)

    assert refusal.problem.startswith("the model refused to answer (refusal): \"I can't. xxx")
    assert len(refusal.problem) < 260
    assert Refusal(reason="SAFETY").problem == "the model refused to answer (SAFETY)"


@settings(deadline=None)
@given(JSON)
def test_any_reply_is_read_without_an_error(body: object) -> None:
    found = find_refusal(body)

    assert found is None or "\n" not in found.problem


@pytest.mark.parametrize(
    ("reason", "meaning"),
    [
        ("stop", "complete"),
        ("STOP", "complete"),
        ("FINISH_REASON_STOP", "complete"),
        ("end_turn", "complete"),
        ("length", "cut off"),
        ("MAX_TOKENS", "cut off"),
        ("content_filter", "refused"),
        ("content-filter", "refused"),
        ("RECITATION", "refused"),
        ("SPII", "refused"),
        ("Request Moderated", "refused"),
        ("tool_calls", "unknown"),
        ("OTHER", "unknown"),
        ("NO_IMAGE", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
        (3, "unknown"),
    ],
)
def test_a_finish_reason_means_the_same_in_every_protocol(reason: object, meaning: str) -> None:
    assert read_finish(reason) == meaning
