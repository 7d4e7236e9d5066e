"""Stored records: plain dicts that give back an equal value, and refuse what is damaged."""

from __future__ import annotations

import json
import math
from dataclasses import FrozenInstanceError, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.judgement import TIERS, Judgement
from medgen_pytest.domain.output import ModelOutput, Stage, Timing, Usage
from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.result import SCHEMA_VERSION, ResultKey, SampleResult, StoredOutput
from medgen_pytest.domain.sample import Sample, Target
from medgen_pytest.domain.score import Score
from medgen_pytest.domain.taxonomy import Format, Modality, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TEXTS = st.text(max_size=30)
# JSON escapes can carry half a surrogate pair; a record must survive it.
WILD_TEXTS = st.text(alphabet=st.characters(codec=None), max_size=30)
COUNTS = st.integers(min_value=0, max_value=2**53)
NUMBERS = st.floats(allow_nan=False)
SCORES = st.builds(
    Score,
    metric=TEXTS,
    value=st.none() | NUMBERS,
    direction=st.sampled_from(["higher", "lower"]),
    convention=TEXTS,
    reason=st.none() | WILD_TEXTS,
    notes=st.lists(TEXTS, max_size=3).map(tuple),
)
USAGES = st.builds(
    Usage,
    input_tokens=st.none() | COUNTS,
    output_tokens=st.none() | COUNTS,
    images=st.none() | COUNTS,
    cost=st.none() | NUMBERS,
)
TIMINGS = st.builds(Timing, requests=COUNTS, first_try=NUMBERS, working=NUMBERS, waiting=NUMBERS)
STAGES = st.builds(
    Stage,
    name=TEXTS,
    prompt=st.none() | WILD_TEXTS,
    text=st.none() | WILD_TEXTS,
    raw=st.none() | WILD_TEXTS,
    reasoning=st.none() | WILD_TEXTS,
    finish_reason=st.none() | WILD_TEXTS,
    problem=st.none() | WILD_TEXTS,
    usage=st.none() | USAGES,
    timing=st.none() | TIMINGS,
    seconds=st.none() | NUMBERS,
)
OUTPUTS = st.builds(
    StoredOutput,
    text=st.none() | WILD_TEXTS,
    image=st.none() | TEXTS,
    size=st.none() | st.tuples(COUNTS, COUNTS),
    raw=st.none() | WILD_TEXTS,
    reasoning=st.none() | WILD_TEXTS,
    finish_reason=st.none() | WILD_TEXTS,
    usage=st.none() | USAGES,
    timing=st.none() | TIMINGS,
    stages=st.lists(STAGES, max_size=2).map(tuple),
    seconds=st.none() | NUMBERS,
)
JUDGEMENTS = st.builds(
    Judgement,
    judge=TEXTS,
    tier=st.sampled_from(TIERS),
    replicate=COUNTS,
    swapped=st.booleans(),
    overall=st.none() | NUMBERS,
    reason=st.none() | WILD_TEXTS,
    dimensions=st.dictionaries(TEXTS, NUMBERS, max_size=3),
    analysis=st.none() | WILD_TEXTS,
    raw=st.none() | WILD_TEXTS,
    repaired=st.booleans(),
    steering=st.lists(TEXTS, max_size=2).map(tuple),
    notes=st.lists(TEXTS, max_size=2).map(tuple),
    usage=st.none() | USAGES,
    timing=st.none() | TIMINGS,
    digests=st.dictionaries(TEXTS, TEXTS, max_size=2),
    finished=st.none() | TEXTS,
)
RESULTS = st.builds(
    SampleResult,
    model=TEXTS,
    sample_id=TEXTS,
    repeat=COUNTS,
    task=st.sampled_from(Task),
    modality=st.sampled_from(Modality),
    subtask=st.none() | TEXTS,
    status=st.sampled_from(["answered", "invalid", "error"]),
    reason=st.none() | WILD_TEXTS,
    judgements=st.lists(JUDGEMENTS, max_size=2).map(tuple),
    scores=st.dictionaries(TEXTS, SCORES, max_size=3),
    output=OUTPUTS,
    digests=st.dictionaries(TEXTS, TEXTS, max_size=3),
    first_input=st.none() | TEXTS,
    finished=st.none() | TEXTS,
    worker=st.none() | TEXTS,
)
PLANS = st.builds(
    PlannedSample,
    model=TEXTS,
    sample_id=TEXTS,
    repeat=COUNTS,
    task=st.sampled_from(Task),
    modality=st.sampled_from(Modality),
    subtask=st.none() | TEXTS,
    cluster=st.none() | TEXTS,
    nodeids=st.lists(TEXTS, max_size=3).map(tuple),
)

