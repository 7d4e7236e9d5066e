"""Entries of `gates:` in settings: every spelling comes to one text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.config.load import load_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("all/bleu >= 0.5", "all/bleu >= 0.5"),
        ('"advisory: all/bleu >= 0.5"', "advisory: all/bleu >= 0.5"),
        ("advisory: all/bleu >= 0.5", "advisory: all/bleu >= 0.5"),
        ("blocking: all/bleu >= 0.5", "all/bleu >= 0.5"),
        ("{gate: all/bleu >= 0.5}", "all/bleu >= 0.5"),
        ("{gate: all/bleu >= 0.5, tier: blocking}", "all/bleu >= 0.5"),
        ("{gate: all/bleu >= 0.5, tier: advisory}", "advisory: all/bleu >= 0.5"),
    ],
)
def test_a_tier_may_be_a_key_or_stand_before_the_gate(tmp_path: Path, entry: str, text: str) -> None:
    path = tmp_path / "medgen.yaml"
    path.write_text(f"gates:\n  - {entry}\n", encoding="utf-8")

    run = load_settings({}, models=(), config_path=path, invocation_dir=tmp_path)

    assert run.settings.gates == (text,)
