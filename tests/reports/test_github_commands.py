"""Workflow commands of GitHub: an annotation a gate that does not hold, and one for the exit code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.reports.github import annotation_lines

if TYPE_CHECKING:
    from tests.reports.conftest import RunBuilder

# The grammar of a command as the runner reads it: `::name key=value,key=value::message` on one line.
COMMAND = re.compile(r"::(error|warning|notice) title=([^:,\r\n]*)::([^\r\n]*)")


def test_a_breached_gate_is_an_error_and_an_undecided_one_a_warning(one_model: RunBuilder) -> None:
    run = one_model.build("vqa/bleu >= 0.3", "vqa/bleu >= 0.9")

    breached = "vqa/bleu >= 0.9 for my-vlm: 0.3750 (3 of 8)"
    undecided = "vqa/bleu >= 0.3 for my-vlm: 0.3750 (3 of 8); 2 errors, more than the 0.00%25 allowed"
    assert annotation_lines(run, ends_with=1) == [
        f"::error title=medgen%3A exit code 1::medgen: breached (exit code 1): {breached}",
        f"::error title=medgen gate breached::{breached}",
        f"::warning title=medgen gate inconclusive::{undecided}",
    ]


def test_an_advisory_gate_is_a_warning_or_a_notice(one_model: RunBuilder) -> None:
    run = one_model.build("advisory: vqa/bleu >= 0.9", "advisory: vqa/bleu >= 0.3")

    found = [COMMAND.fullmatch(line) for line in annotation_lines(run, ends_with=0)]

    assert [match and match[1] for match in found] == ["warning", "notice"]


def test_gates_that_hold_need_no_annotation(new_run: type[RunBuilder]) -> None:
    run = new_run().add(scores={"bleu": 1.0}).build("all/accuracy >= 1")

    assert annotation_lines(run, ends_with=0) == []


def test_a_run_without_gates_needs_none(one_model: RunBuilder) -> None:
    assert annotation_lines(one_model.build(), ends_with=1) == []


def test_an_exit_code_that_is_no_gate_s_is_told_with_what_the_gates_say(new_run: type[RunBuilder]) -> None:
    run = new_run().add(scores={"bleu": 1.0}).build("all/accuracy >= 1")

    [only] = annotation_lines(run, ends_with=3)

    assert only.startswith("::error title=medgen%3A exit code 3::medgen: exit code 3, for what is no gate's")


def test_there_are_no_more_than_github_shows(one_model: RunBuilder) -> None:
    run = one_model.build(*(f"vqa/bleu >= 0.{number}" for number in range(80, 99)))

    assert len(annotation_lines(run, ends_with=1)) == 10


@settings(max_examples=40)
@given(st.text(st.characters(), max_size=60))
def test_any_name_stays_in_one_command_of_one_line(new_run: type[RunBuilder], model: str) -> None:
    run = new_run().add("invalid", model=model, reason=model).build("all/accuracy >= 1")

    for line in annotation_lines(run, ends_with=1):
        assert COMMAND.fullmatch(line)
        assert not re.search(r"%(?!25|0A|0D|3A|2C)", line)
        assert len(line.encode("utf-8").splitlines()) == 1