RESULT = SampleResult(
    model="my-vlm",
    sample_id="vqa:blank-filling:000001",
    task=Task.BLANK_FILLING,
    modality=Modality.MRI,
    status="answered",
    scores={"bleu": Score(metric="bleu", value=0.25, direction="higher", convention="bleu/upstream@1")},
    output=StoredOutput(text="yes", size=(4, 3), usage=Usage(input_tokens=7), seconds=0.5),
    digests={"sample": "ab" * 32},
)
PLAN = PlannedSample(
    model="my-vlm",
    sample_id="vqa:blank-filling:000001",
    task=Task.BLANK_FILLING,
    modality=Modality.MRI,
    nodeids=("benchmark_tests/test_vqa.py::test_vqa[my-vlm|vqa:blank-filling:000001]",),
)


def _through_json(data: Mapping[str, object]) -> Any:
    return json.loads(json.dumps(data, allow_nan=False))


@settings(deadline=None)
@given(RESULTS)
def test_a_result_comes_back_equal_from_strict_json(result: SampleResult) -> None:
    assert SampleResult.from_dict(_through_json(result.to_dict())) == result


@settings(deadline=None)
@given(PLANS)
def test_a_planned_sample_comes_back_equal_from_strict_json(plan: PlannedSample) -> None:
    assert PlannedSample.from_dict(_through_json(plan.to_dict())) == plan


@settings(deadline=None)
@given(OUTPUTS)
def test_a_stored_output_comes_back_equal_from_strict_json(output: StoredOutput) -> None:
    assert StoredOutput.from_dict(_through_json(output.to_dict())) == output


def test_an_unscored_and_an_infinite_score_survive() -> None:
    scores = {
        "ssim": Score(metric="ssim", value=None, direction="higher", convention="ssim/upstream@1", reason="too small"),
        "psnr": Score(
            metric="psnr", value=math.inf, direction="higher", convention="psnr/canonical@1", notes=("equal",)
        ),
    }
    result = SampleResult(
        model="m",
        sample_id="edit:style-transfer:000001",
        task=Task.STYLE_TRANSFER,
        modality=Modality.CT,
        status="answered",
        scores=scores,
    )

    loaded = SampleResult.from_dict(_through_json(result.to_dict()))

    assert loaded.scores == scores


def test_a_stored_result_says_its_schema_version_and_format() -> None:
    data = RESULT.to_dict()

    assert (data["schema_version"], data["format"], data["task"]) == (1, "vqa", "blank-filling")


def test_the_order_of_scores_and_digests_does_not_change_the_record() -> None:
    one = SampleResult(**_fields(RESULT), digests={"a": "1", "b": "2"})
    other = SampleResult(**_fields(RESULT), digests={"b": "2", "a": "1"})

    assert json.dumps(one.to_dict()) == json.dumps(other.to_dict())


def _fields(result: SampleResult) -> dict[str, Any]:
    return {
        name: getattr(result, name) for name in ("model", "sample_id", "task", "modality", "status", "scores", "output")
    }


def test_a_key_is_model_sample_and_repeat() -> None:
    assert RESULT.key == PLAN.key == ResultKey("my-vlm", "vqa:blank-filling:000001", 0)
    assert RESULT.format is PLAN.format is Format.VQA


def test_a_plan_for_a_sample_takes_its_facts_over() -> None:
    sample = Sample(
        sample_id="vqa:blank-filling:000001",
        task=Task.BLANK_FILLING,
        modality=Modality.MRI,
        instruction="The lesion is on the ____ side.",
        inputs=(),
        target=Target(text="left"),
        subtask="Side",
        cluster="c0ffee",
    )

    plan = PlannedSample.of(sample, model="my-vlm", nodeids=("a::b",))

    assert plan == PlannedSample(
        model="my-vlm",
        sample_id=sample.sample_id,
        task=sample.task,
        modality=sample.modality,
        subtask="Side",
        cluster="c0ffee",
        nodeids=("a::b",),
    )


@pytest.mark.parametrize("version", [0, SCHEMA_VERSION + 1, None, "1"])
def test_a_result_of_another_schema_version_is_refused(version: object) -> None:
    data = {**RESULT.to_dict(), "schema_version": version}

    with pytest.raises(ValueError, match=f"result of schema version {version!r}; this version reads 1"):
        SampleResult.from_dict(data)


