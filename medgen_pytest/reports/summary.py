"""The summary: a run on half a page of Markdown, for a pull request or the summary of a CI job."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from medgen_pytest.domain.plain import section_of
from medgen_pytest.evaluation.gates import GateStatus
from medgen_pytest.evaluation.slices import Slice
from medgen_pytest.evaluation.tally import count_text, counted
from medgen_pytest.evaluation.worst_slices import worst_slices
from medgen_pytest.reports.doubts import record_doubts
from medgen_pytest.reports.early_stop import early_stop_text
from medgen_pytest.reports.figures import ends_text, money, percent, rate_text
from medgen_pytest.reports.markdown_text import markdown_code, markdown_row, markdown_text
from medgen_pytest.reports.terminal import verdict_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from medgen_pytest.evaluation.baseline_change import BaselineChange
    from medgen_pytest.evaluation.gates import GateVerdict
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.evaluation.worst_slices import WorstSlice

_MOST_GATES = 50
_MOST_MODELS = 50
_MOST_SLICES = 10
_LONGEST = 300
"""Characters of one text. With the most of each part a summary stays far below the mebibyte that GitHub takes."""
_ORDER = (GateStatus.BREACHED, GateStatus.INCOMPLETE, GateStatus.INCONCLUSIVE, GateStatus.HOLDS)


def render_summary(run: RunResult, *, files: Mapping[str, str] | None = None, linked: bool = True) -> str:
    """The Markdown of a run: verdict, gates, models, changes against baselines, the worst slices, and the reports.

    `files` are reports by name, with paths from where the summary lies; without `linked` they are shown as they
    are, for a page that lies elsewhere.
    """
    sections = (
        *(_verdict(run), _gates(run), _models(run), _changes(run), _worst(run)),
        _about(run, files or {}, linked=linked),
    )
    return "\n\n".join("\n".join(lines) for section in sections if (lines := list(section))) + "\n"


def _verdict(run: RunResult) -> Iterator[str]:
    code = run.exit_code
    status = "no gates" if code is None else code.name.lower()
    status = f"shard {run.shard}" if run.shard is not None else status
    yield f"## medgen: {status}"
    yield ""
    yield _short(verdict_line(run, without_gates=f"{rate_text(run.tally)} of the samples are accurate").text)
    for doubt in record_doubts(run.facts):
        yield ""
        yield f"**Warning**: {_short(doubt)}"
    if run.early_stop is not None:
        yield ""
        yield f"{early_stop_text(run.early_stop)}."


def _gates(run: RunResult) -> Iterator[str]:
    if not run.gates:
        return
    ordered = sorted(run.gates, key=lambda gate: (not gate.is_blocking, _ORDER.index(gate.status)))
    yield markdown_row("gate", "model", "status", "measured", "interval")
    yield markdown_row("---", "---", "---", "---", "---")
    yield from map(_gate, ordered[:_MOST_GATES])
    yield from _more(len(ordered) - _MOST_GATES, "gate")


def _gate(gate: GateVerdict) -> str:
    status = f"**{gate.status.value}**" if gate.status is not GateStatus.HOLDS else gate.status.value
    tier = "" if gate.is_blocking else f" ({gate.tier})"
    ends = ends_text(gate.interval)
    return markdown_row(_code(gate.gate), _short(gate.subject), f"{status}{tier}", _short(gate.reason), ends)


def _models(run: RunResult) -> Iterator[str]:
    costs = {spending.model: spending.cost.total for spending in run.spending}
    yield markdown_row("model", "accurate", "inaccurate", "invalid", "errors", "missing", "cost")
    yield markdown_row("---", *["---:"] * 6)
    for model in run.models[:_MOST_MODELS]:
        tally = run.slices[Slice(model=model)].tally
        counts = (count_text(tally.inaccurate), count_text(tally.invalid), str(tally.error), str(tally.missing))
        yield markdown_row(_short(model), rate_text(tally), *counts, money(costs.get(model)))
    yield from _more(len(run.models) - _MOST_MODELS, "model")
    if not run.repeats.is_one:
        yield ""
        yield markdown_text(f"Each sample counts once: {run.repeats}.")


def _changes(run: RunResult) -> Iterator[str]:
    if not run.policy.baselines:
        return
    from medgen_pytest.evaluation.baseline_change import changes_of

    changes = changes_of(run)
    if not changes:
        return
    yield "### Change against the baseline"
    yield ""
    told = ("samples", "before", "now", "change", "95% interval", "p", "lost", "won", "detectable")
    yield markdown_row("baseline", "model", *told)
    yield markdown_row("---", "---", *["---:"] * len(told))
    yield from map(_change, changes[:_MOST_MODELS])
    yield from _more(len(changes) - _MOST_MODELS, "change")


def _change(change: BaselineChange) -> str:
    from medgen_pytest.reports.comparison.figures import (
        detectable_text,
        difference_text,
        interval_text,
        p_text,
        value_text,
    )

    numbers, comparison = change.numbers, change.comparison
    return markdown_row(
        _code(change.baseline),
        _short(comparison.second.model),
        str(numbers.pairs),
        *(value_text(value, "rate") for value in (numbers.first, numbers.second)),
        difference_text(numbers.difference, "rate"),
        interval_text(numbers.interval, "rate").strip("[]"),
        markdown_text(p_text(numbers.p_value)),
        *(str(len(flips)) for flips in (comparison.lost, comparison.won)),
        detectable_text(numbers.detectable, "rate"),
    )


def _worst(run: RunResult) -> Iterator[str]:
    worst = worst_slices(run.slices, most=_MOST_SLICES)
    if not worst:
        return
    yield "### Worst slices"
    yield ""
    yield markdown_row("model", "slice", "accurate of judged", "95% interval", "errors and missing")
    yield markdown_row("---", "---", "---:", "---:", "---:")
    yield from map(_slice, worst)


def _slice(worst: WorstSlice) -> str:
    tally, interval = worst.tally, worst.interval
    where = ", ".join(value for _, value in worst.part.where)
    rate = f"{percent(tally.rate_of_judged or 0.0)} ({count_text(tally.accurate)}/{tally.judged})"
    ends = f"{percent(interval.low)} to {percent(interval.high)}"
    return markdown_row(_short(worst.part.model), _short(where), rate, ends, str(tally.error + tally.missing))


def _about(run: RunResult, files: Mapping[str, str], *, linked: bool) -> Iterator[str]:
    fingerprint = section_of(run.facts, "dataset").get("fingerprint")
    facts = [
        f"run {_code(str(run.facts.get('run_id') or '?'))}",
        f"dataset {_code(str(fingerprint or '?')[:12])}",
        f"profile {_code(run.profile.name)} ({_code(run.profile.digest[:12])})",
        *([f"left out: {_short(', '.join(sorted(run.left_out)))}"] if run.left_out else []),
    ]
    yield f"Made by {', '.join(facts)}."
    if files:
        yield ""
        yield "Reports: " + ", ".join(_file(name, path, linked=linked) for name, path in files.items())


def _file(name: str, path: str, *, linked: bool) -> str:
    return f"[{markdown_text(name)}]({quote(path, errors='surrogatepass')})" if linked else _code(path)


def _more(number: int, noun: str) -> Sequence[str]:
    return ["", f"and {counted(number, f'more {noun}')}"] if number > 0 else []


def _short(text: str) -> str:
    return markdown_text(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def _code(text: str) -> str:
    return markdown_code(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
