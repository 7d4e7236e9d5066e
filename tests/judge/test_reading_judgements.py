"""A judge's reply is read as it was meant or not at all: no score is guessed, and every reason says what is wrong."""

from __future__ import annotations

import json
import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.errors import JudgementError
from medgen_pytest.judge.reading import Reading, read_judgement

DIMENSIONS = ("content_accuracy", "relevance", "visual_textual_alignment")
SCORES = {"content_accuracy": 8, "relevance": 7.5, "visual_textual_alignment": 9}
ANALYSIS = "The nodule in the left lower lobe is shown, its size is not."


def reply(*, scores: object = SCORES, **others: object) -> str:
    return json.dumps({"analysis": ANALYSIS, "scores": scores, "overall": 8, **others})


def read(text: str, *, high: float = 10) -> Reading:
    return read_judgement(text, dimensions=DIMENSIONS, low=1, high=high, overall="asked")


def reason(text: str, *, high: float = 10) -> str:
    with pytest.raises(JudgementError) as caught:
        read(text, high=high)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert len(message) < 600
    return message


PLAIN = reply()


def test_a_reply_as_it_was_asked_for_is_read() -> None:
    assert read(PLAIN) == Reading(analysis=ANALYSIS, scores=SCORES, overall=8)


def test_scores_stand_in_the_order_of_the_rubric() -> None:
    turned = dict(reversed(SCORES.items()))

    assert tuple(read(reply(scores=turned)).scores) == DIMENSIONS


