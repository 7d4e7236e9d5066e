"""Telling: what became of each file, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.cli.starter.answers import PACKAGE
from medgen_pytest.cli.starter.rendering import DRY_RUN_CONFIG, GITLAB, GITLAB_JOBS, TESTS
from medgen_pytest.config.location import CONFIG_NAME
from medgen_pytest.config.settings import EMBEDDED_DATASET

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from medgen_pytest.cli.starter.answers import Answers
    from medgen_pytest.cli.starter.placing import Place

_IGNORED = "medgen-runs"


def place_lines(places: Iterable[Place], *, is_forced: bool, is_dry: bool) -> Iterator[str]:
    """A line for each file: what was done with it, or would be."""
    for place in places:
        yield f"{_deed(place, is_forced=is_forced, is_dry=is_dry):<13} {place.file.name}"


def _deed(place: Place, *, is_forced: bool, is_dry: bool) -> str:
    if place.is_kept:
        return "unchanged" if place.state == "same" else "left as it is"
    if place.state == "other" and not is_forced:
        return "in the way"
    deed = "replace" if place.state == "other" else "write"
    return f"would {deed}" if is_dry else {"replace": "replaced", "write": "written"}[deed]


def next_lines(answers: Answers, places: Sequence[Place], directory: Path) -> Iterator[str]:
    """What to do next, in that order."""
    yield ""
    yield "next"
    if answers.dataset != EMBEDDED_DATASET and not _is_there(directory / answers.dataset):
        yield f"  put the dataset at {answers.dataset}; `medgen validate` tells what is wrong with it"
    if answers.variables:
        yield f"  set {' and '.join(answers.variables)}, here and as secrets of the CI service"
    yield "  medgen doctor    tells what a run needs, what of it is here, and what to do about the rest"
    yield f"  pytest {TESTS}    evaluates {answers.model.name} on {answers.dataset}; the exit code is the verdict"
    if answers.services:
        yield f"  medgen fake-server -- pytest {TESTS} --medgen-config={DRY_RUN_CONFIG}    what CI tries first"
    if _is_left(places, GITLAB):
        yield f"  add to {GITLAB}, which is there already:  include: [{{local: /{GITLAB_JOBS}}}]"
    if answers.services and answers.requirement.startswith(PACKAGE):
        yield f"  jobs install {answers.requirement}: until it is published, --requirement names a wheel or a checkout"
    root = _repository(directory.resolve())
    if answers.services and root is not None and root != directory.resolve():
        yield f"  CI services look for their files in the root of the repository, {root}: move them there"
    if not _is_ignored(directory):
        yield f"  add {_IGNORED}/ to .gitignore: runs are kept there"
    yield f"  change what {CONFIG_NAME} says: each line of it tells what it is for"


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that no file can have
        return False


def _is_left(places: Sequence[Place], name: str) -> bool:
    return any(place.file.name == name and place.state == "other" for place in places)


def _repository(folder: Path) -> Path | None:
    return next((path for path in (folder, *folder.parents) if (path / ".git").exists()), None)


def _is_ignored(directory: Path) -> bool:
    try:
        return _IGNORED in (directory / ".gitignore").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
