"""What is said of versions in one place is what the others say."""

from __future__ import annotations

import configparser
import os
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.compatibility.cases import CASES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it there

ROOT = Path(__file__).resolve().parents[2]
LOWEST = Path(__file__).with_name("lowest.txt")
FOR_USERS = ("parquet", "classical")
"""The extras that `all` stands for."""


def lowest() -> dict[str, Version]:
    """The versions that the lowest environment is held to."""
    lines = [line for line in LOWEST.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {name: Version(version) for name, _, version in (line.partition("==") for line in lines)}


def project() -> dict[str, Any]:
    """The table `project` of pyproject.toml."""
    document: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    table: dict[str, Any] = document["project"]
    return table


def bounds() -> dict[str, Version]:
    """The lowest version of each dependency that users get, as pyproject.toml states them."""
    extras = project()["optional-dependencies"]
    texts = [*project()["dependencies"], *(text for extra in FOR_USERS for text in extras[extra])]
    requirements = [Requirement(text) for text in texts]
    return {each.name: Version(str(each.specifier).removeprefix(">=")) for each in requirements}


@pytest.fixture(scope="module")
def tox() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(ROOT / "tox.ini", encoding="utf-8")
    return parser


def test_the_lowest_versions_are_those_that_the_project_states() -> None:
    assert lowest() == bounds()


def test_the_lowest_environment_has_the_lowest_versions() -> None:
    if LOWEST.name not in os.environ.get("PIP_CONSTRAINT", ""):  # noqa: TID251 - what this environment was made with
        pytest.skip("this environment has newer versions; `tox run -e lowest` has these")

    installed = {name: Version(metadata.version(name)) for name in lowest()}

    assert installed == lowest()


def test_every_supported_version_of_python_has_an_environment(tox: configparser.ConfigParser) -> None:
    name = "Programming Language :: Python :: 3."
    minor = [each.removeprefix(name) for each in project()["classifiers"] if each.startswith(name)]

    assert f"testenv:py3{{{','.join(minor)}}}" in tox.sections()


@pytest.mark.parametrize(("environment", "group"), [("compat", "light"), ("compat-deepeval", "deepeval")])
def test_every_plugin_of_the_table_is_installed_where_it_is_required(
    tox: configparser.ConfigParser, environment: str, group: str
) -> None:
    section = tox[f"testenv:{environment}"]
    wanted = {package for case in CASES if case.group == group for package in case.packages}

    # These come with the package itself, or with the others.
    brought = {"anyio", "pytest-xdist"} if group == "light" else wanted - {"deepeval"}
    assert set(section["deps"].split()) == wanted - brought
    assert f"MEDGEN_REQUIRE_PLUGINS = {group}" in section["set_env"]
