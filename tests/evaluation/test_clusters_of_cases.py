"""Which cases of a run belong together."""

from __future__ import annotations

from dataclasses import replace

from medgen_pytest.evaluation.case import judge_cases
from tests.evaluation.records import PROFILE, by_key, plan, record


def test_the_field_of_the_records_says_what_belongs_together_before_the_image_does() -> None:
    planned = [replace(plan(number=1), cluster="patient"), plan(number=2), plan(number=3)]
    results = [replace(record(one, ssim=0.9), first_input="image") for one in planned[:2]]

    cases = judge_cases(planned, by_key(results), PROFILE)

    assert [case.cluster for case in cases] == ["patient", "image", None]


def test_an_image_that_one_model_read_is_known_of_the_sample_of_another_too() -> None:
    one, other = plan(model="a"), plan(model="b")
    results = [replace(record(one, ssim=0.9), first_input="image"), record(other, status="error", reason="down")]

    cases = judge_cases([one, other], by_key(results), PROFILE)

    assert [case.cluster for case in cases] == ["image", "image"]
