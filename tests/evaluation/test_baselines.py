"""Baselines: small, the same after reading, with the outcomes that the run had, and none that was edited."""

from __future__ import annotations

import copy
import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.baseline import Baseline, _digest, baseline_of
from medgen_pytest.evaluation.run_result import GatePolicy, RunResult, evaluate_run
from medgen_pytest.metrics.registry import METRICS
from medgen_pytest.reports.baseline import baseline_text
from tests.evaluation.records import PROFILE, by_key, plan, record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.domain.result import SampleResult

FACTS = {
    "run_id": "r1",
    "started": "2026-11-22T10:00:00+00:00",
    "dataset": {"fingerprint": "9b1c" * 16, "samples": 8, "path": "/home/me/data"},
    "models": {"my-model": {"adapter": "http", "digest": "d1", "base_url": "https://me:pass@host"}, "b": {}},
    "metrics": {name: f"{name}/upstream@1" for name in ("ssim", "psnr", "bleu", "exact_match")},
    "versions": {"medgen-pytest": "0.1.0", "numpy": "2"},
    "own_metrics": [],
}


def run_of(planned: Iterable[PlannedSample], results: Iterable[SampleResult], **changes: object) -> RunResult:
    facts = {**FACTS, **changes}
    measured = frozenset(FACTS["metrics"])
    return evaluate_run(
        list(planned), by_key(results), profile=PROFILE, policy=GatePolicy(), facts=facts, measured=measured
    )


def small_run() -> RunResult:
    planned = [
        replace(plan(number=1, subtask="Dye"), cluster="c1"),
        plan(number=2, modality=Modality.MRI),
        plan(number=3),
        plan(number=4),
        plan(number=5),
        plan(Task.MULTIPLE_CHOICE, number=1, model="b"),
    ]
    return run_of(
        planned,
        [
            record(planned[0], ssim=0.912345678, psnr=30.0),
            record(planned[1], ssim=0.2, psnr=math.inf),
            record(planned[2], status="invalid"),
            record(planned[3], ssim=None, psnr=30.0),
            record(planned[5], exact_match=1.0),
        ],
    )


def written(baseline: Baseline) -> dict[str, Any]:
    """A baseline as it is read back from its file."""
    document: dict[str, Any] = json.loads("".join(baseline_text(baseline)))
    return document


def test_it_is_the_same_after_reading() -> None:
    baseline = baseline_of(small_run())

    assert Baseline.from_dict(written(baseline)) == baseline


def test_a_file_has_a_line_for_each_sample_and_is_the_same_for_the_same_run() -> None:
    text = "".join(baseline_text(baseline_of(small_run())))

    lines = [line.rstrip(",") for line in text.splitlines() if line.startswith('{"id"')]
    assert lines == [
        '{"id":"vqa:multiple-choice:000001","modality":"CT","outcome":"accurate","scores":{"exact_match":1.0}}',
        (
            '{"id":"edit:style-transfer:000001","modality":"CT","subtask":"Dye","cluster":"c1","outcome":"accurate",'
            '"scores":{"psnr":30.0,"ssim":0.912346}}'
        ),
        '{"id":"edit:style-transfer:000002","modality":"MRI","outcome":"inaccurate","scores":{"psnr":"inf","ssim":0.2}}',
        '{"id":"edit:style-transfer:000003","modality":"CT","outcome":"invalid"}',
        (
            '{"id":"edit:style-transfer:000004","modality":"CT","outcome":"error","status":"answered",'
            '"scores":{"psnr":30.0,"ssim":null}}'
        ),
        '{"id":"edit:style-transfer:000005","modality":"CT","outcome":"missing"}',
    ]
    assert text == "".join(baseline_text(baseline_of(small_run())))


def test_it_keeps_what_the_run_was_and_nothing_private() -> None:
    document = written(baseline_of(small_run()))

    assert {key: document[key] for key in document if key not in {"samples", "digest", "profile"}} == {
        "medgen_baseline": 1,
        "run_id": "r1",
        "created": "2026-11-22T10:00:00+00:00",
        "version": "0.1.0",
        "dataset": {"fingerprint": "9b1c" * 16, "samples": 8},
        "models": {"b": {}, "my-model": {"adapter": "http", "digest": "d1"}},
        "metrics": {name: f"{name}/upstream@1" for name in ("bleu", "exact_match", "psnr", "ssim")},
        "own_metrics": [],
        "aggregate": "mean",
    }
    assert document["profile"] == PROFILE.to_dict()


def test_as_a_run_it_has_the_rates_of_the_run() -> None:
    run = small_run()

    again = baseline_of(run).to_run()

    assert {part: summary.tally for part, summary in again.slices.items()} == {
        part: summary.tally for part, summary in run.slices.items()
    }
    assert (again.gates, again.exit_code) == ([], None)


