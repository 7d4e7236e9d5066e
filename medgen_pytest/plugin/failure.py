"""The failure of a sample's test: one line and no traceback, because no code is at fault."""

from __future__ import annotations

import pytest


class SampleFailure(pytest.fail.Exception):  # type: ignore[name-defined,misc]  # pytest's way to name its failure
    """A sample that is not accurate, or could not be judged."""

    def __init__(self, message: str) -> None:
        super().__init__(message, pytrace=False)
