"""Selection: which samples a run takes, and a limit that is fair to every task and modality."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.engine.selection import Selection, select, stratify
from medgen_pytest.errors import ConfigError
from tests.engine.parts import sample

if TYPE_CHECKING:
    from medgen_pytest.domain.sample import Sample

STRATA = st.tuples(st.sampled_from([*Task][:4]), st.sampled_from([*Modality][:3]))


@st.composite
def datasets(draw: st.DrawFn) -> list[Sample]:
    """Up to 40 samples of a few tasks and modalities, each with an id of its own."""
    return [
        sample(task, number=number, modality=modality)
        for number, (task, modality) in enumerate(draw(st.lists(STRATA, max_size=40)), 1)
    ]


def stratum(item: Sample) -> tuple[Task, Modality]:
    return item.task, item.modality


@settings(deadline=None)  # a busy machine is no fault
@given(datasets(), st.randoms())
def test_the_order_does_not_depend_on_the_order_of_the_samples(samples: list[Sample], random: object) -> None:
    shuffled = list(samples)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random

    assert stratify(shuffled) == stratify(samples)
    assert sorted(item.sample_id for item in stratify(samples)) == sorted(item.sample_id for item in samples)


@settings(deadline=None)  # a busy machine is no fault
@given(datasets())
def test_every_prefix_gives_each_stratum_its_turn(samples: list[Sample]) -> None:
    sizes = Counter(map(stratum, samples))
    ordered = stratify(samples)

    for length in range(len(ordered) + 1):
        counts = Counter(map(stratum, ordered[:length]))
        turns = max(counts.values(), default=0)
        # A stratum lags by at most one turn, unless it has no samples left.
        assert all(counts[key] >= min(turns - 1, size) for key, size in sizes.items())


@settings(deadline=None)  # a busy machine is no fault
@given(datasets(), st.integers(1, 40))
def test_a_smaller_limit_takes_a_part_of_what_a_larger_one_takes(samples: list[Sample], limit: int) -> None:
    if not samples:
        return
    small = {item.sample_id for item in select(samples, Selection(), limit=limit)}
    large = {item.sample_id for item in select(samples, Selection(), limit=limit + 1)}

    assert small <= large
    assert len(small) == min(limit, len(samples))


def test_the_order_within_a_stratum_is_by_hash_and_the_same_for_ever() -> None:
    samples = [sample(number=number) for number in range(1, 6)]

    assert [item.sample_id[-1] for item in stratify(samples)] == ["2", "5", "4", "3", "1"]


def test_what_is_selected_stands_in_the_order_of_ids() -> None:
    samples = [sample(number=number) for number in (3, 1, 2)]

    selected = select(samples, Selection(), limit=None)

    assert [item.sample_id[-1] for item in selected] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(), 4),
        (Selection(formats=frozenset({Format.VQA})), 3),
        (Selection(tasks=frozenset({Task.STYLE_TRANSFER})), 1),
        (Selection(modalities=frozenset({Modality.MRI})), 2),
        (Selection(subtasks=frozenset({"organ"})), 1),
        (Selection(formats=frozenset({Format.VQA}), modalities=frozenset({Modality.MRI})), 1),
    ],
)
def test_all_conditions_must_be_met(selection: Selection, expected: int) -> None:
    samples = [
        sample(number=1, subtask="organ"),
        sample(number=2, modality=Modality.MRI),
        sample(number=3, modality=Modality.CT, subtask="side"),
        sample(Task.STYLE_TRANSFER, modality=Modality.MRI),
    ]

    assert len(select(samples, selection, limit=None)) == expected


def test_an_unknown_subtask_is_told_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="unknown subtask 'orgn'; did you mean 'organ'"):
        select([sample(subtask="organ")], Selection(subtasks=frozenset({"orgn"})), limit=None)


def test_a_dataset_without_subtasks_says_so() -> None:
    with pytest.raises(ConfigError, match="no sample has a subtask: 'organ'"):
        select([sample()], Selection(subtasks=frozenset({"organ"})), limit=None)


def test_conditions_that_nothing_meets_are_told() -> None:
    selection = Selection(formats=frozenset({Format.VQA}), tasks=frozenset({Task.STYLE_TRANSFER}))

    with pytest.raises(ConfigError, match="none of the 1 samples of the dataset meets the conditions"):
        select([sample()], selection, limit=None)
