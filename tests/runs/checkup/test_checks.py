"""Checks: one that hangs or breaks keeps no other from being told."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.evaluation.checkup import Finding, Status, problem, warning, well
from medgen_pytest.runs.checkup.check import Check, Once, at_once, carry_out

if TYPE_CHECKING:
    from collections.abc import Iterator


def texts(checks: list[Check]) -> list[tuple[str, str, str]]:
    found = carry_out(checks)
    return [(section.name, one.status.value, one.text) for section in found.sections for one in section.findings]


def test_parts_keep_their_order_and_those_of_one_name_are_one() -> None:
    checks = [
        Check(part="b", look=lambda: [well("1")]),
        Check(part="a", look=lambda: [well("2")]),
        Check(part="b", look=lambda: [well("3")]),
        Check(part="empty", look=list),
    ]

    assert texts(checks) == [("b", "ok", "1"), ("b", "ok", "3"), ("a", "ok", "2")]


def test_a_check_that_hangs_is_given_up_with_what_it_found_before() -> None:
    never = threading.Event()

    def hangs() -> Iterator[Finding]:
        yield well("begun")
        never.wait(60)

    found = texts([Check(part="a", look=hangs, seconds=0.1), Check(part="b", look=lambda: [well("done")])])
    never.set()

    assert found[0] == ("a", "ok", "begun")
    assert found[1] == ("a", "warning", "looking took more than 0.1 s and was given up")
    assert found[2] == ("b", "ok", "done")


@pytest.mark.parametrize("error", [RuntimeError("torn"), SystemExit("torn"), KeyboardInterrupt("torn")])
def test_a_check_that_breaks_is_a_problem(error: BaseException) -> None:
    def breaks() -> Iterator[Finding]:
        yield well("begun")
        raise error

    found = texts([Check(part="a", look=breaks)])

    assert found == [("a", "ok", "begun"), ("a", "problem", f"it cannot be examined: {type(error).__name__}: torn")]


def test_what_several_checks_ask_for_is_made_once() -> None:
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    once = Once(make)

    assert once.known is None
    assert at_once([once, once, once]) == [1, 1, 1]
    assert once.known == 1


def test_what_could_not_be_made_is_raised_each_time_and_not_known() -> None:
    once = Once(lambda: 1 // 0)

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            once()
    assert once.known is None


def test_what_is_not_well_must_say_what_to_do() -> None:
    assert (problem("a", todo="b").status, warning("a", todo="b").status) == (Status.PROBLEM, Status.WARNING)
    with pytest.raises(ValueError, match="has no todo"):
        Finding(status=Status.WARNING, text="odd")
    with pytest.raises(ValueError, match="has a todo"):
        Finding(status=Status.OK, text="fine", todo="nothing")
