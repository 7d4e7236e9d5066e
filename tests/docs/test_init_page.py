"""The page of `medgen init` names every flag, every file and every line of the jobs, and no others."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.cli import main
from medgen_pytest.cli.starter.rendering import files_of
from medgen_pytest.cli.starter.told import Told
from tests.docs.pages import ROOT, codes_in, table_of

if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "docs" / "init.md"


def test_every_flag_stands_in_the_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        main(["init", "--help"])
    helped = set(re.findall(r"^ +(?:-\w, )?(--[a-z-]+)", capsys.readouterr().out, re.MULTILINE)) - {"--help"}

    described = {code for row in table_of(PAGE, heading="flag") for code in codes_in(row["flag"])}

    assert described - {"-y"} == helped


def test_every_file_stands_in_the_table(tmp_path: Path) -> None:
    written = {file.name for file in files_of(Told(here=tmp_path, directory=tmp_path).answers())}

    assert {codes_in(row["file"])[0] for row in table_of(PAGE, heading="file")} == written


def test_every_line_stands_in_the_jobs(tmp_path: Path) -> None:
    texts = {file.name: file.text for file in files_of(Told(here=tmp_path, directory=tmp_path).answers())}
    lines = [codes_in(row["line"])[0].removesuffix(" ...") for row in table_of(PAGE, heading="job")]

    assert len(lines) == 5
    for name in (".github/workflows/medgen.yml", ".gitlab/medgen.gitlab-ci.yml", "medgen.Jenkinsfile"):
        assert [line for line in lines if line not in texts[name]] == []
