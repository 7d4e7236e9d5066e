"""`medgen plan`: how many samples a difference takes, and which limit of a dataset has them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.small_dataset import write_small_dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_it_says_how_many_samples_a_difference_takes(medgen: Medgen) -> None:
    done = medgen("plan", "--detect=3%", "--discordant=0.2", "--rate=0.6")

    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "to find a difference of 0.03 between two accuracy rates, up or down, in 80 of 100 cases, with a",
        "    confidence of 95%:",
        "",
        "differ  samples",
        "20.0%      1742",
        "differ: the share of samples on which the two do not agree; 'medgen compare' tells that of two",
        "    runs",
        "asked for different samples, 4234 each, at rates of 0.6 and 0.57",
        "for a gate 'lower bound >= 0.57' on a rate of 0.6, 1672 samples",
    ]


def test_of_a_dataset_it_says_which_limit_has_them_and_what_each_finds(medgen: Medgen, tmp_path: Path) -> None:
    write_small_dataset(tmp_path / "data")

    done = medgen("plan", "--detect=0.9", "--one-sided", "--dataset", tmp_path / "data")

    lines = done.out.splitlines()
    assert [line.split() for line in lines[3:5]] == [["differ", "samples", "--medgen-limit"], ["90.0%", "5", "5"]]
    assert f"{tmp_path / 'data'}: 8 samples" in lines
    assert "the smallest difference that is found, where 90.0% of the samples differ:" in lines


def test_a_dataset_that_is_too_small_has_no_limit(medgen: Medgen, tmp_path: Path) -> None:
    write_small_dataset(tmp_path / "data")

    done = medgen("plan", "--detect=0.1", "--discordant=0.1", "--dataset", tmp_path / "data", "--formats=vqa")

    assert ["10.0%", "77", "not", "enough"] in [line.split() for line in done.out.splitlines()]
    assert f"{tmp_path / 'data'}: 4 samples" in done.out


def test_it_takes_the_dataset_and_what_belongs_together_from_the_settings(medgen: Medgen, tmp_path: Path) -> None:
    write_small_dataset(tmp_path / "data")
    for path in (tmp_path / "data").rglob("data.jsonl"):
        records = [{**json.loads(line), "patient": "p1"} for line in path.read_text(encoding="utf-8").splitlines()]
        path.write_text("".join(f"{json.dumps(record)}\n" for record in records), encoding="utf-8")
    (tmp_path / "medgen.yaml").write_text("dataset: {path: data, cluster_by: patient}\n", encoding="utf-8")

    done = medgen("plan", "--detect=0.9", "--discordant=0.9", "--one-sided")
    both = medgen("plan", "--detect=0.9", "--cluster-size=2")

    assert "not enough" in done.out
    assert (both.code, both.err) == (
        4,
        "medgen: the dataset says which samples belong together (dataset.cluster_by): omit --cluster-size\n",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: --detect"),
        (["--detect=many"], "argument --detect: 'many' is no share: write 0.03 or 3%"),
        (["--detect=0"], "medgen: --detect 0: a share above 0, at most 1 is needed"),
        (["--detect=3%", "--power=1"], "medgen: --power 1: a chance above 0.05, below 1 is needed"),
        (["--detect=3%", "--dataset=nowhere"], "nowhere"),
    ],
)
def test_what_cannot_be_planned_is_wrong_usage(medgen: Medgen, arguments: list[str], message: str) -> None:
    done = medgen("plan", *arguments)

    assert (done.code, done.out) == (4, "")
    assert message in done.err
