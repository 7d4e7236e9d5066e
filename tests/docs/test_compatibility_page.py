"""The table of compatibility has a row for every case that is run."""

from __future__ import annotations

from tests.compatibility.cases import CASES
from tests.compatibility.table import key_of, rows_of_page


def test_every_case_has_its_row_and_every_row_its_case() -> None:
    assert list(rows_of_page()) == [key_of(case) for case in CASES]
