"""Several raters with each other."""

from __future__ import annotations

import json

import pytest

from medgen_pytest.evaluation.agreement import compare_raters, kappa, krippendorff_alpha, pairwise_agreement, spearman

SCORES: dict[str, list[float | None]] = {
    "north": [9, 8, 3, 6, None, 7],
    "south": [8, 9, 2, 8, 5, 7.5],
    "west": [9, None, 4, 7, 6, 7],
}


def test_each_pair_is_compared_on_what_both_rated() -> None:
    first, second, third = pairwise_agreement(SCORES, threshold=8.0)

    assert [(pair.first, pair.second, pair.items) for pair in (first, second, third)] == [
        ("north", "south", 5),
        ("north", "west", 4),
        ("south", "west", 5),
    ]
    assert first.same_verdict == pytest.approx(0.8)
    assert first.difference == pytest.approx((1 - 1 + 1 - 2 - 0.5) / 5)
    assert first.kappa.value == kappa([1, 1, 0, 0, 0], [1, 1, 0, 1, 0]).value
    assert first.kappa_quadratic.value == kappa([9, 8, 3, 6, 7], [8, 9, 2, 8, 7.5], weights="quadratic").value
    assert first.spearman.value == spearman([9, 8, 3, 6, 7], [8, 9, 2, 8, 7.5]).value


def test_all_raters_together_are_plain_values_for_strict_json() -> None:
    found = compare_raters(SCORES, threshold=8.0)

    assert found.alpha == krippendorff_alpha(list(zip(*SCORES.values(), strict=True)))
    assert found.fleiss_kappa.items == 4
    json.dumps(found.to_dict(), allow_nan=False)


def test_a_pair_that_rated_nothing_in_common_has_reasons_and_no_numbers() -> None:
    (pair,) = pairwise_agreement({"a": [1, None], "b": [None, 2]}, threshold=8.0)

    assert (pair.items, pair.same_verdict, pair.difference) == (0, None, None)
    assert pair.kappa.reason == "fewer than two items have a rating of both"


def test_no_raters_agree_on_nothing() -> None:
    found = compare_raters({}, threshold=8.0)

    assert (found.raters, found.pairs, found.alpha.value) == ((), (), None)


def test_raters_with_lists_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="one length, not of 2, 3"):
        compare_raters({"a": [1, 2], "b": [1, 2, 3]}, threshold=8.0)
