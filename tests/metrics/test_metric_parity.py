"""Saved outputs score as the independent tools scored them that are named in `expected_scores.json`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.metrics.registry import build_metric
from tests.metrics.saved_outputs import read_expected_scores, read_saved_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medgen_pytest.domain.score import Score
    from medgen_pytest.metrics.contract import Pair
    from tests.metrics.saved_outputs import Record


@pytest.fixture(scope="module")
def expected(shared: Path) -> Mapping[str, Record]:
    return read_expected_scores(shared)


@pytest.fixture(scope="module")
def pairs(shared: Path) -> dict[str, Pair]:
    return read_saved_pairs(shared)


def scored(name: str, pairs: Mapping[str, Pair], expected: Mapping[str, Record]) -> list[tuple[Score, float]]:
    """Our score and the expected value of each sample that has one."""
    keys = [key for key, record in expected.items() if name in record]
    scores = build_metric(name, convention="canonical").score([pairs[key] for key in keys])
    wanted = [expected[key][name] for key in keys]
    return [(score, math.inf if value is None else value) for score, value in zip(scores, wanted, strict=True)]


@pytest.mark.parametrize(("name", "count"), [("ssim", 72), ("psnr", 72), ("bleu", 60)])
def test_every_saved_output_scores_as_expected(
    name: str, count: int, pairs: Mapping[str, Pair], expected: Mapping[str, Record]
) -> None:
    results = scored(name, pairs, expected)

    assert len(results) == count
    # Both sides compute in double precision.
    assert [score.value for score, _ in results] == pytest.approx([value for _, value in results], abs=1e-9)


def test_resized_outputs_say_so_and_the_others_do_not(
    pairs: Mapping[str, Pair], expected: Mapping[str, Record]
) -> None:
    said = {key for key, pair in pairs.items() if pair.notes}

    assert said == {key for key, record in expected.items() if record.get("resized")}
    assert said


def test_saved_answers_are_read_as_a_person_reads_them(pairs: Mapping[str, Pair]) -> None:
    metric = build_metric("exact_match", convention="canonical")
    keys = [key for key, pair in pairs.items() if metric.spec.applies_to(pair.task)]

    values = dict(zip(keys, (score.value for score in metric.score([pairs[key] for key in keys])), strict=True))

    # An empty reply, one about something else, and otherwise the answer in some wording.
    assert values == {
        f"VQA:{task}:{ordinal:06d}": float(ordinal not in {1, 3})
        for task in ("multiple-choice", "blank-filling")
        for ordinal in range(1, 7)
    }
