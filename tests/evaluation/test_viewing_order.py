"""The order in which results are looked at: the worst first, and a part by lot."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.result import SampleResult, Status
from medgen_pytest.domain.score import Score
from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.case import Case, judge_cases
from medgen_pytest.evaluation.profile import load_profile
from medgen_pytest.evaluation.viewing_order import by_lot, margin, samples_to_show, worst_first

if TYPE_CHECKING:
    from collections.abc import Mapping

PROFILE = load_profile("medgen-2026.08", root=Path())
IMAGES = (Task.STYLE_TRANSFER, Task.ARTIFACT_REMOVAL)


def case(
    name: str,
    scores: Mapping[str, float] | None = None,
    *,
    model: str = "m",
    status: Status | None = "answered",
    task: Task = Task.STYLE_TRANSFER,
    modality: Modality = Modality.CT,
) -> Case:
    planned = PlannedSample(model=model, sample_id=name, task=task, modality=modality)
    result = SampleResult(
        model=model,
        sample_id=name,
        task=task,
        modality=modality,
        status=status or "answered",
        reason=None if status == "answered" else "a reason",
        scores={
            metric: Score(metric=metric, value=value, direction="higher", convention="c@1")
            for metric, value in (scores or {}).items()
        },
    )
    [judged] = judge_cases([planned], {planned.key: result} if status else {}, PROFILE)
    return judged


def names(cases: list[Case]) -> list[str]:
    return [one.planned.sample_id for one in cases]


def test_the_models_own_failures_come_first_and_accurate_results_last() -> None:
    cases = [
        case("accurate", {"ssim": 0.9, "psnr": 40.0}),
        case("missing", status=None),
        case("error", status="error"),
        case("inaccurate", {"ssim": 0.1, "psnr": 40.0}),
        case("invalid", status="invalid"),
    ]

    assert names(worst_first(cases, PROFILE)) == ["invalid", "inaccurate", "error", "missing", "accurate"]


def test_what_falls_short_more_comes_first_and_accurate_results_near_to_a_threshold_do() -> None:
    cases = [
        case("near", {"ssim": 0.71, "psnr": 40.0}),
        case("best", {"ssim": 1.0, "psnr": math.inf}),
        case("a little", {"ssim": 0.69, "psnr": 40.0}),
        case("much", {"ssim": 0.9, "psnr": 1.0}),
    ]

    assert names(worst_first(cases, PROFILE)) == ["much", "a little", "near", "best"]


def test_a_margin_is_the_worst_share_of_the_metrics_range_or_of_the_threshold() -> None:
    within = {"ssim": 0.9, "psnr": 42.0}

    assert math.isclose(margin(case("a", within), PROFILE), min(0.2 / 2, 14 / 28))
    assert margin(case("b", {"ssim": -math.inf, "psnr": 28.0}), PROFILE) == -math.inf
    assert margin(case("c", {"ssim": math.nan}), PROFILE) == 0.0
    assert margin(case("d", status=None), PROFILE) == 0.0


def test_the_lot_is_the_same_for_a_seed_and_keeps_the_results_of_a_sample_together() -> None:
    cases = [case(f"s{number}", model=model) for model in "ab" for number in range(30)]

    drawn, again, other = (names(by_lot(cases, seed=seed)) for seed in (0, 0, 1))

    assert drawn == again != other
    assert drawn[::2] == drawn[1::2]
    assert drawn[::2] != sorted(drawn[::2])


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.sampled_from(IMAGES), st.sampled_from(list(Modality)), st.floats(0, 1)),
        min_size=1,
        max_size=60,
        unique_by=lambda one: one[0],
    )
)
def test_every_sample_is_shown_once_and_each_task_and_modality_early(
    made: list[tuple[int, Task, Modality, float]],
) -> None:
    cases = [
        case(f"s{number}", {"ssim": value, "psnr": 1.0}, task=task, modality=modality)
        for number, task, modality, value in made
    ]
    worst, drawn = worst_first(cases, PROFILE), by_lot(cases, seed=0)

    order = samples_to_show(worst, drawn)

    assert sorted(order) == sorted(names(cases))
    strata = {one.planned.sample_id: (one.planned.task, one.planned.modality) for one in cases}
    enough = math.ceil(len(set(strata.values())) * 4 / 3) + 1
    assert {strata[name] for name in order[:enough]} == set(strata.values())
    assert order[0] == names(worst)[0]


def test_one_of_four_is_drawn_by_lot() -> None:
    cases = [case(f"s{number:03d}", {"ssim": number / 1000, "psnr": 40.0}) for number in range(400)]
    worst, drawn = names(worst_first(cases, PROFILE)), names(by_lot(cases, seed=0))

    first = samples_to_show(worst_first(cases, PROFILE), by_lot(cases, seed=0))[:100]

    assert first[:3] == worst[:3]
    assert set(worst[:70]) < set(first)
    assert len(set(drawn[:25]) & set(first)) >= 25
    assert Counter(first).most_common(1)[0][1] == 1
