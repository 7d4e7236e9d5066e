"""The page that walks through the example of a model's repository holds in a copy of that repository."""

from __future__ import annotations

import shlex
import shutil
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
import yaml

from tests.docs.pages import ROOT, Block, blocks_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.docs.walkthrough import Walkthrough

PAGE = ROOT / "docs" / "example-repository.md"
REPOSITORY = ROOT / "examples" / "model-repo"
SHOWN = [block for block in blocks_of(PAGE) if block.title is not None]


@pytest.fixture
def repository(walkthrough: Walkthrough) -> Path:
    folder = walkthrough.pytester.path
    unwanted = shutil.ignore_patterns("__pycache__", "medgen-runs")
    shutil.copytree(REPOSITORY, folder, dirs_exist_ok=True, ignore=unwanted)
    return folder


def without_training(block: Block, walkthrough: Walkthrough) -> Block:
    """A block whose commands that train have been run, outside of this process, and are taken out."""
    rest = []
    for line in block.text.splitlines(keepends=True):
        if line.startswith("python train.py"):
            result = walkthrough.pytester.run(sys.executable, *shlex.split(line)[1:], timeout=120)
            assert result.ret == 0
        else:
            rest.append(line)
    return Block(where=block.where, language=block.language, text="".join(rest), mark=block.mark)


@pytest.mark.parametrize("block", SHOWN, ids=lambda block: str(block.title))
def test_what_the_page_shows_stands_in_the_file(block: Block) -> None:
    assert block.text in (REPOSITORY / str(block.title)).read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_page_does_what_it_says_and_the_weights_are_those_that_training_gives(
    repository: Path, walkthrough: Walkthrough
) -> None:
    for block in blocks_of(PAGE):
        if block.title is None:
            walkthrough.take(without_training(block, walkthrough))

    released, trained = (np.load(folder / "tiny_vlm" / "weights.npz") for folder in (REPOSITORY, repository))
    assert released.files == trained.files
    assert all(np.array_equal(released[name], trained[name]) for name in ("words", "sentences"))
    numbers = set(released.files) - {"words", "sentences"}
    assert all(np.allclose(released[name], trained[name], atol=1e-3) for name in numbers)


def test_the_job_file_names_steps_that_there_are() -> None:
    script = (REPOSITORY / "ci.sh").read_text(encoding="utf-8")
    workflow = (REPOSITORY / ".github" / "workflows" / "evaluate.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(workflow.replace("${{ matrix.shard }}", "2"))["jobs"]

    commands = [step.get("run", "") for job in jobs.values() for step in job["steps"]]

    steps = {step for command in commands if command.startswith("sh ci.sh ") for step in command.split()[2:]}
    assert steps == {"unit_tests", "dry_run", "gates", "shard_2", "verdict"}
    assert [step for step in steps if f"\n{step}() {{\n" not in script] == []
