"""The lines on judging: who judged, how often they could not, how sure they were, and what experts said of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from medgen_pytest.evaluation.agreement.calibration import RunCounts, calibrate
from medgen_pytest.reports.experts.calibration import CalibrationReport
from medgen_pytest.reports.judging import judge_warnings, judging_lines
from medgen_pytest.reports.judgings import judgings_lines
from medgen_pytest.reports.line import columns_of
from medgen_pytest.reports.terminal import summary_lines
from tests.evaluation.agreement.labels import make_sample
from tests.reports.judging import judge_first, judged_run, said

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.evaluation.run_result import RunResult
    from tests.reports.conftest import RunBuilder


def texts(run: RunResult, *, width: int = 300) -> list[str]:
    return [line.text for line in judging_lines(run, width=width)]


def test_a_run_without_a_judge_has_no_lines(one_model: RunBuilder) -> None:
    assert judging_lines(one_model.build(), width=100) == []
    assert not any("judged" in line.text for line in summary_lines(one_model.build(), width=100, verbosity=1))


def test_a_model_that_was_judged_without_a_flaw_has_a_short_line(new_run: type[RunBuilder]) -> None:
    builder = judge_first(judge_first(new_run().add(times=2), said(9.0)), said(3.0))

    assert texts(judged_run(builder)) == [
        "judged by qwen, rubric medgen-holistic",
        "judge_with_reference of my-vlm: 2 of 2 judged, 0 errors, 0 uncertain",
    ]


def test_whatever_makes_a_judge_doubtful_is_told(new_run: type[RunBuilder]) -> None:
    builder = new_run().add(times=4)
    judge_first(builder, said(9.0), said(7.0, replicate=1, swapped=True, repaired=True), with_reference=8.0)
    judge_first(builder, said(4.0, steering=("score_request",)), said(4.5, replicate=1, swapped=True))
    judge_first(builder, said(None))
    judge_first(builder, said(None), said(3.0, replicate=1, swapped=True))

    assert texts(judged_run(builder, repeats=2))[1] == (
        "judge_with_reference of my-vlm: 2 of 4 judged, 2 errors (50.0%), 1 uncertain, 1 asked twice,"
        " 1 may steer the judge, shown first scores -0.75, alpha 0.80 between the repeats of qwen"
    )


def test_each_model_and_tier_has_a_line_in_order(new_run: type[RunBuilder]) -> None:
    builder = new_run().add(model="b").add(model="a")
    for _ in range(2):
        both = said(9.0), said(8.0, tier="without_reference")
        judge_first(builder, *both, with_reference=9.0, without_reference=8.0)

    lines = texts(judged_run(builder, tiers=["with_reference", "without_reference"]))

    assert [line.partition(":")[0] for line in lines[1:]] == [
        "judge_with_reference of a",
        "judge_without_reference of a",
        "judge_with_reference of b",
        "judge_without_reference of b",
    ]


def test_a_panel_says_how_far_its_judges_agree(new_run: type[RunBuilder]) -> None:
    builder = new_run().add(times=3)
    for first, second in ((9.0, 9.0), (4.0, 5.0), (2.0, 2.0)):
        judge_first(builder, said(first), said(second, judge="gemini"), with_reference=(first + second) / 2)

    lines = texts(judged_run(builder, judges={"gemini": {}, "qwen": {}}, repeats=3))

    assert lines[0] == "judged by gemini, qwen, 3 times, rubric medgen-holistic"
    assert lines[1].endswith("0 uncertain, alpha 0.98 between judges")


def test_what_the_run_has_against_its_judges_comes_last_and_in_yellow(new_run: type[RunBuilder]) -> None:
    run = judged_run(judge_first(new_run().add(), said()), warnings=["judge 'qwen' is of the same family"])

    *lines, warning = judging_lines(run, width=100)

    assert judge_warnings(run) == ["judge 'qwen' is of the same family"]
    assert (warning.text, warning.style) == ("warning: judge 'qwen' is of the same family", "yellow")
    assert {line.style for line in lines} == {""}


def calibration(model: str, *, no_better: bool = False) -> dict[str, Any]:
    """What a calibration stores of a judge, as it is read back."""
    sample = make_sample(20, 20, 20, 20) if no_better else make_sample(40, 10, 5, 45)
    found = calibrate(
        sample,
        threshold=8.0,
        judge_rate_counts={model: RunCounts(accurate=500, judged=1000)},
        origin="elsewhere",
        experts=("expert",),
    )
    report = CalibrationReport(
        metric="judge_with_reference",
        convention="judge_with_reference/test@1",
        export="e1",
        judge={"judge": ["d1"]},
        rubric="medgen-holistic 1",
        rubric_digest="d2",
        drawn=100,
        judged=1000,
        uncovered=0,
        experts=(),
        calibration=found,
    )
    stored: dict[str, Any] = json.loads(json.dumps(report.to_dict()))
    return stored


def test_a_rate_that_was_corrected_by_experts_stands_beside_the_judges_own(new_run: type[RunBuilder]) -> None:
    stored = calibration("my-vlm")
    (rate,) = stored["results"]["rates"]

    line = texts(
        judged_run(judge_first(new_run().add(), said()), calibrations={"judge_with_reference": stored}),
    )[-1]

    assert line == (
        f"judge_with_reference of my-vlm, corrected by experts' labels: {rate['rate']:.1%},"
        f" 95% interval {rate['low']:.1%} to {rate['high']:.1%}; by the judge alone 50.0%"
    )


def test_a_rate_that_cannot_be_corrected_says_why(new_run: type[RunBuilder]) -> None:
    stored = calibration("my-vlm", no_better=True)
    run = judged_run(judge_first(new_run().add(), said()), calibrations={"judge_with_reference": stored})

    assert texts(run)[-1] == (
        "judge_with_reference of my-vlm, corrected by experts' labels: no rate (on the sample the judge is no better"
        " than chance: sensitivity + specificity is not above 1)"
    )


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"judge_with_reference": None},
        {"judge_with_reference": {"results": None, "experts": []}},
        {"judge_with_reference": {"results": {"rates": "many"}, "experts": []}},
        {"judge_with_reference": {"results": {"rates": ["none"]}, "experts": []}},
    ],
)
def test_a_calibration_that_was_edited_is_left_out(new_run: type[RunBuilder], stored: Mapping[str, object]) -> None:
    builder = judge_first(new_run().add(), said())

    assert texts(judged_run(builder, calibrations=stored)) == texts(judged_run(builder))


def test_no_name_moves_the_terminal_and_every_line_fits(new_run: type[RunBuilder]) -> None:
    builder = new_run().add(model="影\x1b[2J" * 10)
    judge_first(builder, said(9.0, judge="q\u202e"), said(9.5, judge="q\u202e", replicate=1))
    stored = {"judge_with_reference": calibration("影\x1b[2J")}
    run = judged_run(builder, calibrations=stored, judges={"q\u202e": {}}, warnings=["w\x07" * 40])

    for width in (30, 60, 100):
        lines = judging_lines(run, width=width)
        assert all(columns_of(line.text) <= width for line in lines)
        assert not any(char in line.text for line in lines for char in "\x1b\x07\u202e")


def test_the_lines_stand_in_the_terminal_report(new_run: type[RunBuilder]) -> None:
    run = judged_run(judge_first(new_run().add(), said()))

    shown = [line.text for line in summary_lines(run, width=100, verbosity=0)]

    assert "judge_with_reference of my-vlm: 1 of 1 judged, 0 errors, 0 uncertain" in shown
    assert any(line.startswith("judge qwen took: 1 request, 900 tokens in") for line in shown)


def test_two_judgings_stand_side_by_side_by_model_and_metric(new_run: type[RunBuilder]) -> None:
    before, after = new_run().add(times=2), new_run().add(times=2)
    for mark in (9.0, 3.0):
        judge_first(before, said(mark))
    for _ in range(2):
        judge_first(after, said(8.5), said(2.0, tier="without_reference"), with_reference=8.5, without_reference=2.0)

    tiers = ["with_reference", "without_reference"]
    assert judgings_lines(judged_run(before), judged_run(after, tiers=tiers)) == [
        "judge_with_reference of my-vlm: 100.0% (2/2), mean 8.5 (n=2); before: 50.0% (1/2), mean 6 (n=2)",
        "judge_without_reference of my-vlm: 0.0% (0/2), mean 2 (n=2); before: -",
    ]


def test_errors_of_either_judging_stand_beside_its_rate(new_run: type[RunBuilder]) -> None:
    before = judge_first(judge_first(new_run().add(times=2), said(9.0)), said(8.0))
    after = judge_first(judge_first(new_run().add(times=2), said(9.0)), said(None))

    (line,) = judgings_lines(judged_run(before), judged_run(after))

    assert line == (
        "judge_with_reference of my-vlm: 50.0% (1/2), mean 9 (n=1), 1 error; before: 100.0% (2/2), mean 8.5 (n=2)"
    )
