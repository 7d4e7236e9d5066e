"""The catalogue: all records of the demo dataset, in the order in which they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.datasets.demo.records.answering import ANSWERING
from medgen_pytest.datasets.demo.records.choosing import CHOOSING
from medgen_pytest.datasets.demo.records.display import DISPLAY
from medgen_pytest.datasets.demo.records.organs import ORGANS
from medgen_pytest.datasets.demo.records.progression import PROGRESSION
from medgen_pytest.datasets.demo.records.reporting import REPORTING
from medgen_pytest.datasets.demo.records.restoration import RESTORATION
from medgen_pytest.datasets.demo.records.views import VIEWS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.datasets.demo.record import DemoRecord, RecordMaker

CATALOGUE: tuple[RecordMaker, ...] = (
    *DISPLAY,
    *RESTORATION,
    *PROGRESSION,
    *VIEWS,
    *ORGANS,
    *CHOOSING,
    *ANSWERING,
    *REPORTING,
)


def draw_records() -> Iterator[DemoRecord]:
    """Draws every record, one at a time: only one record's pixels are held."""
    for make in CATALOGUE:
        yield make()