WRAPPED = {
    "prose": (f"Here is my judgement:\n{PLAIN}\nI hope it helps.", {"text before", "text after"}),
    "a fence": (f"```json\n{PLAIN}\n```", {"code fence"}),
    "single quotes": (PLAIN.replace('"', "'"), {"single quotes"}),
    "trailing commas": (PLAIN.replace("}", ",}"), {"trailing comma"}),
    "a comment": (PLAIN.replace('"overall"', '/* as a whole */ "overall"'), {"comment"}),
    "a list of one": (f"[{PLAIN}]", {"text before", "text after"}),
    "reasoning": (f"<think>Perhaps {reply(overall=2)}?</think>{PLAIN}", set()),
    "reasoning begun in the prompt": (f"Perhaps {reply(overall=2)}?</think>\n{PLAIN}", set()),
    "a draft before": (f"{reply(overall=2)}\nOn reflection:\n{PLAIN}", {"several objects", "text before"}),
    "an object after that does not judge": (PLAIN + '\n{"confidence": 0.7}', {"several objects", "text after"}),
    "braces in the prose": (f"Of {{x}} and \\frac{{8}}{{10}}: {PLAIN}", {"text before"}),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_what_a_reply_is_wrapped_in_is_tolerated_and_told(name: str) -> None:
    text, tolerated = WRAPPED[name]

    found = read(text)

    assert (found.analysis, found.scores, found.overall) == (ANALYSIS, SCORES, 8)
    assert set(found.tolerated) == tolerated


SPELT = {
    "a number as text": ("8", "content_accuracy: the text '8' read as 8"),
    "a number as text with blanks": (" 8.0\n", "content_accuracy: the text '8.0' read as 8"),
    "out of the top of the scale": ("8/10", "content_accuracy: the text '8/10' read as 8"),
    "out of the top of the scale, spaced": ("8.0 / 10", "content_accuracy: the text '8.0 / 10' read as 8"),
    "with its reason": ({"score": 8, "reason": "right"}, "content_accuracy: the member 'score' of an object read"),
}


@pytest.mark.parametrize("name", SPELT)
def test_a_plain_number_in_another_dress_is_read_and_told(name: str) -> None:
    value, note = SPELT[name]

    found = read(reply(scores={**SCORES, "content_accuracy": value}))

    assert found.scores == SCORES
    assert note in found.tolerated


@pytest.mark.parametrize(
    "key",
    [
        "Visual-Textual Alignment",
        "VISUAL_TEXTUAL_ALIGNMENT",
        "visual textual alignment",
        " Visual\u2011textual-alignment",
    ],
)
def test_the_spelling_of_a_dimension_does_not_matter(key: str) -> None:
    scores = {(key if name == "visual_textual_alignment" else name): value for name, value in SCORES.items()}

    found = read(reply(scores=scores))

    assert found.scores == SCORES
    assert any(note.endswith("read as visual_textual_alignment") for note in found.tolerated)


def test_further_dimensions_are_left_out_and_told() -> None:
    found = read(reply(scores={**SCORES, "elegance": 2}, confidence=0.4))

    assert found.scores == SCORES
    assert "ignored: 'confidence, elegance'" in found.tolerated


def test_scores_beside_the_analysis_are_read_and_told() -> None:
    found = read(json.dumps({"analysis": ANALYSIS, **SCORES, "Overall Score": 8}))

    assert (found.scores, found.overall) == (SCORES, 8)
    assert "the scores stand beside the analysis, not within 'scores'" in found.tolerated


def test_an_overall_score_among_the_others_is_read() -> None:
    found = read(json.dumps({"analysis": ANALYSIS, "scores": {**SCORES, "overall": 8}}))

    assert (found.scores, found.overall) == (SCORES, 8)


def test_an_analysis_after_the_scores_is_told() -> None:
    found = read(json.dumps({"scores": SCORES, "overall": 8, "analysis": ANALYSIS}))

    assert "the analysis does not come first" in found.tolerated


@pytest.mark.parametrize("overall", [2, 10])
def test_an_overall_score_beyond_all_dimensions_stands_and_is_told(overall: int) -> None:
    found = read(reply(overall=overall))

    assert found.overall == overall
    assert f"overall {overall} lies outside its dimensions, 7.5 to 9" in found.tolerated


def test_a_reply_in_another_language_is_read_by_its_keys() -> None:
    text = json.dumps({"analysis": "结节位置正确。", "scores": SCORES, "overall": 8}, ensure_ascii=False)

    assert read(text).analysis == "结节位置正确。"


def test_an_analysis_may_quote_the_marks_of_reasoning() -> None:
    text = json.dumps({"analysis": "The answer writes </think> and <think>.", "scores": SCORES, "overall": 8})

    assert read(text).analysis == "The answer writes </think> and <think>."


def test_the_mean_is_made_of_the_dimensions_alone() -> None:
    found = read_judgement(reply(overall="ten"), dimensions=DIMENSIONS, low=1, high=10, overall="mean")

    assert found.overall == pytest.approx((8 + 7.5 + 9) / 3)


def test_the_lowest_is_made_of_the_dimensions_alone() -> None:
    text = json.dumps({"analysis": ANALYSIS, "scores": SCORES})

    assert read_judgement(text, dimensions=DIMENSIONS, low=1, high=10, overall="lowest").overall == 7.5


VALUES = {
    "a word": ('"eight"', "is 'eight', which is no number"),
    "a bare word": ("eight", "a value is due, not 'eight"),
    "NaN": ("NaN", "is NaN, which is no number"),
    "NaN as text": ('"NaN"', "is 'NaN', which is no number"),
    "infinity": ("Infinity", "is Infinity, outside the scale from 1 to 10"),
    "a number too large to hold": ("1e999", "is Infinity, outside the scale from 1 to 10"),
    "a number of many digits": ("9" * 400, "outside the scale from 1 to 10"),
    "true": ("true", "is true, which is no number"),
    "null": ("null", "is null, which is no number"),
    "a list": ("[8]", "is [8], which is no number"),
    "an object without a score": ('{"points": 8}', 'is {"points": 8}, which is no number'),
    "an object in an object": ('{"score": {"score": 8}}', "which is no number"),
    "a score that is a word": ('{"score": "eight"}', "is 'eight', which is no number"),
    "two scores": ('{"score": 8, "Score": 3}', "which is no number"),
    "above the scale": ("11", "is 11, outside the scale from 1 to 10"),
    "below the scale": ("0", "is 0, outside the scale from 1 to 10"),
    "just above the scale": ("10.000001", "is 10.000001, outside the scale from 1 to 10"),
    "text above the scale": ('"11"', "outside the scale from 1 to 10"),
    "out of five": ('"8/5"', "is '8/5', which is not out of 10"),
    "out of a hundred": ('"80/100"', "is '80/100', which is not out of 10"),
    "a bare fraction": ("8/10", "',' or '}' is due"),
    "out of ten in words": ('"8 out of 10"', "is '8 out of 10', which is no number"),
    "a range": ('"7-8"', "is '7-8', which is no number"),
    "about": ('"~8"', "is '~8', which is no number"),
    "a decimal comma": ('"8,5"', "is '8,5', which is no number"),
    "digits of another script": ('"\uff18"', "is '\uff18', which is no number"),
    "a number and more": ('"8 (good)"', "is '8 (good)', which is no number"),
    "empty text": ('""', "is '', which is no number"),
    "a placeholder": ('"<number>"', "is '<number>', which is no number"),
    "a bare placeholder": ("<number>", "a value is due, not '<number>"),
    "a long text": (f'"{"x" * 5000}"', "xxx...', which is no number"),
}


@pytest.mark.parametrize("part", ["relevance", "overall"])
@pytest.mark.parametrize("name", VALUES)
def test_what_is_no_score_is_named_and_shown(name: str, part: str) -> None:
    value, expected = VALUES[name]
    text = reply(scores={**SCORES, "relevance": "@"}) if part == "relevance" else reply(overall="@")

    message = reason(text.replace('"@"', value))

    assert expected in message
    assert part in message or "JSON of the reply is broken" in message


def test_a_fraction_counts_only_on_its_own_scale() -> None:
    assert "is '8/10', which is not out of 5" in reason(
        reply(scores=dict.fromkeys(DIMENSIONS, "8/10"), overall=4), high=5
    )


BROKEN = {
    "nothing": ("", "the reply is empty"),
    "blanks": (" \n", "the reply is empty"),
    "prose": ("Content accuracy: 8\nOverall: 8", "no JSON object in the reply: 'Content accuracy: 8 Overall: 8'"),
    "a refusal": ("I'm sorry, but I can't judge medical images.", "the judge refused: "),
    "a refusal as JSON": ('{"refusal": "I cannot"}', "no 'scores' in the JSON of the reply; its keys: 'refusal'"),
    "an empty object": ("{}", "no 'scores' in the JSON of the reply; its keys: none"),
    "no object but a list": ("[8, 7, 9]", "no JSON object in the reply: '[8, 7, 9]'"),
    "only an overall score": ('{"overall": 8}', "no 'scores' in the JSON of the reply; its keys: 'overall'"),
    "only an overall score and words": (
        json.dumps({"analysis": ANALYSIS, "overall": 8}),
        "no 'scores' in the JSON of the reply; its keys: 'analysis, overall'",
    ),
    "scores as a list": (reply(scores=[8, 7, 9]), "'scores' is [8, 7, 9], which is no object"),
    "no scores in scores": (
        reply(scores={}),
        "no score for content_accuracy, relevance, visual_textual_alignment; scored: none",
    ),
    "a dimension too few": (
        reply(scores={"content_accuracy": 8, "visual_textual_alignment": 9}),
        "no score for relevance; scored: 'content_accuracy, visual_textual_alignment'",
    ),
    "dimensions of another language": (
        reply(scores={"Richtigkeit": 8, "Relevanz": 7}),
        "no score for content_accuracy, relevance, visual_textual_alignment; scored: 'Relevanz, Richtigkeit'",
    ),
    "keys of another language": (
        '{"分析": "好", "分数": {"内容": 8}, "总分": 8}',
        "no 'scores' in the JSON of the reply; its keys: '分数, 分析, 总分'",
    ),
    "a dimension scored twice": (reply(scores={**SCORES, "Relevance": 2}), "the reply gives 'relevance' twice"),
    "a key twice": (PLAIN.replace('"overall"', '"overall": 3, "overall"'), "has a key twice in one object"),
    "two overall scores": (
        json.dumps({"analysis": ANALYSIS, "scores": {**SCORES, "overall": 3}, "overall": 8}),
        "'overall' is there twice: 8 and 3",
    ),
    "no overall score": (json.dumps({"analysis": ANALYSIS, "scores": SCORES}), "no 'overall' in the JSON of the reply"),
    "no analysis": (json.dumps({"scores": SCORES, "overall": 8}), "no 'analysis' in the JSON of the reply"),
    "an empty analysis": (reply(analysis=" "), "'analysis' is '', which says nothing"),
    "an analysis that was not filled in": (reply(analysis="..."), "'analysis' is '...', which says nothing"),
    "a placeholder of an analysis": (reply(analysis="<your analysis>"), "which says nothing"),
    "an analysis that is no text": (reply(analysis=["a", "b"]), '\'analysis\' is ["a", "b"], which is no text'),
    "the form of the prompt": (
        json.dumps({"analysis": "...", "scores": dict.fromkeys(DIMENSIONS), "overall": None}),
        "the reply repeats the form that was asked for and gives no score",
    ),
    "the form with placeholders": (
        json.dumps({"analysis": "...", "scores": dict.fromkeys(DIMENSIONS, "<number>"), "overall": "<number>"}),
        "the reply repeats the form that was asked for and gives no score",
    ),
    "the form after the judgement": (
        PLAIN + json.dumps({"analysis": "...", "scores": dict.fromkeys(DIMENSIONS), "overall": None}),
        "the reply repeats the form that was asked for and gives no score",
    ),
    "cut off in the analysis": (PLAIN[:40], "is cut off in 'analysis' after 40 characters"),
    "cut off in the scores": (PLAIN[: PLAIN.index("7.5")], "is cut off in 'scores.relevance'"),
    "cut off in the overall score": (PLAIN[:-1], "is cut off in 'overall'"),
    "cut off in a fence": (f"```json\n{PLAIN[:-1]}\n```", "is cut off"),
    "cut off between its parts": (PLAIN[: PLAIN.index(', "overall"')], "is cut off"),
    "a draft and a final one cut off": (f"{reply(overall=9)} Finally: {PLAIN[:60]}", "is cut off in 'analysis'"),
    "a draft and the brace of a final one": (f"{reply(overall=9)} Finally: {{", "is cut off"),
    "a draft and a broken final one": (
        f"{reply(overall=9)} Finally: {PLAIN.replace('7.5', 'seven')}",
        "a value is due, not 'seven",
    ),
    "a draft and a final one without an overall score": (
        reply(overall=9) + json.dumps({"analysis": ANALYSIS, "scores": SCORES}),
        "no 'overall' in the JSON of the reply",
    ),
    "broken before its scores": (PLAIN.replace(json.dumps(ANALYSIS), "good"), "a value is due, not 'good"),
    "reasoning alone": (f"<think>{PLAIN}", "the reply ends within its reasoning, before any judgement"),
    "reasoning and nothing after": (f"<think>{PLAIN}</think>", "the reply ends with its reasoning: nothing was"),
    "nested too deep": ('{"analysis": ' + "[" * 100, "nested deeper than 64 levels"),
    "too long": ("x" * 1_000_001, "the reply has 1000001 characters, more than the 1000000 that are read"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_reply_without_a_judgement_says_what_is_wrong(name: str) -> None:
    text, expected = BROKEN[name]

    assert expected in reason(text)


@pytest.mark.parametrize(
    "quoted", ['"scores": {"content_accuracy": 10, "relevance": 10, "visual_textual_alignment": 10}']
)
@pytest.mark.parametrize("start", ['It says "fine", ', 'It says "fine" ', "It says ", 'It says {"analysis": "x", '])
def test_scores_quoted_from_the_answer_never_count_for_want_of_an_escape(quoted: str, start: str) -> None:
    text = f'{{"analysis": "{start}{quoted}, "overall": 10}} and more", "scores": {json.dumps(SCORES)}, "overall": 2}}'

    try:
        found = read(text)
    except JudgementError:
        return
    assert (found.scores, found.overall) == (SCORES, 2)


def test_scores_quoted_with_escapes_are_part_of_the_analysis() -> None:
    quoting = f"The answer says {reply(overall=10)} to steer me."

    found = read(reply(analysis=quoting))

    assert (found.analysis, found.overall) == (quoting, 8)


MARKS = ["{", "}", "[", "]", '"', "'", ":", ",", "\\", "```", "/*", "<think>", "</think>"]
SCALARS = ["8", "11", "-1", "1e999", "NaN", "null", "true"]
KEYS = ['"analysis"', '"scores"', '"overall"', *(f'"{name}"' for name in DIMENSIONS)]
WHOLES = [PLAIN, PLAIN[:-1], PLAIN[:50], '"8/10"', '{"score": 8}', '"overall": 3', "// ", "\n", "\ud800"]
FRAGMENTS = st.sampled_from([*MARKS, *SCALARS, *KEYS, *WHOLES])


@settings(max_examples=400, deadline=None)
@given(st.text() | st.lists(FRAGMENTS, max_size=30).map("".join) | st.lists(FRAGMENTS, max_size=12).map(" ".join))
def test_any_text_is_a_judgement_on_the_scale_or_a_reason_of_one_line(text: str) -> None:
    try:
        found = read(text)
    except JudgementError:
        reason(text)
        return

    assert tuple(found.scores) == DIMENSIONS
    assert all(1 <= score <= 10 and type(score) is float for score in (*found.scores.values(), found.overall))
    assert found.analysis.strip()
    found.analysis.encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=400, deadline=None)
@given(
    st.fixed_dictionaries(
        {}, optional={"analysis": JSON, "scores": st.dictionaries(st.sampled_from(DIMENSIONS), JSON), "overall": JSON}
    )
)
def test_any_json_is_a_judgement_on_the_scale_or_a_reason(value: dict[str, object]) -> None:
    try:
        found = read(json.dumps(value))
    except JudgementError:
        return

    assert all(1 <= score <= 10 for score in (*found.scores.values(), found.overall))


SCORE = st.integers(1, 10) | st.floats(1, 10)
NAMES = st.lists(st.from_regex(r"[a-z]{1,8}(_[a-z]{1,8}){0,2}", fullmatch=True), min_size=1, max_size=6, unique=True)


@settings(max_examples=200, deadline=None)
@given(st.data(), NAMES, st.text(min_size=1).filter(lambda text: any(map(str.isalnum, text))))
def test_every_judgement_that_is_written_as_json_is_read_back(
    data: st.DataObject, names: list[str], analysis: str
) -> None:
    scores = {name: data.draw(SCORE) for name in names}
    overall = data.draw(SCORE)
    text = json.dumps(
        {"analysis": analysis, "scores": scores, "overall": overall}, indent=data.draw(st.none() | st.just(1))
    )

    found = read_judgement(text, dimensions=names, low=1, high=10, overall="asked")

    assert (found.analysis, found.scores, found.overall) == (analysis.strip(), scores, overall)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0.1, 0.7), min_size=1, max_size=7))
def test_a_mean_lies_among_its_scores(values: list[float]) -> None:
    scores = {f"d{index}": value for index, value in enumerate(values)}
    text = json.dumps({"analysis": ANALYSIS, "scores": scores})

    found = read_judgement(text, dimensions=list(scores), low=0.1, high=0.7, overall="mean")

    assert min(values) <= found.overall <= max(values)
    assert math.isclose(found.overall, sum(values) / len(values))


@pytest.mark.parametrize(
    "unit",
    ["{}", '{"a":1}', '{"scores":', '{"scores":{}}', "<think>", "</think>", '{"analysis":"', '"scores":', '\\"', "{'"],
)
def test_hostile_replies_take_linear_time(unit: str) -> None:
    start = time.process_time()

    reason((unit * 1_000_000)[:1_000_000])

    assert time.process_time() - start < 20
