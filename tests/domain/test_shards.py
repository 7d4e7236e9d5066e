"""Shards: every sample lies in exactly one, and in the same one everywhere."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medgen_pytest.domain.sample import make_sample_id
from medgen_pytest.domain.shard import Shard
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ConfigError

COUNTS = st.integers(1, 60)


def shards(count: int) -> list[Shard]:
    return [Shard(index=index, count=count) for index in range(1, count + 1)]


@given(st.text(), COUNTS)
def test_a_sample_lies_in_exactly_one_of_the_shards(sample_id: str, count: int) -> None:
    assert sum(shard.takes(sample_id) for shard in shards(count)) == 1


@given(COUNTS, st.data())
def test_a_shard_survives_text_and_plain_values(count: int, data: st.DataObject) -> None:
    shard = Shard(index=data.draw(st.integers(1, count)), count=count)

    assert Shard.parse(str(shard)) == shard
    assert Shard.from_dict(shard.to_dict()) == shard


def test_where_a_sample_lies_is_the_same_in_every_version_and_on_every_machine() -> None:
    found = [
        next(shard.index for shard in shards(8) if shard.takes(make_sample_id(Task.STYLE_TRANSFER, number)))
        for number in range(1, 11)
    ]

    assert found == [6, 3, 8, 5, 2, 3, 5, 2, 5, 4]


def test_shards_are_about_as_large_as_each_other() -> None:
    ids = [make_sample_id(task, number) for task in Task for number in range(1, 401)]

    sizes = Counter(shard.index for shard in shards(8) for sample_id in ids if shard.takes(sample_id))

    assert sum(sizes.values()) == len(ids)
    assert all(abs(size - len(ids) / 8) < 4 * (len(ids) / 8) ** 0.5 for size in sizes.values())


@pytest.mark.parametrize(
    "text", ["", "3", "3/", "/8", "a/8", "3/8/1", "-1/8", "1.5/8", "3 of 8", "\uff13/8", "3/10000"]
)
def test_what_is_no_shard_is_told_with_an_example(text: str) -> None:
    with pytest.raises(ConfigError, match="write INDEX/COUNT, like 3/8 for the third of eight"):
        Shard.parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0/8", "shards are counted from 1 to 8"),
        ("9/8", "shards are counted from 1 to 8"),
        ("1/0", "a run is cut into 1 to 1000 shards"),
        ("1/1001", "a run is cut into 1 to 1000 shards"),
    ],
)
def test_a_shard_that_there_is_not_is_refused(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Shard.parse(text)


@pytest.mark.parametrize(
    "data", [{}, {"index": 3}, {"index": "3", "count": 8}, {"index": 9, "count": 8}, {"index": True, "count": 1}]
)
def test_plain_values_that_are_no_shard_are_refused(data: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Shard.from_dict(data)
