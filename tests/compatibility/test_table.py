"""Each row of the table of compatibility is what is seen when that session is run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.compatibility.benchmark import PLANNED, run_beside
from tests.compatibility.cases import CASES, Case
from tests.compatibility.packages import require
from tests.compatibility.table import COLUMNS, effect_on, key_of, row_of, rows_of_page

if TYPE_CHECKING:
    from pathlib import Path

    from tests.compatibility.benchmark import Seen

VERSION = COLUMNS.index("version")


def test_the_benchmark_alone_has_every_outcome_and_holds(alone: Seen) -> None:
    assert alone.report is not None
    totals = alone.report["totals"]
    assert alone.exit_code == 0
    assert alone.report["verdict"]["status"] == "holds"
    assert min(totals[name] for name in ("accurate", "inaccurate", "invalid", "error")) >= 1
    assert set(alone.asked.values()) == {1}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_session_beside_a_plugin_is_what_the_page_says(case: Case, alone: Seen, folder: Path) -> None:
    require(*case.packages, group=case.group)

    beside = run_beside(case, folder)

    effect = effect_on(alone, beside)
    expected = {"unchanged": "unchanged", "part": f" of {PLANNED} samples", "refused": "refused: "}[case.effect]
    assert (expected in effect) if case.effect == "part" else effect.startswith(expected), beside.output
    assert _lasting(row_of(case, alone, beside)) == _lasting(rows_of_page()[key_of(case)])


def _lasting(row: tuple[str, ...]) -> tuple[str, ...]:
    """A row without the version, which is that of the day on which it was written."""
    return row[:VERSION] + row[VERSION + 1 :]
