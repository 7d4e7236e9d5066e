"""The headline: what the gates say, how the samples ended, and what a reader must know before believing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.gates import GateStatus
from medgen_pytest.evaluation.tally import count_text, counted
from medgen_pytest.reports.doubts import record_doubts
from medgen_pytest.reports.early_stop import early_stop_text
from medgen_pytest.reports.figures import NOTHING, ends_text, percent
from medgen_pytest.reports.judging import judge_warnings
from medgen_pytest.reports.not_asked import not_asked_lines
from medgen_pytest.reports.not_measured import not_measured_texts
from medgen_pytest.reports.terminal import verdict_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.evaluation.gates import Gate, GateVerdict
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.reports.page.gallery import Gallery

NO_GATES = "no gates"
OPEN = "open"
"""The status of the gates of a shard, which only the whole run decides."""
SYMBOLS = {
    GateStatus.HOLDS.value: "✓",
    GateStatus.BREACHED.value: "✗",
    GateStatus.INCONCLUSIVE.value: "?",
    GateStatus.INCOMPLETE.value: "…",
    NO_GATES: "-",
    OPEN: "…",
}
"""What stands beside each word, so that colour alone says nothing."""

_ENDLESS = 1_000_000_000
"""Columns in which no line is wrapped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many samples ended in one way, and what share of the planned ones that is."""

    name: str
    count: str
    share: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The verdict in a word and in a sentence, the counts of outcomes, and what is to be known beside them."""

    status: str
    symbol: str
    text: str
    planned: str
    counts: tuple[Count, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRow:
    """One gate on one model, or on the whole run; texts where something may not be known.

    `more` is how many more samples would decide an inconclusive gate.
    """

    status: str
    symbol: str
    gate: str
    tier: str
    subject: str
    reason: str
    interval: str
    more: str


def headline(run: RunResult, gallery: Gallery) -> Headline:
    """The headline of a run."""
    code = run.exit_code
    status = OPEN if run.leaves_gates_open else NO_GATES if code is None else code.name.lower()
    text = verdict_line(run, without_gates="every sample counts by itself").text
    return Headline(
        status=status,
        symbol=SYMBOLS[status],
        text=text.removeprefix("medgen: "),
        planned=counted(run.tally.planned, "sample") + ("" if run.repeats.is_one else f", {run.repeats}"),
        counts=tuple(_counts(run)),
        notices=tuple(_notices(run, gallery)),
    )


def gate_rows(run: RunResult) -> list[GateRow]:
    """A row for each gate and model, blocking ones first; for a shard, each gate that the whole run decides."""
    if run.shard is not None:
        return [_open_row(gate) for gate in run.policy.gates]
    return [_row(verdict) for verdict in sorted(run.gates, key=lambda verdict: not verdict.is_blocking)]


def _row(verdict: GateVerdict) -> GateRow:
    status = verdict.status.value
    return GateRow(
        status=status,
        symbol=SYMBOLS[status],
        gate=verdict.gate,
        tier=verdict.tier,
        subject=verdict.subject,
        reason=verdict.reason,
        interval=ends_text(verdict.interval),
        more=NOTHING if verdict.needed is None else str(verdict.needed),
    )


def _open_row(gate: Gate) -> GateRow:
    return GateRow(
        status=OPEN,
        symbol=SYMBOLS[OPEN],
        gate=gate.text,
        tier=gate.tier,
        subject=NOTHING,
        reason="decided by medgen merge",
        interval=NOTHING,
        more=NOTHING,
    )


def _counts(run: RunResult) -> Iterator[Count]:
    tally = run.tally
    for name in ("accurate", "inaccurate", "invalid", "error", "missing"):
        count = getattr(tally, name)
        share = percent(float(count / tally.planned)) if tally.planned else ""
        yield Count(name=name, count=count_text(count), share=share)


def _notices(run: RunResult, gallery: Gallery) -> Iterator[str]:
    yield from record_doubts(run.facts)
    if run.early_stop is not None:
        yield early_stop_text(run.early_stop)
    yield from not_measured_texts(run)
    yield from (line.text for line in not_asked_lines(run, width=_ENDLESS))
    yield from (f"judge: {warning}" for warning in judge_warnings(run))
    if gallery.problem is not None:
        yield f"only outputs are shown, without their samples: {gallery.problem}"
    if gallery.left_out:
        whose = counted(gallery.left_out, "sample")
        yield f"the page holds no images of {whose}: there is room for so many only; medgen report RUN --images=full"
