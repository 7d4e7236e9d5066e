"""The `medgen` command, run in this process or, where streams matter, in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.cli import main
from tests.runs.small_run import carry_out, prepare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass(frozen=True)
class Done:
    """What came of a command."""

    code: int
    out: str
    err: str


@pytest.fixture
def medgen(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """Runs the command in this process."""
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: object) -> Done:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as error:  # argparse ends this way
            code = int(error.code or 0)
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A stored run of copy-input on the small dataset, which lies in `data` beside it."""
    carry_out(prepare(tmp_path), tmp_path / "run")
    return tmp_path / "run"


@pytest.fixture
def medgen_unread() -> Callable[..., int]:
    """Runs the command in a process of its own whose output nobody reads; the exit code."""

    def run(*arguments: object) -> int:
        command = [sys.executable, "-u", "-c", "import sys; from medgen_pytest.cli import main; sys.exit(main())"]
        command += [str(argument) for argument in arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.close()
            return process.wait(timeout=60)

    return run


@pytest.fixture
def medgen_process() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Runs the command in a process of its own, with some variables of the environment set."""

    def run(*arguments: object, cwd: Path | None = None, **variables: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-c", "import sys; from medgen_pytest.cli import main; sys.exit(main())"]
        environment = {**os.environ, **variables}  # noqa: TID251 - handed to the process
        return subprocess.run(
            [*command, *map(str, arguments)], cwd=cwd, env=environment, capture_output=True, check=False, timeout=120
        )

    return run
