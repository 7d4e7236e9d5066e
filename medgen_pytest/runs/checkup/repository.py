"""Looking at git: which commit a run will say that its model is of, and whether that is true."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.checkup import Finding, warning, well
from medgen_pytest.runs.provenance import git_state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_NO_COMMIT = "a run will name no commit"
_SHOWN = 12


def look_at_repository(root: Path) -> Iterator[Finding]:
    """The repository that the settings lie in."""
    if shutil.which("git") is None:
        yield warning(f"there is no git here, so {_NO_COMMIT}", todo="install git, or name `revision` of each model")
        return
    state = git_state(root)
    if state is None:
        yield warning(
            f"{root} is in no repository with a commit, so {_NO_COMMIT}",
            todo="git init, git add and git commit, or name `revision` of each model",
        )
        return
    commit = str(state["commit"])[:_SHOWN]
    if state["dirty"]:
        yield warning(
            f"commit {commit}, with changes that are not committed",
            todo="commit them: a number belongs to a commit only without them",
        )
    else:
        yield well(f"commit {commit}, nothing changed since")
