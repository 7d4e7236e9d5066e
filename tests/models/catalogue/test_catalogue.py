"""The catalogue: every row of the paper's Table 3 has an entry, and every entry can be built."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.errors import ConfigError
from medgen_pytest.models import embedded_adapters
from medgen_pytest.models.catalogue.systems import load_catalogue

if TYPE_CHECKING:
    from pathlib import Path

CATALOGUE = load_catalogue()


def test_the_rows_are_those_of_the_paper(shared: Path) -> None:
    rows = json.loads((shared / "reference/table3.json").read_text(encoding="utf-8"))["rows"]

    assert [(row.format.value, row.model) for row in CATALOGUE.table3] == [
        (row["format"], row["model"]) for row in rows
    ]
    assert len(CATALOGUE.table3) == 25


def test_every_row_names_an_entry() -> None:
    for row in CATALOGUE.table3:
        members = CATALOGUE.members(row.entry)
        assert len(members) == (2 if "&" in row.model else 1), row


def test_every_system_has_an_adapter_and_a_provider_that_exist() -> None:
    for name, system in CATALOGUE.systems.items():
        assert system.adapter in embedded_adapters(), name
        assert system.provider is None or system.provider in CATALOGUE.providers, name
        assert (system.provider is None) == (system.needs is not None), name


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("qwen3-v", "unknown entry of the catalogue 'qwen3-v'; did you mean 'qwen3-vl'"),
        ("qwen3-vl+gpt-4o", "'gpt-4o' makes no image; these do: "),
        ("seedream-4.0+seedream-4.0", "'seedream-4.0' makes no text; these do: "),
        ("qwen3-vl+dall-e-3+dall-e-3", r"a pair is TEXT\+IMAGE"),
        ("qwen3-vl+", "unknown entry of the catalogue ''"),
    ],
)
def test_an_entry_that_does_not_exist_or_fit_is_refused(entry: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        CATALOGUE.members(entry)
