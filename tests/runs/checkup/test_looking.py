"""What single looks make of what they see."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from medgen_pytest.runs.checkup.disk import room_finding, size_text
from medgen_pytest.runs.checkup.interpreter import python_finding, requirement_finding, requirement_findings
from medgen_pytest.runs.checkup.model_option import line_defining
from medgen_pytest.runs.checkup.plugins import plugin_findings
from medgen_pytest.runs.checkup.terminal import knows_characters

TESTED = ["3.9", "3.10", "3.13"]


@pytest.mark.parametrize(
    ("version", "status", "todo"),
    [
        ("3.9.1", "problem", "use a Python >=3.10"),
        ("3.10.0", "ok", None),
        ("3.13.7+", "ok", None),
        ("3.14.0rc2", "warning", "where something is odd, try Python 3.13"),
    ],
)
def test_python_is_held_against_what_is_supported_and_tested(version: str, status: str, todo: str | None) -> None:
    found = python_finding(version, system="CPython", allowed=">=3.10", tested=TESTED)

    assert (found.status.value, found.todo) == (status, todo)
    assert found.text.startswith(f"Python {version} (CPython)")


@pytest.mark.parametrize(
    ("installed", "status", "todo"),
    [
        ("8.3.1", "ok", None),
        ("9.0.0rc1", "ok", None),
        ("8.2.9", "problem", "pip install 'pytest>=8.3'"),
        (None, "problem", "pip install 'pytest>=8.3'"),
        ("odd", "warning", "pip install 'pytest>=8.3'"),
    ],
)
def test_a_package_is_held_against_the_versions_that_are_needed(
    installed: str | None, status: str, todo: str | None
) -> None:
    found = requirement_finding(Requirement("pytest>=8.3"), installed=installed)

    assert (found.status.value, found.todo) == (status, todo)


def test_packages_of_extras_and_of_other_systems_are_not_asked_for() -> None:
    needed = ["pytest>=1", "nothing-of-this-name; extra == 'more'", "nor-of-this; sys_platform == 'plan9'", "no such !"]

    found = list(requirement_findings(needed))

    assert [one.text.partition(" ")[0] for one in found] == ["pytest"]


def test_a_plugin_that_cuts_a_session_into_parts_is_told_with_what_to_use_instead() -> None:
    split, others = plugin_findings(
        {"pytest-split": "0.11", "pytest-cov": "7", "medgen-pytest": "1", "pytest-xdist": "3"}
    )

    assert split.status.value == "warning"
    assert split.text.startswith("pytest-split 0.11, where it is used, leaves a part of the tests")
    assert "--medgen-shard" in (split.todo or "")
    assert (others.text, others.details) == ("1 other plugin of pytest, of which no clash is known", ("pytest-cov 7",))


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (b"def f(parser):\n    parser.addoption('--model', dest='x')\n", 2),
        (b"def f(g):\n    g.addoption(\n        '-m',\n        '--model')\n", 2),
        (b"addoption('--model')\n", 1),
        (b"# parser.addoption('--model')\nprint('--model')\n", None),
        (b"parser.addoption('--models')\n", None),
        (b"parser.addoption('--model'\n", None),
        (b"\x00'--model'", None),
    ],
)
def test_the_line_that_defines_an_option_is_found_without_running_it(source: bytes, line: int | None) -> None:
    assert line_defining("--model", source) == line


@pytest.mark.parametrize(
    ("free", "need", "status"), [(10, 20, "problem"), (30, 20, "warning"), (40, 20, "ok"), (0, None, "ok")]
)
def test_room_is_held_against_what_a_run_takes(free: int, need: int | None, status: str) -> None:
    assert room_finding(Path("runs"), free=free, need=need).status.value == status


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (1024, "1.0 KiB"),
        (3.5 * 1024**3, "3.5 GiB"),
        (2048 * 1024**4, "2048.0 TiB"),
    ],
)
def test_sizes_stand_in_the_unit_that_suits_them(size: float, text: str) -> None:
    assert size_text(size) == text


@pytest.mark.parametrize(
    ("encoding", "knows"), [("utf-8", True), ("cp437", False), ("ascii", False), ("nonsense", False)]
)
def test_an_encoding_that_lacks_characters_is_seen(encoding: str, knows: bool) -> None:  # noqa: FBT001 - a parameter
    assert knows_characters(encoding) is knows
