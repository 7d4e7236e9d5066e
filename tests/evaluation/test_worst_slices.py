"""The worst slices: bad ones with many samples come before a single wrong answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.case import Case
from medgen_pytest.evaluation.outcome import Outcome, Verdict
from medgen_pytest.evaluation.slices import summarise
from medgen_pytest.evaluation.worst_slices import worst_slices
from tests.evaluation.records import plan

if TYPE_CHECKING:
    from collections.abc import Mapping

GOOD, BAD, ERROR, MISSING = Outcome.ACCURATE, Outcome.INACCURATE, Outcome.ERROR, Outcome.MISSING


def slices(outcomes: Mapping[Modality, list[Outcome]], *, model: str = "m") -> list[Case]:
    cases: list[Case] = []
    for modality, found in outcomes.items():
        for outcome in found:
            planned = plan(Task.STYLE_TRANSFER, model=model, modality=modality, number=len(cases) + 1)
            cases.append(Case(planned=planned, result=None, verdict=Verdict(outcome=outcome), metrics={}))
    return cases


def names(cases: list[Case], *, most: int = 10) -> list[str | None]:
    return [worst.part.value("modality") for worst in worst_slices(summarise(cases), most=most)]


def test_the_rate_that_is_bad_at_best_comes_first() -> None:
    outcomes = {
        Modality.CT: [BAD],  # 0 of 1 may well be 79%
        Modality.MRI: [BAD] * 20 + [GOOD] * 20,
        Modality.X_RAY: [BAD] * 19 + [GOOD],
    }

    assert names(slices(outcomes)) == ["X-Ray", "MRI", "CT"]


def test_wrong_answers_on_one_patient_count_as_one() -> None:
    cases = slices({Modality.CT: [BAD] * 9 + [GOOD], Modality.MRI: [BAD] * 6 + [GOOD] * 2})
    in_clusters = [case._replace(cluster="patient" if index < 9 else None) for index, case in enumerate(cases)]

    assert (names(cases), names(in_clusters)) == (["CT", "MRI"], ["MRI", "CT"])


def test_each_has_the_interval_that_its_slice_has_everywhere() -> None:
    cases = [case._replace(cluster="patient") for case in slices({Modality.CT: [BAD, BAD, GOOD, ERROR]})]
    found = summarise(cases)

    (worst,) = worst_slices(found)

    assert worst.interval == found[worst.part].interval


def test_only_slices_in_which_something_is_wrong_are_there() -> None:
    assert names(slices({Modality.CT: [GOOD, GOOD], Modality.MRI: [GOOD, BAD]})) == ["MRI"]


@pytest.mark.parametrize("outcome", [ERROR, MISSING])
def test_what_was_not_judged_is_not_held_against_a_model(outcome: Outcome) -> None:
    assert names(slices({Modality.CT: [outcome] * 9, Modality.MRI: [BAD, outcome]})) == ["MRI"]


def test_there_are_at_most_as_many_as_are_asked_for() -> None:
    assert names(slices({modality: [BAD] for modality in Modality}), most=2) == ["CT", "Clinical Photography"]


def test_slices_of_all_models_are_compared() -> None:
    cases = [*slices({Modality.CT: [BAD, GOOD]}, model="a"), *slices({Modality.CT: [BAD, BAD]}, model="b")]

    assert [worst.part.model for worst in worst_slices(summarise(cases))] == ["b", "a"]


def test_a_run_without_samples_has_none() -> None:
    assert worst_slices({}) == []