def test_metrics_of_the_user_come_behind_those_of_the_package() -> None:
    own = replace(METRICS["ssim"], name="brevity").to_dict()

    baseline = Baseline.from_dict(written(baseline_of(run_of([plan(number=1)], [], own_metrics=[own]))))

    assert list(baseline.profile.metrics) == [*METRICS, "brevity"]


def test_it_may_hold_some_models_alone() -> None:
    baseline = baseline_of(small_run(), models=["b"])

    assert (baseline.models, list(written(baseline)["models"])) == (["b"], ["b"])
    assert {key.model for key in baseline.results} == {"b"}


@pytest.mark.parametrize(("held", "found"), [(["my-model"], "my-model"), (["b"], "b"), (["b", "my-model"], "my-model")])
def test_a_model_is_compared_with_its_namesake_or_the_only_one(held: list[str], found: str) -> None:
    assert baseline_of(small_run(), models=held).model_for("my-model") == found


def test_another_model_is_compared_with_none_of_several() -> None:
    assert baseline_of(small_run()).model_for("c") is None


TASKS = st.sampled_from([Task.STYLE_TRANSFER, Task.MULTIPLE_CHOICE, Task.ORGANIC_REMOVAL])
VALUES = st.none() | st.floats(allow_nan=False) | st.sampled_from([0.6999999, 0.7, 0.7000001, 28.0, 27.9999999, 0.09])
RESULTS = st.one_of(
    st.builds(dict, status=st.just("answered"), **dict.fromkeys(("ssim", "psnr", "bleu", "exact_match"), VALUES)),
    st.builds(dict, status=st.just("answered"), ssim=VALUES),
    st.builds(dict, status=st.just("invalid"), bleu=VALUES),
    st.just({"status": "invalid"}),
    st.just({"status": "error"}),
    st.none(),
)


@settings(deadline=None)
@given(st.lists(st.tuples(TASKS, RESULTS, st.sampled_from(["m", "n|<b>\u202e"]), st.integers(0, 2)), max_size=8))
def test_reading_gives_back_every_outcome_of_the_run(
    samples: list[tuple[Task, dict[str, Any] | None, str, int]],
) -> None:
    planned = [
        plan(task, number=number, model=model, repeat=repeat)
        for number, (task, _, model, repeat) in enumerate(samples, start=1)
    ]
    results = [record(one, **kept) for one, (_, kept, _, _) in zip(planned, samples, strict=True) if kept is not None]
    run = run_of(planned, results)

    again = Baseline.from_dict(written(baseline_of(run)))

    assert again == baseline_of(run)
    assert {case.planned.key: (case.verdict.outcome, case.metrics) for case in again.cases()} == {
        case.planned.key: (case.verdict.outcome, case.metrics) for case in run.cases
    }


def change_a_score(document: dict[str, Any]) -> None:
    document["samples"]["my-model"][0]["scores"]["ssim"] = 0.95


def forget_a_sample(document: dict[str, Any]) -> None:
    document["samples"]["my-model"].pop()


def change_the_profile(document: dict[str, Any]) -> None:
    document["profile"]["thresholds"]["ssim"] = 0.1


@pytest.mark.parametrize("change", [change_a_score, forget_a_sample, change_the_profile])
def test_one_that_was_edited_is_refused(change: Any) -> None:
    document = copy.deepcopy(written(baseline_of(small_run())))
    change(document)

    with pytest.raises(ValueError, match="its digest does not fit what it holds: it was edited, merged or cut"):
        Baseline.from_dict(document)


@pytest.mark.parametrize("version", [None, 2, "1"])
def test_another_version_is_refused(version: object) -> None:
    document = {**written(baseline_of(small_run())), "medgen_baseline": version}

    with pytest.raises(ValueError, match=f"schema version is {version!r}; this version of medgen-pytest reads 1"):
        Baseline.from_dict(document)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


LINES = st.dictionaries(st.sampled_from(["id", "repeat", "task", "modality", "outcome", "status", "scores"]), JSON)
PARTS = st.one_of(
    st.tuples(st.sampled_from(["samples", "profile", "metrics", "own_metrics", "aggregate"]), JSON),
    st.tuples(st.just("samples"), st.dictionaries(st.just("m"), st.lists(LINES, max_size=2))),
)


def sealed(document: dict[str, Any]) -> dict[str, Any]:
    """A document with the digest of what it holds, as somebody may make it who knows how."""
    body = {key: value for key, value in document.items() if key != "digest"}
    return {**body, "digest": _digest(body)}


@settings(deadline=None)
@given(PARTS)
def test_what_is_no_baseline_is_refused_in_ways_that_can_be_caught(part: tuple[str, object]) -> None:
    document = sealed({**written(baseline_of(small_run())), part[0]: part[1]})

    try:
        found = Baseline.from_dict(document)
    except (ConfigError, KeyError, TypeError, ValueError):
        return

    assert found.to_run().tally.planned == len({sample.key for sample in found.planned})
