"""Kinds of models: those of the paper's table, and what a model says that it answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.system_kind import SYSTEM_KINDS, kind_by_formats, system_kind
from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ConfigError
from medgen_pytest.models import ModelSpec, kind_of
from medgen_pytest.models.catalogue.systems import load_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from medgen_pytest.domain.system_kind import SystemKind


def test_every_entry_of_the_catalogue_is_of_the_kind_that_the_paper_gives_it(shared: Path) -> None:
    rows = json.loads((shared / "reference/table3.json").read_text(encoding="utf-8"))["rows"]

    kinds = [kind_of(ModelSpec("m", "catalog", {"entry": row.entry}), ()) for row in load_catalogue().table3]

    assert kinds == [row["kind"] for row in rows]


def test_a_pipeline_is_compositional_whatever_it_answers() -> None:
    assert kind_of(ModelSpec("m", "compositional", {}), {Format.IMAGE_EDITING}) == "compositional"


@pytest.mark.parametrize(
    ("formats", "kind"),
    [
        ({Format.VQA}, "vlm"),
        ({Format.IMAGE_EDITING}, "edit"),
        ({Format.MULTIMODAL_GENERATION}, "unified"),
        ({Format.VQA, Format.IMAGE_EDITING}, "unified"),
        (set(Format), "unified"),
    ],
)
def test_any_other_model_is_what_it_answers(formats: Iterable[Format], kind: SystemKind) -> None:
    assert kind_of(ModelSpec("m", "python", {}), formats) == kind_by_formats(formats) == kind


def test_an_entry_that_there_is_not_has_no_kind() -> None:
    with pytest.raises(ConfigError, match="unknown entry of the catalogue"):
        kind_of(ModelSpec("m", "catalog", {"entry": "gpt-5"}), ())


def test_what_is_no_kind_is_none() -> None:
    assert [system_kind(value) for value in (*SYSTEM_KINDS, "VLM", None, 3)] == [*SYSTEM_KINDS, None, None, None]
