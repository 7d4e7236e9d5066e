"""The page on clinical text metrics agrees with the code."""

from __future__ import annotations

from typing import get_args

import pytest

from medgen_pytest.metrics.clinical.entities import CLINICAL
from medgen_pytest.metrics.clinical.entries import read_entries
from medgen_pytest.metrics.clinical.lexicon import Group, load_lexicon
from medgen_pytest.metrics.clinical.radgraph_f1 import RADGRAPH_F1, RadGraphOptions
from medgen_pytest.metrics.clinical.reading import read_mentions
from medgen_pytest.metrics.rouge import ROUGE_L
from tests.docs.pages import ROOT, codes_in, table_of

PAGE = ROOT / "docs" / "clinical-text-metrics.md"
DEFINITIONS = (*CLINICAL, RADGRAPH_F1, ROUGE_L)


def test_every_metric_stands_with_its_direction() -> None:
    rows = table_of(PAGE, heading="metric of this page")

    found = [(codes_in(row["metric of this page"])[0], row["better"]) for row in rows]

    assert found == [(definition.spec.name, definition.spec.direction) for definition in DEFINITIONS]


def test_every_group_stands_with_the_number_of_its_entities() -> None:
    rows = table_of(PAGE, heading="group")

    found = {codes_in(row["group"])[0]: int(row["entities"]) for row in rows}

    assert found == {group: len(read_entries(group)) for group in get_args(Group)}


@pytest.mark.parametrize("row", table_of(PAGE, heading="group"), ids=lambda row: row["group"])
def test_an_example_of_a_group_is_read_as_the_page_says(row: dict[str, str]) -> None:
    name, _, listed = row["for example"].partition(":")

    for term in (name, *listed.split(",")):
        assert [(mention.entity, f"`{mention.group}`") for mention in read_mentions(term, load_lexicon())] == [
            (name, row["group"])
        ]


def test_every_setting_of_radgraph_stands_with_its_default() -> None:
    rows = table_of(PAGE, heading="setting of `radgraph_f1`")
    defaults = RadGraphOptions()

    found = {codes_in(row["setting of `radgraph_f1`"])[0]: codes_in(row["default"]) for row in rows}

    assert found == {"reward": [defaults.reward], "model_type": [defaults.model_type], "folder": []}
    assert set(found) == set(RadGraphOptions.model_fields)
