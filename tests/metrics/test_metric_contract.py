"""What every metric must do, run against each one under each convention.

Metrics that need a package or weights are held to the same facts where those are: tests/learned.
"""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import numpy as np
import pytest

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.contract import Convention, MetricSpec, Pair
from medgen_pytest.metrics.registry import DEFINITIONS, METRICS, build_metric

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from medgen_pytest.domain.score import Score
    from medgen_pytest.metrics.contract import Metric

# One for all tests, as for all metrics of a run: the lexicon is read once.
CONTEXT = MetricContext()
CASES = [
    (name, convention)
    for name, definition in DEFINITIONS.items()
    if not definition.needs(CONTEXT)
    for convention in get_args(Convention)
]
TARGET_TEXT = "a nodule in the right temporal lobe, no effusion"


@pytest.fixture(params=CASES, ids="/".join)
def metric(request: pytest.FixtureRequest) -> Metric:
    name, convention = request.param
    return build_metric(name, convention=convention, context=CONTEXT)


def noise(*, seed: int, height: int = 184, width: int = 191) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def pair(*, seed: int = 1, text: str = TARGET_TEXT) -> Pair:
    return Pair(
        task=Task.BLANK_FILLING,
        pred_image=noise(seed=seed),
        target_image=noise(seed=1),
        pred_text=text,
        target_text=TARGET_TEXT,
    )


def pairs() -> list[Pair]:
    return [
        pair(),
        pair(seed=2, text="an effusion in the left frontal lobe"),
        pair(seed=3, text="a mass of the liver"),
        pair(text="a nodule"),
    ]


def same(first: Sequence[Score], second: Sequence[Score]) -> bool:
    """Whether two lists hold the same scores; a network may round differently in another batch."""
    return [replace(score, value=None) for score in first] == [replace(score, value=None) for score in second] and [
        score.value for score in first
    ] == pytest.approx([score.value for score in second], abs=2e-6)


def test_an_empty_text_is_scored_or_unscored_and_never_raises(metric: Metric) -> None:
    (score,) = metric.score([pair(text="")])

    assert (score.value is None) is (score.reason is not None)


def test_a_spec_survives_being_stored(metric: Metric) -> None:
    assert MetricSpec.from_dict(json.loads(json.dumps(metric.spec.to_dict()))) == metric.spec


def test_a_spec_says_what_the_metric_is(metric: Metric) -> None:
    spec = metric.spec

    assert METRICS[spec.name] is spec
    assert spec.title
    assert spec.version >= 1
    assert spec.low < spec.high
    assert spec.formats
    assert {task.format for task in spec.tasks} <= spec.formats


def test_a_metric_applies_to_tasks_that_have_what_it_compares(metric: Metric) -> None:
    applied = [task for task in Task if metric.spec.applies_to(task)]

    assert applied
    if metric.spec.kind == "image":
        assert all(task.format.wants_image for task in applied)
    else:
        assert all(task.format.wants_text for task in applied)


def test_the_convention_names_metric_rules_and_version(metric: Metric) -> None:
    name, _, rest = metric.convention.partition("/")
    rules, _, version = rest.partition("@")

    assert name == metric.spec.name
    assert rules in get_args(Convention)
    assert version.partition("+")[0] == str(metric.spec.version)


def test_a_score_says_how_it_was_measured(metric: Metric) -> None:
    (score,) = metric.score([pair()])

    assert score.metric == metric.spec.name
    assert score.convention == metric.convention
    assert score.direction == metric.spec.direction


def test_no_pairs_give_no_scores(metric: Metric) -> None:
    assert metric.score([]) == []


def test_scores_come_in_the_order_of_the_pairs(metric: Metric) -> None:
    given = pairs()

    forwards = metric.score(given)

    assert same(metric.score(given[::-1]), forwards[::-1])


def test_a_batch_gives_what_the_pairs_give_one_by_one(metric: Metric) -> None:
    given = pairs()

    assert same(metric.score(given), [metric.score([one])[0] for one in given])


def test_values_lie_in_the_range_of_the_spec(metric: Metric) -> None:
    values = [score.value for score in metric.score(pairs())]

    assert all(value is not None and metric.spec.low <= value <= metric.spec.high for value in values)


def test_the_target_itself_gets_the_best_value(metric: Metric) -> None:
    best, *others = (score.value for score in metric.score(pairs()))

    lower = metric.spec.direction == "lower"
    expected = metric.spec.low if lower else metric.spec.high
    assert best is not None
    assert best == pytest.approx(100.0 if metric.convention == "psnr/upstream@1" else expected, abs=1e-6)
    assert all(value is not None and (value > best if lower else value < best) for value in others[:2])


def test_the_same_pair_gives_the_same_score_again(metric: Metric) -> None:
    assert metric.score(pairs()) == metric.score(pairs())


def test_no_input_is_changed(metric: Metric) -> None:
    given = pair(seed=2)
    assert given.pred_image is not None
    assert given.target_image is not None
    before = given.pred_image.copy(), given.target_image.copy()

    metric.score([given])

    assert np.array_equal(given.pred_image, before[0])
    assert np.array_equal(given.target_image, before[1])


def test_read_only_images_are_scored(metric: Metric) -> None:
    given = pair(seed=2)
    expected = metric.score([given])
    for image in (given.pred_image, given.target_image):
        assert image is not None
        image.setflags(write=False)

    assert metric.score([given]) == expected


def test_images_that_are_not_contiguous_are_scored(metric: Metric) -> None:
    given = pair(seed=2)
    assert given.pred_image is not None
    height, width, _ = given.pred_image.shape
    spread = np.zeros((2 * height, 2 * width, 3), np.uint8)
    spread[::2, ::2] = given.pred_image
    view = replace(given, pred_image=spread[::2, ::2])

    assert metric.score([view]) == metric.score([given])


def test_a_missing_prediction_is_unscored_with_the_reason(metric: Metric) -> None:
    (score,) = metric.score([replace(pair(), pred_image=None, pred_text=None)])

    assert score.value is None
    assert score.reason == f"no {metric.spec.kind} in the output"


def test_a_missing_target_is_unscored_with_the_reason(metric: Metric) -> None:
    (score,) = metric.score([replace(pair(), target_image=None, target_text=None)])

    assert score.value is None
    assert score.reason == f"no target {metric.spec.kind} in the sample"


def test_a_broken_pair_leaves_the_others_of_its_batch_alone(metric: Metric) -> None:
    broken = replace(pair(), pred_image=noise(seed=1, width=9), target_text=" ")

    before, middle, after = metric.score([pair(), broken, pair()])

    assert middle.value is None
    assert middle.reason
    assert same([before, after], metric.score([pair()]) * 2)


def test_a_score_survives_being_stored(metric: Metric) -> None:
    (score,) = metric.score([pair()])

    stored = score.to_dict()["value"]

    assert stored == "inf" if score.value == math.inf else stored == score.value


def test_a_note_on_the_making_of_the_images_goes_into_image_scores_only(metric: Metric) -> None:
    (score,) = metric.score([replace(pair(), notes=("resized from 9x9 to 31x24",))])

    assert ("resized from 9x9 to 31x24" in score.notes) is (metric.spec.kind == "image")
