"""What a session prints while it goes on, in a log and on a terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.sessions import FRESH, WITHOUT_PAGE

if TYPE_CHECKING:
    from tests.plugin.conftest import Bench

SLOW = "import time\ndef answer(request):\n    time.sleep(0.2)\n    return 'A'\n"
ARGUMENTS = (
    *("benchmark_tests", "--medgen-dataset=data", WITHOUT_PAGE, "--medgen-run-dir=run", "--tb=no", "-rN"),
    *("--model=python:slow:answer", "--medgen-formats=vqa", "--medgen-progress=0.1"),
)


@pytest.fixture
def slow(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A folder with a model that takes its time."""
    bench.write("slow.py", SLOW)
    for name in ("CI", "NO_COLOR", "FORCE_COLOR", "PY_COLORS", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    return replace(bench, own_process=True)


def on_a_terminal(bench: Bench, *arguments: str) -> str:
    """What a session prints to a pseudo-terminal."""
    import pty

    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pytest", *FRESH, *ARGUMENTS, *arguments]
    with subprocess.Popen(command, cwd=bench.path, stdin=theirs, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        printed = b"".join(iter(lambda: _read(ours), b""))
        process.wait(60)
    os.close(ours)
    return printed.decode("utf-8")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # how Linux says that nobody holds the other end any more
        return b""


def test_in_the_log_of_two_workers_progress_stands_in_lines_of_its_own_without_control_characters(
    slow: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "cp437")  # which lacks the ellipsis of a narrow table
    monkeypatch.setenv("PYTHONUTF8", "0")

    result = slow.pytest(*ARGUMENTS, "-n2")

    assert result.ret == 1
    lines = [line for line in result.outlines if "samples, " in line and line.startswith("medgen ")]
    assert lines
    assert all(line.startswith("medgen ") for line in result.outlines if "/4 samples, " in line)
    assert all(line.isprintable() for line in result.outlines)
    assert "\\u2026" in result.stdout.str()
    assert "UnicodeEncodeError" not in result.stdout.str() + result.stderr.str()


def test_a_session_without_a_terminal_is_evaluated_all_the_same(slow: Bench) -> None:
    result = slow.pytest(*ARGUMENTS[:4], "--model=oracle", "--medgen-formats=vqa", "-p", "no:terminal")

    assert result.ret == 0
    assert result.outlines == []
    assert len(slow.results()) == 4


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are another thing there")
def test_on_a_narrow_terminal_lines_of_progress_fit_between_those_of_pytest_without_colours_if_asked(
    slow: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    printed = on_a_terminal(slow)

    lines = printed.replace("\r\n", "\n").split("\n")
    told = [line for line in lines if line.startswith("medgen ")]
    assert told
    assert [
        line for line in told if not re.fullmatch(r"medgen \d/4, [\d.]+%, 0 errors, (took )?0:\d\d( left)?", line)
    ] == []
    assert max(map(len, told)) < 40
    assert "\x1b[3" not in printed
    tables = lines[lines.index(next(line for line in lines if "= medgen =" in line)) :]
    assert all(len(line) <= 40 for line in tables if not line.startswith(("run directory: ", "report: ")))
