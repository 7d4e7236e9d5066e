"""What a run took and what it did not ask, on the terminal and in the JSON report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from medgen_pytest.domain.output import Timing, Usage
from medgen_pytest.domain.result import StoredOutput
from medgen_pytest.evaluation.forecast import Forecast, JudgingForecast, ModelForecast
from medgen_pytest.evaluation.spending import spending_of
from medgen_pytest.reports.forecast import forecast_lines
from medgen_pytest.reports.json_report import report_dict, report_schema
from medgen_pytest.reports.terminal import summary_lines

if TYPE_CHECKING:
    from medgen_pytest.domain.result import NotAsked
    from medgen_pytest.evaluation.run_result import RunResult
    from tests.reports.conftest import RunBuilder

TIMING = Timing(requests=2, first_try=1.25, working=40.0, waiting=2.0)
PAID = StoredOutput(usage=Usage(input_tokens=800, output_tokens=100, cost=0.5), timing=TIMING, seconds=40.0)


def finished(builder: RunBuilder, *outputs: StoredOutput, not_asked: NotAsked | None = None) -> RunResult:
    """The run, with these outputs for its first samples; the errors are samples that were not asked."""
    for key, output in zip(list(builder.results), outputs, strict=False):
        builder.results[key] = replace(builder.results[key], output=output)
    for key, result in builder.results.items():
        if result.status == "error":
            builder.results[key] = replace(result, not_asked=not_asked)
    run = builder.build("all/accuracy >= 0", facts={"settings": {"budget": 1.5}})
    return replace(run, spending=spending_of(builder.results.values()))


def texts(run: RunResult, *, width: int = 200) -> list[str]:
    return [line.text for line in summary_lines(run, width=width, verbosity=-1, resume="runs/a")]


def test_a_model_whose_answers_say_what_they_took_has_a_line(new_run: type[RunBuilder]) -> None:
    run = finished(new_run().add(times=2), PAID, PAID)

    assert texts(run)[-1] == (
        "my-vlm took: 4 requests, 1600 tokens in, 200 tokens out, cost 1.00, 1:20 working, 0:04 waiting,"
        " first try 1.25 s (p50), 1.25 s (p95)"
    )


def test_an_amount_that_only_some_say_stands_with_their_number(new_run: type[RunBuilder]) -> None:
    run = finished(new_run().add(times=3), PAID, StoredOutput(), StoredOutput())

    assert "800 tokens in (1 of 3 answers)" in texts(run, width=400)[-1]


def test_a_model_that_says_nothing_has_no_line(new_run: type[RunBuilder]) -> None:
    run = finished(new_run().add(times=2), StoredOutput(seconds=1.0), StoredOutput(seconds=1.0))

    assert not any("took" in text for text in texts(run))


def test_a_cost_that_no_answer_says_is_unknown_and_not_nothing(new_run: type[RunBuilder]) -> None:
    free_of_prices = replace(PAID, usage=Usage(input_tokens=800))
    run = finished(new_run().add(times=2), free_of_prices, free_of_prices)

    report: Any = report_dict(run)

    assert "1600 tokens in, cost unknown, 1:20 working" in texts(run)[-1]
    assert run.cost is None
    jsonschema.Draft202012Validator(report_schema()).validate(report)
    assert report["usage"]["cost"] is None


def test_the_cost_of_the_run_is_that_of_the_models_that_say_it(new_run: type[RunBuilder]) -> None:
    run = finished(new_run().add(model="free").add(model="paid"), StoredOutput(), PAID)

    assert run.cost == 0.5


@pytest.mark.parametrize(
    ("add", "line"),
    [(0, "budget: 0.00 of 1.50 spent, 3 samples"), (1, "budget: cost unknown, 1.50 to spend, 3 samples")],
    ids=["nothing was asked", "the answer does not say"],
)
def test_a_budget_of_which_nothing_is_known_to_be_spent_says_why(
    new_run: type[RunBuilder], add: int, line: str
) -> None:
    run = finished(new_run().add(times=add).add("error", times=3), not_asked="budget")

    assert texts(run)[-1].startswith(line)


def test_the_budget_has_one_line_with_how_to_go_on(new_run: type[RunBuilder]) -> None:
    run = finished(new_run().add(times=2).add("error", times=3), PAID, PAID, not_asked="budget")

    assert texts(run)[-1] == (
        "budget: 1.00 of 1.50 spent, 3 samples not asked: raise --medgen-budget and go on with --medgen-resume=runs/a"
    )


def test_a_stopped_model_has_one_line_with_the_latest_error(new_run: type[RunBuilder]) -> None:
    reason = "not asked: the last 20 answers of the model were errors, the latest: down"
    run = finished(new_run().add().add("error", reason=reason), StoredOutput(), not_asked="errors")

    assert texts(run)[-1] == (
        "my-vlm: 1 sample not asked: the last 20 answers of the model were errors, the latest: down;"
        " mend that and go on with --medgen-resume=runs/a"
    )


def test_the_json_report_says_the_same(new_run: type[RunBuilder]) -> None:
    run = finished(new_run().add(times=2).add("error", times=3), PAID, StoredOutput(), not_asked="budget")

    report: Any = report_dict(run)

    jsonschema.Draft202012Validator(report_schema()).validate(report)
    (model,) = report["usage"]["models"]
    assert (report["usage"]["budget"], report["usage"]["cost"]) == (1.5, 0.5)
    assert (model["model"], model["asked"], model["not_asked"]) == ("my-vlm", 2, {"budget": 3, "errors": 0})
    assert model["cost"] == {"total": 0.5, "answers": 1}
    assert model["images"] == {"total": None, "answers": 0}
    assert model["first_try"] == {"p50": 1.25, "p95": 1.25, "answers": 1}


def test_a_dry_run_says_whether_the_budget_has_room() -> None:
    models = [ModelForecast(model="m", samples=2, requests=2, cost=0.75)]

    fits = forecast_lines(Forecast(models=models, budget=1.0, spent=0.25))
    not_quite = forecast_lines(Forecast(models=models, budget=1.0, spent=0.5))

    assert [line.text for line in fits][2] == "budget: 1.00, 0.25 spent; at most 0.75 more, which fits"
    assert [line.text for line in not_quite][2] == "budget: 1.00, 0.5 spent; at most 0.75 more, which may not fit"


def test_a_dry_run_says_what_judges_are_asked_and_which_part_of_the_budget_they_take() -> None:
    models = [ModelForecast(model="m", samples=2, requests=2, cost=0.5)]
    judge = ModelForecast(model="j", samples=2, requests=12, images_sent=20, input_tokens=900, cost=0.25)
    judging = JudgingForecast(
        judges=[judge],
        rubric="mine@1",
        tiers=("with_reference", "without_reference"),
        repeats=2,
        swap=True,
        warnings=["j and m are of one family"],
    )
    unknown = replace(judging, judges=[replace(judge, cost=None)], repeats=1, swap=False, warnings=())

    told = [line.text for line in forecast_lines(Forecast(models=models, judging=judging, budget=1.0), width=200)]
    other = [line.text for line in forecast_lines(Forecast(models=models, judging=unknown, budget=1.0), width=200)]

    assert told[2:] == [
        "judge  outputs  requests  images sent  images made  tokens in  tokens out  cost",
        "j            2        12           20      unknown        900     unknown  0.25",
        "judging: with reference and without reference, 2 times each, in both orders, rubric mine@1",
        told[5],
        "warning: j and m are of one family",
        "budget: 1.00, 0.00 spent; at most 0.75 more, which fits",
        "budget: judging takes at most 0.25, 25.0% of the budget",
        "medgen: dry run: no problem found; nothing asked, nothing written",
    ]
    assert "second requests, for replies that cannot be read, are not counted" in told[5]
    assert other[4] == "judging: with reference and without reference, once each, rubric mine@1"
    assert other[-3:-1] == [
        "budget: 1.00, 0.00 spent; not known whether this fits: the cost of judge j is unknown",
        "budget: what judging takes of it is unknown",
    ]


def test_a_dry_run_without_anything_to_ask_says_so() -> None:
    assert [line.text for line in forecast_lines(Forecast(models=()))] == [
        "no test here asks a model",
        "medgen: dry run: no problem found; nothing asked, nothing written",
    ]


def test_lines_fit_into_a_narrow_terminal(new_run: type[RunBuilder]) -> None:
    run = finished(new_run().add(times=2).add("error", times=3), PAID, PAID, not_asked="budget")

    assert all(len(text) <= 40 for text in texts(run, width=40))
    forecast = Forecast(models=[ModelForecast(model="m" * 60, samples=2)], problems=["x" * 100], budget=1.0)
    assert all(len(line.text) <= 40 for line in forecast_lines(forecast, width=40))
