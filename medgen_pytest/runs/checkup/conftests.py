"""Conftests: which hooks of ours they name, and so what they may add that is known within pytest alone."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODELS_HOOK = "pytest_medgen_models"
METRICS_HOOK = "pytest_medgen_metrics"
IN_PYTEST = "pytest --medgen-dry-run loads conftests and looks at those too"
"""What to do about what the doctor cannot know."""
_MOST_FILES = 400
_MOST_BYTES = 1_000_000


def conftests_of(here: Path) -> Iterator[tuple[Path, bytes]]:
    """The conftests of a folder and one folder below, with their source; nothing is run."""
    for path in sorted([*here.glob("conftest.py"), *here.glob("*/conftest.py")])[:_MOST_FILES]:
        with suppress(OSError), path.open("rb") as file:
            yield path, file.read(_MOST_BYTES)


def names_hook(here: Path, hook: str) -> bool:
    """Whether any of them names a hook."""
    return any(hook.encode("ascii") in source for _, source in conftests_of(here))
