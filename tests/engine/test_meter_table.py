"""The meter table: however workers interleave and die, together they never spend more than the budget."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.engine.meter_table import MeterTable
from medgen_pytest.errors import StoreError
from medgen_pytest.models.meter import Bill, BudgetError, current_bill

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OTHER = """
import sys
from pathlib import Path
from medgen_pytest.engine.meter_table import MeterTable
from medgen_pytest.models.meter import BudgetError
meter = MeterTable(Path(sys.argv[1]), budget=1.0, spent=0.25)
meter.reserve(0.5)
print("reserved", flush=True)
sys.stdin.readline()
meter.settle(0.5, 0.125)
print("settled", flush=True)
sys.stdin.readline()
"""
SPENDS = """
import random, sys
from pathlib import Path
from medgen_pytest.engine.meter_table import MeterTable
from medgen_pytest.models.meter import BudgetError
meter = MeterTable(Path(sys.argv[1]), budget=1.0)
chance, spent = random.Random(int(sys.argv[2])), 0
for _ in range(150):
    expected = chance.randrange(1, 40)
    try:
        meter.reserve(expected / 1000)
    except BudgetError:
        continue
    cost = chance.randrange(expected + 1)
    meter.settle(expected / 1000, cost / 1000)
    spent += cost
print(spent)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "claims"


@pytest.fixture
def meter(folder: Path) -> Iterator[MeterTable]:
    made = MeterTable(folder, budget=1.0, spent=0.25)
    yield made
    made.close()


@pytest.fixture
def other(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, which has set half the budget aside and settles it when told to."""
    command = [sys.executable, "-c", OTHER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        hear(process, "reserved")
        yield process
        process.kill()


def hear(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    assert process.stdout.readline() == f"{word}\n"


def test_what_earlier_sessions_have_spent_counts_once(folder: Path, meter: MeterTable) -> None:
    meter.reserve(0.75)
    meter.settle(0.75, 0.5)
    again = MeterTable(folder, budget=1.0, spent=0.75)

    again.reserve(0.25)
    again.close()

    with pytest.raises(BudgetError) as error:
        meter.reserve(0.26)
    assert not error.value.passing


def test_what_another_worker_sets_aside_may_come_back(meter: MeterTable, other: subprocess.Popen[str]) -> None:
    with pytest.raises(BudgetError) as error:
        meter.reserve(0.5)
    assert error.value.passing

    assert other.stdin is not None
    other.stdin.write("go\n")
    other.stdin.flush()
    hear(other, "settled")

    meter.reserve(0.5)


def test_what_a_dead_worker_had_set_aside_counts_as_spent(meter: MeterTable, other: subprocess.Popen[str]) -> None:
    other.kill()
    other.wait(20)

    with pytest.raises(BudgetError) as error:
        meter.reserve(0.5)

    assert not error.value.passing
    assert "0.75 are spent" in str(error.value)
    meter.reserve(0.25)


def test_workers_together_never_exceed_the_budget_and_use_it_up(folder: Path) -> None:
    command = [sys.executable, "-c", SPENDS, str(folder)]
    workers = [subprocess.Popen([*command, str(seed)], stdout=subprocess.PIPE, text=True) for seed in range(3)]

    spent = [int(worker.communicate(timeout=60)[0]) for worker in workers]

    assert 900 < sum(spent) <= 1000


def test_nothing_is_made_before_something_costs(folder: Path, meter: MeterTable) -> None:
    meter.reserve(0.0)
    meter.settle(0.0, 0.0)

    assert not folder.exists()


def test_what_is_settled_stands_on_the_bill_of_the_answer(meter: MeterTable) -> None:
    bill = Bill()
    token = current_bill.set(bill)

    meter.settle(0.0, 0.5)
    current_bill.reset(token)

    assert bill.counted == 0.5


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    meter = MeterTable(tmp_path / "file" / "claims", budget=1.0)

    with pytest.raises(StoreError, match="the table in which workers agree what they have spent cannot be used"):
        meter.reserve(0.5)
