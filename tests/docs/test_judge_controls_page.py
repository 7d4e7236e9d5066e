"""The page on controls names every control and every key of a study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.cli import main
from medgen_pytest.judge.controls import CONTROLS
from tests.cli.stored_runs import document, make_run
from tests.docs.pages import ROOT, codes_in, table_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PAGE = ROOT / "docs" / "judge-controls.md"


def test_every_control_is_described() -> None:
    assert tuple(codes_in(row["control"])[0] for row in table_of(PAGE, heading="control")) == CONTROLS


def test_every_key_of_a_study_is_described(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(tmp_path)

    code = main(["judge", "controls", str(run), "--judge=python:tests.cli.judges:strict", "--controls=blank"])

    described = [code for row in table_of(PAGE, heading="key") for code in codes_in(row["key"])]
    assert (code, capsys.readouterr().err) == (0, "")
    assert set(described) == document(run / "controls.json").keys()
