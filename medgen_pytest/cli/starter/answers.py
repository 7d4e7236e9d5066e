"""Answers: what the files are to say, checked before any of them is written."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from medgen_pytest.cli.starter.answer_text import printable
from medgen_pytest.config.names import names_in
from medgen_pytest.config.settings import EMBEDDED_DATASET
from medgen_pytest.datasets.layout import find_layout
from medgen_pytest.errors import ConfigError, DatasetError, check_names
from medgen_pytest.evaluation.gates import parse_gate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.cli.starter.model_answer import ModelAnswer

Service = Literal["github", "gitlab", "jenkins"]
"""A service that runs CI jobs."""
SERVICES: tuple[Service, ...] = get_args(Service)
NONE = "none"
"""What stands for no gate, no judge and no service."""
USUAL_GATE = "all/accuracy >= 5%"
"""What the embedded model `copy-input` reaches on the embedded dataset."""
USUAL_SHARDS = 2
MOST_SHARDS = 200
"""What GitLab starts at most of one job."""
PACKAGE = "medgen-pytest"
"""What pip calls this package."""
_NUMBER = re.compile(r"\d{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What is evaluated on what, by whom it is judged, what it must reach, and what runs it.

    `dataset` is the name of the embedded one, or a path as `medgen.yaml` has it. `judge` is that section of the
    settings. `requirement` is what a CI job installs, for pip.
    """

    dataset: str
    model: ModelAnswer
    judge: Mapping[str, str] | None
    gates: tuple[str, ...]
    services: tuple[Service, ...]
    shards: int
    requirement: str

    @property
    def variables(self) -> tuple[str, ...]:
        """The variables of the environment that hold keys, each once."""
        named = (self.model.settings.get("api_key_env"), (self.judge or {}).get("api_key_env"))
        return tuple(dict.fromkeys(name for name in named if name))


def dataset_of(text: str, *, here: Path, directory: Path) -> str:
    """The path of a dataset, typed in one folder, as a settings file in another has it. Raises ConfigError."""
    path = printable(text, what="--dataset")
    if path == EMBEDDED_DATASET or Path(path).is_absolute() or here.resolve() == directory.resolve():
        return path
    try:
        moved = os.path.relpath(here.resolve() / path, directory.resolve())
    except ValueError:  # another drive of Windows
        return str(here.resolve() / path)
    return f"./{moved}" if moved == EMBEDDED_DATASET else moved


def gate_of(text: str) -> str:
    """A gate, as it was written. Raises ConfigError for a text that is none."""
    gate = printable(text, what="--gate")
    parse_gate(gate)
    return gate


def shards_of(text: str) -> int:
    """How many jobs share a run. Raises ConfigError for another number than 1 to 200."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None or not 1 <= int(found[0]) <= MOST_SHARDS:
        raise ConfigError(f"--shards: {text!r} is no number from 1 to {MOST_SHARDS}")
    return int(found[0])


def services_of(text: str) -> tuple[Service, ...]:
    """Services by their names, with commas between, in the usual order; `none` for none. Raises ConfigError."""
    names = names_in(text)
    if names == [NONE]:
        return ()
    if not names:
        raise ConfigError(f"--ci: names nothing; known: {', '.join((*SERVICES, NONE))}")
    if NONE in names:
        raise ConfigError(f"--ci: {NONE} stands alone, not beside {', '.join(sorted(set(names) - {NONE}))}")
    check_names("--ci service", names, SERVICES)
    return tuple(service for service in SERVICES if service in names)


def requirement_of(text: str) -> str:
    """What pip installs. Raises ConfigError for a text that GitHub would read as an expression of its own."""
    requirement = printable(text, what="--requirement")
    if "${{" in requirement:
        raise ConfigError("--requirement: '${{' begins an expression of GitHub; write what pip is to install")
    if requirement.startswith("-"):
        raise ConfigError(f"--requirement: {requirement!r} is an option of pip; write what pip is to install")
    return requirement


def usual_requirement(model: ModelAnswer, *, dataset: str, directory: Path) -> str:
    """The package, with the extras that the model and the dataset, where it is there, need."""
    extras = ["parquet"] if _is_parquet(directory / dataset) else []
    extras += ["classical"] if model.adapter == "classical" else []
    return f"{PACKAGE}[{','.join(extras)}]" if extras else PACKAGE


def _is_parquet(path: Path) -> bool:
    try:
        return find_layout(path).name == "parquet"
    except (DatasetError, OSError):
        return False
