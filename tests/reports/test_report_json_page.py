from __future__ import annotations

import doctest
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from medgen_pytest.reports.json_report import report_schema

PAGE = Path(__file__).resolve().parents[2] / "docs" / "report-json.md"


def blocks_of(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def beside_the_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in that holds the example as report.json."""
    [example] = blocks_of("json")
    (tmp_path / "report.json").write_text(example, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_example_is_a_valid_report() -> None:
    [example] = blocks_of("json")

    jsonschema.Draft202012Validator(report_schema()).validate(json.loads(example))


def test_every_key_of_the_schema_is_named_on_the_page() -> None:
    schema: Any = report_schema()
    objects = [schema, *schema["$defs"].values(), *schema["properties"].values()]
    keys = {key for found in objects for key in found.get("properties", {})}

    text = PAGE.read_text(encoding="utf-8")

    assert not {key for key in keys if f"`{key}`" not in text and f'"{key}"' not in text}


@pytest.mark.usefixtures("beside_the_example")
def test_the_python_of_the_page_prints_what_it_says() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")

    assert result.attempted > 5
    assert result.failed == 0


def test_the_jq_of_the_page_finds_what_it_says(beside_the_example: Path) -> None:
    jq = shutil.which("jq")
    if jq is None:
        pytest.skip("jq is not installed")
    programs = re.findall(r"jq (-\w) '(.*?)' report\.json", "\n".join(blocks_of("sh")), re.DOTALL)

    found = [
        subprocess.run(
            [jq, option, program, str(beside_the_example / "report.json")],
            check=True,
            capture_output=True,
            encoding="utf-8",
        ).stdout
        for option, program in programs
    ]

    assert found == [
        "my-editor\tnoise-reconstruction\t0.5\t2\t0\n",
        "breached: image_editing/ssim >= 80% for my-editor: 0.5000 (1 of 2)\n",
        '["edit:noise-reconstruction:000002",0.61]\n["edit:noise-reconstruction:000001",0.84]\n',
        "",
    ]