DAMAGE: dict[str, Callable[[dict[str, Any]], object]] = {
    "model is a number": lambda data: data.update(model=5),
    "model is null": lambda data: data.update(model=None),
    "no sample id": lambda data: data.pop("sample_id"),
    "repeat is true": lambda data: data.update(repeat=True),
    "repeat is a text": lambda data: data.update(repeat="0"),
    "unknown task": lambda data: data.update(task="juggling"),
    "task is a list": lambda data: data.update(task=[]),
    "unknown modality": lambda data: data.update(modality="PET"),
    "unknown status": lambda data: data.update(status="accurate"),
    "subtask is a number": lambda data: data.update(subtask=1),
    "reason is a list": lambda data: data.update(reason=["x"]),
    "scores is a list": lambda data: data.update(scores=[]),
    "no scores": lambda data: data.pop("scores"),
    "a score is a number": lambda data: data.update(scores={"bleu": 0.5}),
    "a score has no value": lambda data: data["scores"]["bleu"].pop("value"),
    "a score is a text": lambda data: data["scores"]["bleu"].update(value="0.5"),
    "a score is beyond floats": lambda data: data["scores"]["bleu"].update(value=10**400),
    "a direction is unknown": lambda data: data["scores"]["bleu"].update(direction="up"),
    "a direction is a list": lambda data: data["scores"]["bleu"].update(direction=[]),
    "a note is a number": lambda data: data["scores"]["bleu"].update(notes=[1]),
    "notes is a text": lambda data: data["scores"]["bleu"].update(notes="resized"),
    "output is null": lambda data: data.update(output=None),
    "output text is a number": lambda data: data["output"].update(text=1),
    "size has three parts": lambda data: data["output"].update(size=[1, 2, 3]),
    "size holds a text": lambda data: data["output"].update(size=[1, "2"]),
    "usage is a list": lambda data: data["output"].update(usage=[]),
    "a usage is a text": lambda data: data["output"].update(usage={"input_tokens": "7"}),
    "seconds is a text": lambda data: data["output"].update(seconds="fast"),
    "a digest is a number": lambda data: data.update(digests={"sample": 1}),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_result_is_refused(name: str) -> None:
    data = _through_json(RESULT.to_dict())
    DAMAGE[name](data)

    with pytest.raises((KeyError, TypeError, ValueError)):
        SampleResult.from_dict(data)


PLAN_DAMAGE: dict[str, Callable[[dict[str, Any]], object]] = {
    "model is null": lambda data: data.update(model=None),
    "no sample id": lambda data: data.pop("sample_id"),
    "repeat is true": lambda data: data.update(repeat=True),
    "unknown task": lambda data: data.update(task="juggling"),
    "modality is an object": lambda data: data.update(modality={}),
    "subtask is a number": lambda data: data.update(subtask=1),
    "nodeids is a text": lambda data: data.update(nodeids="a::b"),
    "a node id is a number": lambda data: data.update(nodeids=[1]),
}


@pytest.mark.parametrize("name", PLAN_DAMAGE)
def test_a_damaged_plan_is_refused(name: str) -> None:
    data = _through_json(PLAN.to_dict())
    PLAN_DAMAGE[name](data)

    with pytest.raises((KeyError, TypeError, ValueError)):
        PlannedSample.from_dict(data)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.sampled_from(sorted(RESULT.to_dict())), JSON_VALUES)
def test_a_result_with_a_foreign_value_is_read_or_refused_but_never_crashes(key: str, value: Any) -> None:
    data = {**_through_json(RESULT.to_dict()), key: value}

    try:
        loaded = SampleResult.from_dict(data)
    except (KeyError, TypeError, ValueError):
        return

    json.dumps(loaded.to_dict(), allow_nan=False)


@pytest.mark.parametrize("value", [None, [], "text", 1])
@pytest.mark.parametrize("kind", [SampleResult, PlannedSample, StoredOutput])
def test_what_is_no_object_is_refused(kind: Any, value: object) -> None:
    with pytest.raises(TypeError, match="not an object"):
        kind.from_dict(value)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (RESULT, "status"),
        (PLAN, "model"),
        (RESULT.output, "text"),
        (RESULT.scores["bleu"], "value"),
        (Usage(), "cost"),
        (ModelOutput(text="yes"), "text"),
        (Target(text="left"), "text"),
    ],
)
def test_values_are_frozen(value: object, name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(value, name, "changed")


def test_a_repeat_is_part_of_what_identifies_a_result_and_of_its_name_where_there_are_several() -> None:
    key = replace(PLAN, repeat=2).key

    assert key == ResultKey("my-vlm", "vqa:blank-filling:000001", 2)
    assert key.label(is_repeated=True) == "my-vlm|vqa:blank-filling:000001|2"
    assert PLAN.key.label(is_repeated=False) == "my-vlm|vqa:blank-filling:000001"
