"""A folder in which pytest is run against a fake server, as a user's CI would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from medgen_pytest.fake_server import FakeServer, fake_server_settings
from tests.sessions import FRESH, WITHOUT_PAGE
from tests.small_dataset import write_small_dataset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
KEY = "sk-test-5e1f0c7a9d3b4826"
"""A key that must stand nowhere."""
JUDGE_KEY = "JUDGE_KEY"
"""The variable that holds the key of the judge, and of nobody else."""
KEYS = ("OPENAI_API_KEY", "GEMINI_API_KEY", "DASHSCOPE_API_KEY", "ARK_API_KEY")


@dataclass(frozen=True)
class Site:
    """A user's repository: `medgen.yaml` names models behind the server."""

    path: Path
    dataset: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def settings(self, **settings: object) -> None:
        """Writes `medgen.yaml`."""
        text = yaml.safe_dump({"dataset": str(self.dataset), **settings}, sort_keys=False)
        (self.path / "medgen.yaml").write_text(text, encoding="utf-8")

    def command(self, *arguments: str) -> list[str]:
        """The command line of a run, without a page unless the arguments want one."""
        return [
            sys.executable,
            "-m",
            "pytest",
            str(ROOT / "benchmark_tests"),
            "-c",
            os.devnull,
            f"--rootdir={self.path}",
            *FRESH,
            f"--medgen-config={self.path / 'medgen.yaml'}",
            WITHOUT_PAGE,
            *arguments,
        ]

    def run(self, *arguments: str, seconds: float = 300) -> subprocess.CompletedProcess[str]:
        """Runs to the end."""
        return self._call(self.command(*arguments), seconds=seconds)

    def medgen(self, *arguments: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """The command `medgen`, typed in the repository."""
        command = [sys.executable, "-c", "import sys; from medgen_pytest.cli import main; sys.exit(main())"]
        return self._call([*command, *arguments], seconds=seconds)

    def _call(self, command: list[str], *, seconds: float) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.path,
            env=self._environment(),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=seconds,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Begins a run in a process group of its own, which the caller ends."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.path,
            env=self._environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def records(self, run_dir: str = "run") -> list[dict[str, Any]]:
        """The stored records of a run; the last of a sample counts, and a torn last line does not."""
        found: dict[tuple[str, str, int], dict[str, Any]] = {}
        lines = [
            line
            for path in sorted((self.path / run_dir).glob("results-*.jsonl"))
            for line in path.read_bytes().splitlines(keepends=True)
            if line.endswith(b"\n")
        ]
        for line in lines:
            record = json.loads(line)
            del record["seal"]
            key = (record["model"], record["sample_id"], record["repeat"])
            earlier = found.get(key)
            if earlier is None or (earlier["finished"] or "") <= (record["finished"] or ""):
                found[key] = record
        return [found[key] for key in sorted(found)]

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in KEYS}  # noqa: TID251 - a child's
        return {**inherited, "PYTHONPATH": str(ROOT), **self.environment}


@pytest.fixture
def site(tmp_path: Path, shared: Path) -> Site:
    """A repository with every key in the environment and the small copy of the benchmark."""
    return Site(tmp_path, shared / "data" / "medgen-mini", dict.fromkeys(KEYS, KEY))


@pytest.fixture
def small_site(tmp_path: Path) -> Site:
    """A repository with eight samples, and the key of the judge in the environment."""
    return Site(tmp_path, write_small_dataset(tmp_path / "data"), {JUDGE_KEY: KEY})


@pytest.fixture
def serve() -> Iterator[Callable[..., FakeServer]]:
    """Starts fake servers, which end with the test."""
    servers: list[FakeServer] = []

    def start(**settings: object) -> FakeServer:
        server = FakeServer(fake_server_settings({"key": KEY, "image_answer": "echo", **settings}))
        server.__enter__()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.__exit__(None, None, None)
