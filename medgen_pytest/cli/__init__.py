"""The `medgen` command: what is done to datasets and stored runs without running tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line; the exit code."""
    from medgen_pytest.cli.command import run

    return run(arguments)
