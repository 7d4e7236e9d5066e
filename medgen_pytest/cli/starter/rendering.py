"""Rendering: the files that answers make, from the templates of this package."""

from __future__ import annotations

import shlex
from importlib.resources import files
from typing import TYPE_CHECKING

import yaml

from medgen_pytest.cli.starter.placing import NewFile
from medgen_pytest.config.location import CONFIG_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

    from medgen_pytest.cli.starter.answers import Answers, Service

DRY_RUN_CONFIG = "medgen.dry-run.yaml"
TESTS = "benchmark_tests"
GITLAB_JOBS = ".gitlab/medgen.gitlab-ci.yml"
GITLAB = ".gitlab-ci.yml"
JENKINSFILE = "medgen.Jenkinsfile"
_FILES: Mapping[str, str] = {CONFIG_NAME: "medgen.yaml", f"{TESTS}/test_medgen.py": "test_medgen.py"}
"""The files of every repository, by name, with their templates."""
_SERVICE_FILES: Mapping[Service, Mapping[str, str]] = {
    "github": {".github/workflows/medgen.yml": "github.yml"},
    "gitlab": {GITLAB_JOBS: "gitlab.yml", GITLAB: "gitlab-include.yml"},
    "jenkins": {JENKINSFILE: "Jenkinsfile"},
}


def files_of(answers: Answers) -> list[NewFile]:
    """The files that these answers make, sorted by name."""
    wanted = dict(_FILES)
    if answers.services:
        wanted[DRY_RUN_CONFIG] = "dry-run.yaml"
    for service in answers.services:
        wanted.update(_SERVICE_FILES[service])
    environment = _environment()
    return [
        NewFile(
            name=name,
            text=environment.get_template(f"{wanted[name]}.jinja").render(
                answers=answers, dry_run_config=DRY_RUN_CONFIG, gitlab_jobs=GITLAB_JOBS, tests=TESTS
            ),
            # Repositories have one of these, for all of their jobs.
            yields=name == GITLAB,
        )
        for name in sorted(wanted)
    ]


def yaml_text(value: str) -> str:
    """A printable text as it stands in YAML on one line, as a key or a value, in a mapping or list of either style."""
    # Wide enough that nothing is ever broken over two lines.
    listed = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=1_000_000)
    return listed.rstrip("\n")[1:-1]


def groovy_text(value: str) -> str:
    """A text as it stands in a Groovy file, within single quotes, where nothing in it is replaced."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _environment() -> Environment:
    """The templates: what is filled in stands in `[= =]`, since CI services use braces themselves."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    def load(name: str) -> str:
        return (files(__package__) / "templates" / name).read_text(encoding="utf-8")

    environment = Environment(
        loader=FunctionLoader(load),
        autoescape=False,  # noqa: S701 - no HTML: each value is quoted by a filter, for the file it goes into
        undefined=StrictUndefined,
        block_start_string="[%",
        block_end_string="%]",
        variable_start_string="[=",
        variable_end_string="=]",
        comment_start_string="[#",
        comment_end_string="#]",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters.update(yaml=yaml_text, groovy=groovy_text, shell=shlex.quote)
    return environment
