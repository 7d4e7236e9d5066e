"""The job files of the page on shards are YAML, and their commands are commands that there are."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest
import yaml

from medgen_pytest.cli.command import build_parser
from medgen_pytest.config.options import OPTIONS
from tests.docs.pages import ROOT, blocks_of

if TYPE_CHECKING:
    from collections.abc import Iterator

JOBS = [
    block for block in blocks_of(ROOT / "docs" / "shards.md") if (block.language, block.mark) == ("yaml", "elsewhere")
]


def commands(value: object) -> Iterator[list[str]]:
    """The commands that a job file runs, with what the service fills in filled in."""
    if isinstance(value, dict):
        for key, item in value.items():
            texts = item if key == "script" else [item] if key == "run" else []
            yield from (shlex.split(re.sub(r"\$\{\{.*?\}\}|\$\w+", "1", text)) for text in texts)
            yield from commands(item)
    elif isinstance(value, list):
        for item in value:
            yield from commands(item)


@pytest.mark.parametrize("number", range(2))
def test_a_job_file_runs_commands_that_there_are(number: int) -> None:
    found = {words[0]: words[1:] for words in commands(yaml.safe_load(JOBS[number].text))}

    flags = {word.partition("=")[0] for word in found["pytest"] if word.startswith("--")}
    assert set(found) == {"pip", "pytest", "medgen"}
    assert flags <= {option.flag for option in OPTIONS}
    assert build_parser().parse_args(found["medgen"]).output.name == "merged"


def test_the_page_shows_both_services() -> None:
    assert len(JOBS) == 2
