"""Cycles: a session that keeps its tests out of every search for them leaves the process as it was."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tests.sessions import FRESH
from tests.small_dataset import write_small_dataset

if TYPE_CHECKING:
    import pytest


def test_nothing_stays_out_of_the_search_for_cycles_after_a_session(pytester: pytest.Pytester) -> None:
    write_small_dataset(pytester.path / "data")
    pytester.makepyfile("""
import gc

def test_own(medgen_assert):
    assert gc.get_freeze_count()
    medgen_assert()
""")
    arguments = [*FRESH, "--model=oracle", "--medgen-dataset=data", "--medgen-limit=1"]
    code = f"import gc, pytest; print('code', int(pytest.main({arguments!r})), 'frozen', gc.get_freeze_count())"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "code 0 frozen 0" in done.stdout
