"""Fixtures that all tests share."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

try:
    from hypothesis import settings
except ModuleNotFoundError:  # with the package alone installed, `pytest --help` works in this folder all the same
    pass
else:
    # How long an example takes says more of what else the machine does than of what is tested.
    settings.register_profile("unhurried", settings.default, deadline=None)
    settings.load_profile("unhurried")
    # Where other things than the properties themselves are looked at: `--hypothesis-profile=compatibility`.
    settings.register_profile("compatibility", max_examples=15)

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_collection_finish() -> None:
    """Leaves the tests themselves, which are thousands, out of every search for cycles from here on.

    Sessions that run within a test, and statsmodels, ask for such searches, each a third of a second long.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test data beside the repository; tests that need it are skipped without it."""
    if not SHARED.is_dir():
        # CI must not pass by skipping, so it asks for a failure instead.
        if os.environ.get("MEDGEN_REQUIRE_SHARED"):  # noqa: TID251 - a switch of the tests, not of the package
            pytest.fail(f"the shared test data is required but {SHARED} does not exist")
        pytest.skip("the shared test data folder is not beside this repository")
    return SHARED
