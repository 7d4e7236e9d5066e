"""Judging in report.json: what judges said of each sample, what it comes to, and what it took, by the schema."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.judgement import TIERS, Judgement
from medgen_pytest.domain.output import Usage
from medgen_pytest.reports.json_report import report_dict, report_schema, write_json_report
from tests.domain.test_stored_results import JUDGEMENTS
from tests.reports.judging import judge_first, judged_run, said

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.evaluation.run_result import RunResult
    from tests.reports.conftest import RunBuilder

SCHEMA = jsonschema.Draft202012Validator(report_schema())


def report_of(run: RunResult) -> dict[str, Any]:
    """The report, once it is known to be valid."""
    report = report_dict(run)
    SCHEMA.validate(report)
    return report


def test_what_judges_said_of_a_sample_stands_there_with_what_is_uncertain(new_run: type[RunBuilder]) -> None:
    first, second = (
        said(9.0),
        said(7.0, replicate=1, swapped=True, repaired=True, steering=("delimiter",), notes=("n",)),
    )
    builder = judge_first(new_run().add(), first, second, with_reference=8.0)

    (sample,) = report_of(judged_run(builder))["samples"]

    assert sample["judgements"] == [first.to_dict(), second.to_dict()]
    assert [Judgement.from_dict(one) for one in sample["judgements"]] == [first, second]
    assert sample["uncertain"] == ["judge_with_reference"]
    score = sample["scores"]["judge_with_reference"]
    assert (score["value"], score["outcome"]) == (8.0, "accurate")


def test_a_judge_that_broke_is_null_with_its_reason_and_its_score_is_no_zero(new_run: type[RunBuilder]) -> None:
    (sample,) = report_of(judged_run(judge_first(new_run().add(), said(None))))["samples"]

    (judgement,) = sample["judgements"]
    assert (judgement["overall"], judgement["reason"]) == (None, "down")
    assert sample["uncertain"] == []
    score = sample["scores"]["judge_with_reference"]
    assert (score["value"], score["reason"], score["outcome"]) == (None, "down", "error")


def test_a_sample_that_nobody_judged_says_nothing_of_judging(new_run: type[RunBuilder]) -> None:
    builder = judge_first(new_run().add(times=2), said())

    judged, unjudged = report_of(judged_run(builder))["samples"]

    assert {"judgements", "uncertain"} <= set(judged)
    assert not {"judgements", "uncertain"} & set(unjudged)


def test_the_margin_of_the_run_decides_what_is_uncertain(new_run: type[RunBuilder]) -> None:
    builder = judge_first(new_run().add(), said(8.25))

    narrow, wide = (report_of(judged_run(builder, margin=margin)) for margin in (0.25, 0.5))

    assert [one["samples"][0]["uncertain"] for one in (narrow, wide)] == [[], ["judge_with_reference"]]
    assert [one["judging"][0]["uncertain"] for one in (narrow, wide)] == [0, 1]


def test_judging_is_summed_up_for_each_model_and_tier(new_run: type[RunBuilder]) -> None:
    builder = new_run().add(times=3)
    for marks in ((9.0, 8.0), (4.0, 5.0), (2.0, None)):
        told = said(marks[0], judge="a"), said(marks[1], judge="b")
        judge_first(builder, *told, with_reference=None if None in marks else 5.0)

    (row,) = report_of(judged_run(builder, judges={"a": {}, "b": {}}))["judging"]

    assert {name: row[name] for name in ("model", "metric", "due", "scored", "errors", "error_rate")} == {
        "model": "my-vlm",
        "metric": "judge_with_reference",
        "due": 3,
        "scored": 2,
        "errors": 1,
        "error_rate": pytest.approx(1 / 3),
    }
    assert row["judges"]["raters"] == ["a", "b"]
    assert row["judges"]["pairs"][0]["items"] == 2
    assert row["repeats"] == {}


def test_an_agreement_that_is_not_defined_says_why(new_run: type[RunBuilder]) -> None:
    builder = judge_first(new_run().add(), said(8.0), said(8.0, replicate=1))

    (row,) = report_of(judged_run(builder, repeats=2))["judging"]

    assert row["repeats"]["qwen"]["value"] is None
    assert "all ratings are the same" in row["repeats"]["qwen"]["reason"]


def test_what_judges_took_stands_apart_from_what_models_took_and_in_the_cost(new_run: type[RunBuilder]) -> None:
    builder = judge_first(
        new_run().add(), said(9.0), said(None, replicate=1, usage=Usage(input_tokens=5)), with_reference=None
    )

    usage = report_of(judged_run(builder, repeats=2))["usage"]

    assert usage["judges"] == [
        {
            "judge": "qwen",
            "judgements": 2,
            "requests": {"total": 2, "answers": 2},
            "input_tokens": {"total": 905, "answers": 2},
            "output_tokens": {"total": 50, "answers": 1},
            "images": {"total": None, "answers": 0},
            "cost": {"total": 0.25, "answers": 1},
            "working": {"total": 3.0, "answers": 2},
            "waiting": {"total": 1.0, "answers": 2},
        }
    ]
    assert usage["cost"] == 0.25


def test_a_run_without_a_judge_is_valid_and_says_so(one_model: RunBuilder) -> None:
    report = report_of(one_model.build())

    assert (report["judging"], report["usage"]["judges"]) == ([], [])


def test_the_file_is_strict_ascii_json_of_the_same(new_run: type[RunBuilder], tmp_path: Path) -> None:
    builder = judge_first(new_run().add(), said(9.0, analysis="影 \ud800 \x1b[2J", raw="\u202e"))
    run = judged_run(builder)

    write_json_report(run, tmp_path / "report.json")

    text = (tmp_path / "report.json").read_bytes().decode("ascii")
    assert json.loads(text) == report_of(run)
    assert json.loads(text)["samples"][0]["judgements"][0]["analysis"] == "影 \\ud800 \x1b[2J"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda judgement: judgement.update(extra=1),
        lambda judgement: judgement.update(tier="both"),
        lambda judgement: judgement.update(replicate=-1),
        lambda judgement: judgement.pop("overall"),
        lambda judgement: judgement.update(swapped=False),
    ],
)
def test_the_schema_refuses_what_is_no_judgement(new_run: type[RunBuilder], spoil: Any) -> None:
    report: Any = report_dict(judged_run(judge_first(new_run().add(), said())))
    spoil(report["samples"][0]["judgements"][0])

    with pytest.raises(jsonschema.ValidationError):
        SCHEMA.validate(report)


def within(judgement: Judgement) -> Judgement:
    """The judgement on a scale that a rubric may have."""
    return judgement if judgement.overall is None else replace(judgement, overall=min(max(judgement.overall, 1.0), 1e6))


@settings(max_examples=40, deadline=None)
@given(st.lists(JUDGEMENTS.map(within), min_size=1, max_size=3))
def test_whatever_a_judgement_holds_the_report_is_valid_and_any_encoding_can_hold_it(
    new_run: type[RunBuilder], judgements: list[Judgement]
) -> None:
    builder = judge_first(new_run().add(), *judgements, with_reference=8.0, without_reference=None)

    report = report_of(judged_run(builder, tiers=list(TIERS)))

    text = json.dumps(report, ensure_ascii=False, allow_nan=False)
    assert json.loads(text.encode("utf-8")) == report
