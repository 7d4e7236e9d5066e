"""Every example of the page on gates means what it says, is decided as it says, or refused as it says."""

from __future__ import annotations

import re

import pytest

from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.gates import decide_gates, parse_gate
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.run_result import GatePolicy
from tests.docs.pages import ROOT, codes_in, prose_of, table_of
from tests.evaluation.records import cases_of

PAGE = ROOT / "docs" / "gates.md"
WHY = ROOT / "docs" / "why-five-outcomes.md"


def rows(columns: str) -> list[list[str]]:
    """The cells of the table with these headings."""
    lines = prose_of(PAGE).splitlines()
    start = lines.index(f"| {columns} |") + 2
    found = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        found.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return found


MEANINGS = rows("gate | bounds | holds where")
VERDICTS = rows("gate | samples | verdict | reason")
WITH_ERRORS = table_of(WHY, heading="gate on these 100")
REFUSALS = rows("refused gate | because")


@pytest.mark.parametrize("row", MEANINGS, ids=lambda row: row[0])
def test_an_example_bounds_what_the_page_says(row: list[str]) -> None:
    gate = parse_gate(codes_in(row[0])[0])

    assert [gate.measure, gate.form] == codes_in(row[1])
    assert gate.is_blocking == ("advisory" not in row[0])


def test_the_examples_show_every_measure_and_form() -> None:
    found = {tuple(codes_in(row[1])) for row in MEANINGS}

    forms = ("value", "lower bound", "upper bound", "drop")
    assert {measure for measure, _ in found} == {"rate", "mean", "errors", "cost"}
    assert {form for measure, form in found if measure == "rate"} == set(forms)


@pytest.mark.parametrize("row", VERDICTS, ids=lambda row: f"{row[0]} {row[1]}")
def test_an_example_is_decided_as_the_page_says(row: list[str]) -> None:
    gate, samples, verdict, reason = row
    outcomes = [Outcome(name) for number, name in re.findall(r"(\d+) (\w+)", samples) for _ in range(int(number))]
    policy = GatePolicy(gates=(parse_gate(codes_in(gate)[0]),))

    (found,) = decide_gates(policy, cases_of(outcomes))

    assert (found.status.value, found.reason) == (verdict, reason)


@pytest.mark.parametrize("row", REFUSALS, ids=lambda row: row[0])
def test_an_example_is_refused_as_the_page_says(row: list[str]) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_gate(codes_in(row[0])[0])

    assert row[1] in str(caught.value)


@pytest.mark.parametrize("row", WITH_ERRORS, ids=lambda row: " ".join(row.values()))
def test_errors_leave_a_gate_as_the_page_on_outcomes_says(row: dict[str, str]) -> None:
    outcomes = [Outcome.ACCURATE] * 60 + [Outcome.INACCURATE] * 20 + [Outcome.ERROR] * 20
    allowed = 0.2 if row["errors that are allowed"] == "20%" else 0.0
    gate = parse_gate(codes_in(row["gate on these 100"])[0])

    (found,) = decide_gates(GatePolicy(gates=(gate,), max_error_rate=allowed), cases_of(outcomes))

    assert found.status.value == row["verdict"]
