"""Jobs of CI services, read from their files and carried out here as those services do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from tests.sessions import FRESH, WITHOUT_PAGE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_GROOVY = re.compile(r"\bsh ('(?:[^'\\]|\\.)*')")
_INSTALLING = ("pip install ", "python3 -m venv ", "rm -rf ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job: lines that end with the first that fails, and lines that are run all the same.

    `keeps` is the folder that is kept as an artefact, whatever came of the lines.
    """

    lines: Sequence[str]
    always: Sequence[str] = ()
    keeps: str
    variables: Mapping[str, str] = field(default_factory=dict)


def read_workflow(text: str) -> dict[str, Any]:
    """The jobs file of a service, with the key `on`, which YAML 1.1 takes for true."""
    data: dict[Any, Any] = yaml.safe_load(text)
    return {"on" if key is True else key: value for key, value in data.items()}


def github_jobs(text: str) -> dict[str, Job]:
    """The jobs of a workflow by name, a job for each shard."""
    jobs: dict[str, Job] = {}
    for name, job in read_workflow(text)["jobs"].items():
        steps = job["steps"]
        kept = next(step["with"]["path"] for step in steps if step.get("uses", "").startswith("actions/upload"))
        # Artefacts are kept by steps that are run all the same, after the last line that can fail.
        assert steps[-1]["uses"].startswith("actions/upload")
        assert steps[-1]["if"] == "always()"
        for shard in job.get("strategy", {}).get("matrix", {}).get("shard", [None]):
            variables = {"SHARD": str(shard)} if shard is not None else {}
            jobs[f"{name} {shard}" if shard is not None else name] = Job(
                lines=[step["run"] for step in steps if "run" in step and "if" not in step],
                always=[step["run"] for step in steps if "run" in step and step.get("if") == "always()"],
                keeps=kept.replace("${{ matrix.shard }}", str(shard)),
                variables=variables,
            )
    return jobs


def gitlab_jobs(text: str) -> dict[str, Job]:
    """The jobs of a file for GitLab by name, a job for each shard."""
    data = yaml.safe_load(text)
    jobs: dict[str, Job] = {}
    for name, job in data.items():
        if name.startswith("."):
            continue
        assert job["artifacts"]["when"] == "always"
        for variables in job.get("parallel", {}).get("matrix", [{}]):
            for shard in variables.get("SHARD", [None]):
                jobs[f"{name} {shard}" if shard is not None else name] = Job(
                    lines=[*data[job["extends"]]["before_script"], *job["script"]],
                    always=job.get("after_script", []),
                    keeps=job["artifacts"]["paths"][0],
                    variables={"SHARD": shard} if shard is not None else {},
                )
    return jobs


def jenkins_lines(text: str) -> list[str]:
    """The lines of the shell in a Jenkinsfile, in order."""
    return [re.sub(r"\\(.)", r"\1", found[1:-1]) for found in _GROOVY.findall(text)]


def commands_of(lines: Sequence[str]) -> list[str]:
    """The lines that do something with the package."""
    return [line for line in lines if not line.startswith(_INSTALLING)]


class Runner:
    """Runs jobs, each in a fresh copy of a repository, and keeps their artefacts as a service does."""

    def __init__(self, repository: Path, folder: Path) -> None:
        self._repository = repository
        self._folder = folder
        self.kept = folder / "kept"
        self.summary = folder / "step-summary.md"

    def run(self, job: Job, *, takes: Sequence[str] = ()) -> int:
        """Runs the lines of a job and keeps its artefact; the exit code of the first line that fails, else 0.

        `takes` are artefacts of other jobs that lie in its folder before.
        """
        place = self._folder / "workspace"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self._repository, place)
        for name in takes:
            shutil.copytree(self.kept / name, place / name)
        code = next(filter(None, self._codes(job.lines, place, job.variables)), 0)
        list(self._codes(job.always, place, job.variables))
        if (place / job.keeps).exists():
            shutil.copytree(place / job.keeps, self.kept / job.keeps, dirs_exist_ok=True)
        return code

    def _codes(self, lines: Sequence[str], place: Path, variables: Mapping[str, str]) -> Iterator[int]:
        scripts = sysconfig.get_path("scripts")
        environment = {
            **os.environ,  # noqa: TID251 - handed to the process
            **variables,
            "PATH": os.pathsep.join([scripts, os.environ["PATH"]]),  # noqa: TID251 - the commands of this environment
            "PYTEST_ADDOPTS": " ".join((*FRESH, WITHOUT_PAGE, "-q", "--tb=no")),
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }
        for line in commands_of(lines):
            command = ["/bin/sh", "-e", "-c", line]
            yield subprocess.run(command, cwd=place, env=environment, check=False, timeout=120).returncode
