"""The files for CI services: valid by the schemas of those services, alike in what they run, red after a red gate."""

from __future__ import annotations

import json
import re
import shutil
import sys
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from medgen_pytest.cli.command import build_parser
from medgen_pytest.config.options import OPTIONS
from medgen_pytest.datasets.demo import write_demo_dataset
from tests.cli.starter.jobs import (
    Runner,
    commands_of,
    github_jobs,
    gitlab_jobs,
    jenkins_lines,
    read_workflow,
)
from tests.cli.starter.made import VARIANTS, texts_of, write_files

WORKFLOW = ".github/workflows/medgen.yml"
GITLAB = ".gitlab/medgen.gitlab-ci.yml"
JENKINSFILE = "medgen.Jenkinsfile"
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="jobs run on Linux")


def check(data: object, *, schema: str) -> None:
    """Raises ValidationError unless the data keeps a schema of a service."""
    # Read, not imported: of that package only the schemas are of use here.
    path = distribution("check-jsonschema").locate_file(f"check_jsonschema/builtin_schemas/vendor/{schema}")
    jsonschema.Draft7Validator(json.loads(Path(str(path)).read_text(encoding="utf-8"))).validate(data)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_workflow_is_valid_for_github(variant: str) -> None:
    workflow = read_workflow(texts_of(**VARIANTS[variant])[WORKFLOW])

    check(workflow, schema="github-workflows.json")
    assert workflow["permissions"] == {"contents": "read"}
    with pytest.raises(jsonschema.ValidationError):
        check({**workflow, "nonsense": 1}, schema="github-workflows.json")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", [GITLAB, ".gitlab-ci.yml"])
def test_the_jobs_are_valid_for_gitlab(variant: str, name: str) -> None:
    jobs = yaml.safe_load(texts_of(**VARIANTS[variant])[name])

    check(jobs, schema="gitlab-ci.json")
    with pytest.raises(jsonschema.ValidationError):
        check({**jobs, "include": 1}, schema="gitlab-ci.json")


def test_what_gitlab_includes_is_written() -> None:
    texts = texts_of()

    (included,) = yaml.safe_load(texts[".gitlab-ci.yml"])["include"]
    assert included["local"].lstrip("/") in texts


