"""Records that belong together by one of their fields."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medgen_pytest import open_dataset
from medgen_pytest.errors import DatasetError
from tests.datasets.conftest import IDS, RECORDS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.datasets.conftest import Builder, Record

LAYOUTS = ("tree", "prepared", "parquet")


def of_patients(*patients: object) -> tuple[Record, ...]:
    return tuple(
        replace(record, more={"patient_id": patient}) for record, patient in zip(RECORDS, patients, strict=True)
    )


def written(build: Builder, layout: str, records: tuple[Record, ...]) -> Path:
    if layout == "parquet":
        return build.parquet(records)
    return build.tree(records) if layout == "tree" else build.prepared(records)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_records_that_say_the_same_in_the_field_belong_together(build: Builder, layout: str) -> None:
    path = written(build, layout, of_patients("P-1", "P-2", "P-1", " P-2 ", None))

    dataset = open_dataset(path, cluster_by="patient_id")

    choice, report, noise, speckle, organ = (
        dataset.get(name).cluster for name in (IDS[3], IDS[4], IDS[0], IDS[1], IDS[2])
    )
    assert choice == noise != None  # noqa: E711 - both have one, and it is the same
    assert report == speckle != choice
    assert organ is None


def test_a_number_is_the_same_patient_as_its_digits(build: Builder) -> None:
    dataset = open_dataset(build.tree(of_patients(7, "7", "8", None, None)), cluster_by="patient_id")

    assert dataset.get(IDS[3]).cluster == dataset.get(IDS[4]).cluster != dataset.get(IDS[0]).cluster


def test_clusters_are_the_same_in_every_layout_and_do_not_name_the_patient(build: Builder) -> None:
    records = of_patients("Jane Doe", "P-2", "P-1", "P-2", "P-3")

    found = [
        [sample.cluster for sample in open_dataset(written(build, layout, records), cluster_by="patient_id")]
        for layout in LAYOUTS
    ]

    assert found[0] == found[1] == found[2]
    assert all(len(name or "") == 16 for name in found[0])
    assert "Jane" not in str(found)


def test_the_fingerprint_does_not_depend_on_what_belongs_together(build: Builder) -> None:
    path = build.tree(of_patients("P-1", "P-2", "P-1", "P-2", None))

    assert open_dataset(path).fingerprint == open_dataset(path, cluster_by="patient_id").fingerprint


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_field_that_no_record_has_is_refused(build: Builder, layout: str) -> None:
    path = build.layout(layout)

    with pytest.raises(DatasetError, match=r"no record has the field 'patient' that `dataset\.cluster_by` names"):
        open_dataset(path, cluster_by="patient")


@pytest.mark.parametrize(("value", "kind"), [([1], "a list"), (True, "a truth value"), ({"a": 1}, "an object")])
def test_a_value_that_names_nothing_is_a_problem_of_its_record(build: Builder, value: object, kind: str) -> None:
    path = build.tree(of_patients("P-1", "P-2", "P-1", "P-2", value))

    with pytest.raises(DatasetError, match=f"field 'patient_id' must be a text or a whole number, not {kind}"):
        open_dataset(path, cluster_by="patient_id")
