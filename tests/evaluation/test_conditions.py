"""Conditions of runs: what keeps two runs from being compared, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from medgen_pytest.evaluation.conditions import Conditions
from tests.evaluation.records import PROFILE

FACTS = {"dataset": {"fingerprint": "9b1c" * 16}, "metrics": {"ssim": "ssim/upstream@1", "bleu": "bleu/canonical@2"}}
HERE = Conditions.of(FACTS, PROFILE)


def test_a_run_can_be_compared_with_one_like_it() -> None:
    assert HERE.differences(Conditions.of(FACTS, replace(PROFILE, name="a name alone changes nothing"))) == []


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        (replace(HERE, dataset="77aa" * 16), "datasets (fingerprints 9b1c9b1c9b1c and 77aa77aa77aa)"),
        (replace(HERE, dataset=None), "datasets (fingerprints 9b1c9b1c9b1c and unknown)"),
        (
            replace(HERE, profile="own", profile_digest="x"),
            "profiles (medgen-2026.08 and own)",
        ),
        (
            replace(HERE, profile_digest="0" * 64),
            f"profiles (medgen-2026.08 {PROFILE.digest[:12]} and medgen-2026.08 000000000000)",
        ),
        (
            replace(HERE, conventions={"ssim": "ssim/canonical@1"}),
            "conventions of ssim (ssim/upstream@1 and ssim/canonical@1)",
        ),
    ],
)
def test_a_difference_says_what_each_side_is(other: Conditions, difference: str) -> None:
    assert HERE.differences(other) == [difference]


def test_only_the_metrics_that_are_compared_must_be_alike() -> None:
    other = replace(HERE, conventions={"ssim": "ssim/canonical@1", "bleu": "bleu/canonical@2"})

    assert HERE.differences(other, metrics=["bleu"]) == []


def test_a_metric_that_one_side_lacks_cannot_be_compared() -> None:
    other = replace(HERE, conventions={"ssim": "ssim/upstream@1"})

    assert HERE.differences(other) == []
    assert HERE.differences(other, metrics=["bleu"]) == ["conventions of bleu (bleu/canonical@2 and not measured)"]


def test_another_judge_is_named_as_one() -> None:
    mine = replace(HERE, conventions={"judge_with_reference": "judge_with_reference/medgen-holistic-1@1+a"})
    other = replace(HERE, conventions={"judge_with_reference": "judge_with_reference/medgen-holistic-1@1+b"})

    assert mine.differences(other)[0].startswith("judges, rubrics or rules of judge_with_reference (")


def test_a_run_of_which_nothing_is_known_has_no_conventions() -> None:
    assert Conditions.of({"dataset": None, "metrics": []}, PROFILE) == Conditions(
        dataset=None, profile=PROFILE.name, profile_digest=PROFILE.digest
    )