def unquoted(groovy: str) -> str:
    """A Groovy file without its comments and texts."""
    return re.sub(r"//[^\n]*|'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"", "", groovy)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_pipeline_of_jenkins_is_whole(variant: str) -> None:
    code = unquoted(texts_of(**VARIANTS[variant])[JENKINSFILE])

    depth, deepest = 0, 0
    for char in code:
        depth += {"{": 1, "}": -1}.get(char, 0)
        deepest = max(deepest, depth)
        assert depth >= 0
    assert (depth, deepest) == (0, 8)
    assert code.count("(") == code.count(")")
    assert not set(code) & set("'\"\\$")
    assert re.findall(r"^        (stage)\(", code, re.MULTILINE) == ["stage"] * 3


def test_every_service_runs_the_same_lines() -> None:
    texts = texts_of()
    github = github_jobs(texts[WORKFLOW])
    gitlab = gitlab_jobs(texts[GITLAB])

    lines = [commands_of([*job.lines, *job.always]) for job in github.values()]
    assert [name.removeprefix("medgen ").replace(" ", "-") for name in gitlab] == [
        name.replace(" ", "-") for name in github
    ]
    told = [[line.replace(' >> "$GITHUB_STEP_SUMMARY"', "") for line in found] for found in lines]
    assert [commands_of([*job.lines, *job.always]) for job in gitlab.values()] == told
    dry, first, _, verdict = told
    assert commands_of(jenkins_lines(texts[JENKINSFILE])) == [*dry, *first, *verdict]


def words_after(program: str, lines: list[str]) -> list[list[str]]:
    """The arguments of each call of a program."""
    return [line.split()[line.split().index(program) + 1 :] for line in lines if program in line.split()]


def test_the_lines_are_commands_and_options_that_there_are() -> None:
    lines = commands_of(jenkins_lines(texts_of()[JENKINSFILE]))

    for words in words_after("medgen", lines):
        build_parser().parse_args(words)
    flags = {
        word.partition("=")[0] for words in words_after("pytest", lines) for word in words if word.startswith("--")
    }
    assert flags <= {option.flag for option in OPTIONS}
    assert len(lines) == 5


def test_there_are_as_many_shards_as_were_asked_for() -> None:
    texts = texts_of(shards="3")

    assert read_workflow(texts[WORKFLOW])["jobs"]["shard"]["strategy"]["matrix"] == {"shard": [1, 2, 3]}
    assert yaml.safe_load(texts[GITLAB])["medgen shard"]["parallel"] == {"matrix": [{"SHARD": ["1", "2", "3"]}]}
    assert "values '1', '2', '3'" in texts[JENKINSFILE]
    assert "for (shard in 1..3)" in texts[JENKINSFILE]
    assert [line for line in jenkins_lines(texts[JENKINSFILE]) if "$SHARD/3" in line]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded dataset, drawn once."""
    return write_demo_dataset(tmp_path_factory.mktemp("embedded") / "demo-dataset")


def repository(folder: Path, embedded: Path, **told: Any) -> Path:
    """A repository with the files in it, in which the embedded dataset is drawn already."""
    write_files(folder, **told)
    shutil.copytree(embedded, folder / "medgen-runs" / "demo-dataset")
    return folder


@posix_only
@pytest.mark.slow
def test_a_workflow_is_green_from_the_dry_run_to_the_verdict_and_keeps_every_run(
    tmp_path: Path, embedded: Path
) -> None:
    runner = Runner(repository(tmp_path / "repository", embedded), tmp_path)
    jobs = github_jobs((tmp_path / "repository" / WORKFLOW).read_text(encoding="utf-8"))

    codes = [runner.run(jobs[name]) for name in ("dry-run", "shard 1", "shard 2")]
    codes.append(runner.run(jobs["verdict"], takes=["medgen-shards"]))

    assert codes == [0, 0, 0, 0]
    kept = {path.relative_to(runner.kept).as_posix() for path in runner.kept.rglob("*") if path.is_file()}
    assert {"medgen-dry-run/junit.xml", "medgen-shards/2/junit.xml", "medgen-merged/report.html"} <= kept
    assert (
        json.loads((runner.kept / "medgen-merged" / "report.json").read_text(encoding="utf-8"))["totals"]["planned"]
        == 48
    )
    assert "## medgen: holds" in runner.summary.read_text(encoding="utf-8")


@posix_only
@pytest.mark.slow
def test_a_breached_gate_makes_the_verdict_red_once_its_artefacts_are_kept(tmp_path: Path, embedded: Path) -> None:
    runner = Runner(repository(tmp_path / "repository", embedded, gates=("all/accuracy >= 99%",)), tmp_path)
    jobs = gitlab_jobs((tmp_path / "repository" / GITLAB).read_text(encoding="utf-8"))

    codes = [runner.run(jobs[name]) for name in ("medgen shard 1", "medgen shard 2")]
    codes.append(runner.run(jobs["medgen verdict"], takes=["medgen-shards"]))

    assert codes == [0, 0, 1]
    report = json.loads((runner.kept / "medgen-merged" / "report.json").read_text(encoding="utf-8"))
    assert report["verdict"] == {"status": "breached", "exit_code": 1}
    assert (runner.kept / "medgen-merged" / "junit.xml").is_file()


@posix_only
@pytest.mark.slow
def test_a_verdict_without_a_shard_is_red(tmp_path: Path) -> None:
    runner = Runner(tmp_path, tmp_path.parent / f"{tmp_path.name}-jobs")
    jobs = github_jobs(texts_of()[WORKFLOW])

    assert runner.run(jobs["verdict"]) == 4
