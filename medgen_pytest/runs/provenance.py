"""Provenance: what can change a number, written down with every run."""

from __future__ import annotations

import platform
import subprocess
from importlib import metadata
from typing import TYPE_CHECKING

from medgen_pytest.config.secrets import without_secrets

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PACKAGES = (
    "medgen-pytest",
    "pytest",
    "pytest-xdist",
    "numpy",
    "pillow",
    "pydantic",
    "pyarrow",
    "opencv-python-headless",
    "torch",
    "torchvision",
    "transformers",
    "tokenizers",
    "lpips",
    "bert-score",
    "radgraph",
)
_GIT_SECONDS = 5.0


def versions() -> dict[str, str]:
    """The installed versions of the packages that numbers depend on."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, str]:
    """Interpreter and operating system."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "machine": platform.machine(),
    }


def git_state(folder: Path, *, patience: float = _GIT_SECONDS) -> dict[str, object] | None:
    """Commit and cleanness of the working copy that a folder lies in; None outside of one.

    A git that does not answer within `patience` seconds is as good as none.
    """
    commit = _git(folder, "rev-parse", "HEAD", patience=patience)
    if commit is None:
        return None
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no", patience=patience)
    return {"commit": commit, "dirty": bool(changes) if changes is not None else None}


def plain(value: Mapping[str, object]) -> dict[str, object]:
    """A mapping without secrets, of values that JSON knows."""
    masked = without_secrets(dict(value))
    return masked if isinstance(masked, dict) else {}


def _git(folder: Path, *arguments: str, patience: float) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - fixed arguments
            ["git", "--no-optional-locks", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=patience,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
