"""The shared copies of one small dataset in three layouts give the same samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from medgen_pytest.datasets import open_dataset, validate_dataset
from medgen_pytest.domain.taxonomy import Format, Task
from medgen_pytest.errors import DatasetError

if TYPE_CHECKING:
    from pathlib import Path

COPIES = {"medgen-mini": "tree", "medgen-mini-parquet": "parquet", "medgen-mini-prepared": "prepared"}
FINGERPRINT = "105c2a8e5ef21ce8bb173ca3cc3e8fb45feb1e3eae754438ec7772b0799ef05a"
CONTENT = "cee06545bf2fa862d1b09795e9285e11c15428adaffa16d6bb3812b1e6d97810"


@pytest.mark.parametrize(("copy", "layout"), COPIES.items())
def test_a_copy_has_the_96_samples_and_the_common_fingerprint(shared: Path, copy: str, layout: str) -> None:
    dataset = open_dataset(shared / "data" / copy, allow_outside_paths=True)

    assert dataset.layout == layout
    assert len(dataset) == 96
    assert dataset.ids == open_dataset(shared / "data" / "medgen-mini").ids
    assert dataset.fingerprint == FINGERPRINT


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_is_valid_with_the_same_images_and_texts(shared: Path, copy: str) -> None:
    report = validate_dataset(shared / "data" / copy, allow_outside_paths=True)

    assert report.problems == ()
    assert report.total == 96
    assert set(report.tasks) == {(task.format, task) for task in Task}
    assert set(report.tasks.values()) == {6}
    assert len(report.modalities) == 6
    assert report.fingerprint == FINGERPRINT
    assert report.content_digest == CONTENT


@pytest.mark.parametrize("copy", COPIES)
def test_a_shuffled_reading_gives_the_same_images(shared: Path, copy: str) -> None:
    reference = open_dataset(shared / "data" / "medgen-mini")
    dataset = open_dataset(shared / "data" / copy, allow_outside_paths=True)
    order = np.random.default_rng(7).permutation(len(dataset))

    for index in order:
        sample = dataset.get(dataset.ids[index])
        expected = reference.get(dataset.ids[index])
        assert [image.read() for image in sample.inputs] == [image.read() for image in expected.inputs]


def test_the_prepared_copy_needs_leave_for_its_link(shared: Path) -> None:
    with pytest.raises(DatasetError, match=r"--medgen-allow-outside-paths or `dataset.allow_outside_paths: true`"):
        open_dataset(shared / "data" / "medgen-mini-prepared")


def test_multi_image_questions_keep_their_originals(shared: Path) -> None:
    dataset = open_dataset(shared / "data" / "medgen-mini-prepared", allow_outside_paths=True)

    several = [sample for sample in dataset if len(sample.inputs) > 1]

    assert several
    assert all(sample.format is Format.VQA for sample in several)
    assert not any("contact_sheets" in image.name for sample in several for image in sample.inputs)
