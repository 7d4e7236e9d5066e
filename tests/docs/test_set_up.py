"""The two commands that set everything up name things that there are."""

from __future__ import annotations

import configparser
import re
import shlex

from tests.docs.pages import ROOT, blocks_of

README = ROOT / "README.md"


def commands() -> list[list[list[str]]]:
    """The shell lines of the README that make an environment, as words of each command."""
    lines = [line for block in blocks_of(README) if block.language == "sh" for line in block.text.splitlines()]
    return [[shlex.split(part) for part in line.split(" && ")] for line in lines if "-m venv" in line]


def test_there_are_exactly_two_and_each_begins_with_a_fresh_environment() -> None:
    found = commands()

    assert len(found) == 2
    assert [parts[0] for parts in found] == [["python3", "-m", "venv", ".venv"]] * 2
    assert all(part[0].startswith(".venv/bin/") for parts in found for part in parts[1:])


def test_the_main_job_installs_every_extra_for_users_and_runs_the_demo() -> None:
    main_job, _ = commands()

    assert main_job[1][-1] == ".[all]"
    assert main_job[2] == [".venv/bin/medgen", "demo"]


def test_the_tests_are_run_by_tox_with_all_its_environments() -> None:
    _, tests = commands()
    tox = configparser.ConfigParser()
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    environments = {name.strip() for name in tox["tox"]["env_list"].replace("\n", ",").split(",") if name.strip()}

    assert tests[1][-1] == "tox"
    assert tests[2] == [".venv/bin/python", "-m", "tox", "run"]
    assert {"lint", "types", "layers", "docs"} <= environments


def test_the_site_is_built_by_what_the_extra_for_it_brings() -> None:
    tox = configparser.ConfigParser()
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    extra = re.search(r"^docs = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert extra

    installed = {line for line in tox["testenv:docs"]["deps"].split() if not line.startswith("pytest")}

    assert installed == set(re.findall(r'"([^"]+)"', extra[1]))
