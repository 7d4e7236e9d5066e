"""Forecasts: sums of estimates, in which one unknown makes the whole unknown."""

from __future__ import annotations

from medgen_pytest.evaluation.forecast import Forecast, JudgingForecast, ModelForecast, forecast_of
from medgen_pytest.models.contract import Estimate


def test_estimates_add_up() -> None:
    one = Estimate(requests=2, images_sent=1, images_made=1, input_tokens=10, output_tokens=5, cost=0.5)

    assert forecast_of("m", [one, one, one], finished=4) == ModelForecast(
        model="m",
        samples=3,
        finished=4,
        requests=6,
        images_sent=3,
        images_made=3,
        input_tokens=30,
        output_tokens=15,
        cost=1.5,
    )


def test_an_amount_that_one_sample_does_not_know_is_unknown_and_the_others_are_not() -> None:
    found = forecast_of("m", [Estimate(input_tokens=10, cost=0.5), Estimate(cost=0.25)])

    assert (found.requests, found.input_tokens, found.cost) == (2, None, 0.75)


def test_a_model_that_cannot_estimate_is_unknown_but_for_its_samples() -> None:
    assert forecast_of("m", [None, None]) == ModelForecast(model="m", samples=2)


def test_nothing_left_to_ask_takes_nothing() -> None:
    found = forecast_of("m", [], finished=3)

    assert (found.requests, found.input_tokens, found.cost) == (0, 0, 0)


def test_the_cost_of_all_models_is_unknown_when_that_of_one_is() -> None:
    known, unknown = ModelForecast(model="a", samples=1, cost=0.5), ModelForecast(model="b", samples=1)

    assert Forecast(models=[known, known]).cost == 1.0
    assert Forecast(models=[known, unknown]).cost is None


def test_what_judges_cost_belongs_to_the_cost_of_the_run_and_is_a_share_of_its_budget() -> None:
    model, judge = ModelForecast(model="a", samples=1, cost=0.5), ModelForecast(model="j", samples=1, cost=0.25)

    forecast = Forecast(models=[model], judging=judging(judge, judge), budget=2.0)

    assert (forecast.cost, forecast.judges_share, forecast.unknown) == (1.0, 0.25, [])
    assert Forecast(models=[model], judging=judging(judge), budget=0.0).judges_share is None
    assert Forecast(models=[model], judging=judging(judge)).judges_share is None


def test_a_judge_whose_cost_is_unknown_makes_the_whole_unknown_and_is_named() -> None:
    model, judge = ModelForecast(model="a", samples=1, cost=0.5), ModelForecast(model="j", samples=1)

    forecast = Forecast(models=[model], judging=judging(judge), budget=2.0)

    assert (forecast.cost, forecast.judges_share, forecast.unknown) == (None, None, ["judge j"])


def judging(*judges: ModelForecast) -> JudgingForecast:
    return JudgingForecast(judges=judges, rubric="r@1", tiers=("with_reference",))
