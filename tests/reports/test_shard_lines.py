"""Shards in the terminal: the gates that they leave open, and a line in place of a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.reports.terminal import summary_lines, verdict_line

if TYPE_CHECKING:
    from tests.reports.conftest import RunBuilder

SHARD = {"shard": {"index": 3, "count": 8}}
GOOD = {"bleu": 0.5}


def test_a_shard_shows_its_gates_as_open_and_no_verdict(new_run: type[RunBuilder]) -> None:
    run = new_run().add(scores=GOOD, times=2).build("all/accuracy >= 0.5", facts=SHARD)

    texts, verdict = [line.text for line in summary_lines(run)], verdict_line(run)

    assert texts[texts.index("gates, left to medgen merge") + 1] == "open        all/accuracy >= 0.5"
    assert verdict.text == "medgen: shard 3/8 (exit code 0): every sample finished; medgen merge decides the gates"
    assert verdict.style == "green"


def test_a_shard_says_what_is_missing_and_what_are_errors(new_run: type[RunBuilder]) -> None:
    builder = new_run().add(scores=GOOD).add("error", reason="down", times=2).add("missing", times=3)

    verdict = verdict_line(builder.build("all/accuracy >= 0.5", facts=SHARD))

    assert verdict.text.startswith("medgen: shard 3/8 (exit code 11): 3 of its 6 samples never finished, 2 errors;")
    assert verdict.style == "yellow"


def test_what_else_decides_the_exit_code_of_a_shard_is_told(new_run: type[RunBuilder]) -> None:
    run = new_run().add(scores=GOOD).build("all/accuracy >= 0.5", facts=SHARD)

    verdict = verdict_line(run, ends_with=1)

    assert verdict.text.startswith("medgen: shard 3/8 (exit code 1, for what is no gate's): every sample finished")
    assert verdict.style == "red"


def test_a_shard_without_gates_speaks_as_every_run_does(new_run: type[RunBuilder]) -> None:
    run = new_run().add(scores=GOOD).build(facts=SHARD)

    assert verdict_line(run).text == "medgen: no gates are set; the exit code is pytest's own"
