"""The terminal report: tables of accuracy rates, gates and one line of totals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.gates import GateStatus
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.evaluation.slices import Slice
from medgen_pytest.evaluation.tally import count_text, counted
from medgen_pytest.reports.early_stop import early_stop_lines
from medgen_pytest.reports.figures import NOTHING, heading_of, mean_text
from medgen_pytest.reports.judging import judging_lines
from medgen_pytest.reports.line import Line, Style, cut, wrapped
from medgen_pytest.reports.not_asked import not_asked_lines
from medgen_pytest.reports.not_measured import not_measured_texts
from medgen_pytest.reports.parts import MODALITIES, TASKS
from medgen_pytest.reports.rate_column import STYLES, rate_column
from medgen_pytest.reports.shard import open_gate_lines, shard_line
from medgen_pytest.reports.spending import spending_lines
from medgen_pytest.reports.table import Column, heading_names, richest_layout
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.evaluation.gates import GateVerdict
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.evaluation.slices import SliceSummary, Where
    from medgen_pytest.evaluation.tally import Tally
    from medgen_pytest.reports.rate_column import IntervalStyle

_STYLES: dict[GateStatus, Style] = {
    GateStatus.HOLDS: "green",
    GateStatus.BREACHED: "red",
    GateStatus.INCONCLUSIVE: "yellow",
    GateStatus.INCOMPLETE: "yellow",
}
_STATUS_WIDTH = max(len(status.value) for status in GateStatus) + 1


def summary_lines(run: RunResult, *, width: int = 80, verbosity: int = 0, resume: str | None = None) -> list[Line]:
    """The summary of a run in at most `width` columns.

    Verbosity below 0 leaves only gates and totals; above 0 adds the subtasks and, for a single model,
    the metrics of every task. `resume` is the run directory, for whoever is to go on with the run.
    """
    sections = [_gates(run, width=width)]
    if verbosity >= 0:
        sections = [*_tables(run, width=width, detailed=verbosity > 0), _left_out(run, width=width), *sections]
    lines = [line for section in sections if section for line in (*section, Line(text=""))]
    lines += _totals(run, width=width)
    lines += early_stop_lines(run, width=width)
    lines += judging_lines(run, width=width)
    lines += spending_lines(run, width=width)
    lines += not_asked_lines(run, width=width, resume=resume)
    # What even wrapping cannot fit into a few columns is cut, rather than broken by the terminal.
    return [Line(text=cut(line.text, width), style=line.style) for line in lines]


def verdict_line(
    run: RunResult, *, ends_with: int | None = None, without_gates: str = "the exit code is pytest's own"
) -> Line:
    """What the gates say about the run, with the exit code and whatever stands in the way.

    `ends_with` is the exit code that the process has, where something else than the gates decides it;
    `without_gates` says what the exit code means in a run without any.
    """
    code = run.exit_code
    if run.leaves_gates_open:
        return shard_line(run, ends_with=ends_with)
    if code is None:
        return Line(text=f"medgen: no {'blocking ' if run.gates else ''}gates are set; {without_gates}", style="bold")
    status = GateStatus(code.name.lower())
    if ends_with is not None and ends_with != code.value:
        text = f"medgen: exit code {ends_with}, for what is no gate's; the gates alone: {status.value}"
        return Line(text=f"{text}: {_why(run, code, status)}", style="red")
    text = f"medgen: {status.value} (exit code {code.value}): {_why(run, code, status)}"
    return Line(text=text, style=_STYLES[status])


def _why(run: RunResult, code: ExitCode, status: GateStatus) -> str:
    if code is ExitCode.HOLDS:
        every = "every gate" if all(gate.is_blocking for gate in run.gates) else "every blocking gate"
        return f"{every} holds for every model"
    found = [_gate_text(gate) for gate in run.gates if gate.status is status and gate.is_blocking]
    # Samples outside of all gates can be missing or errors too.
    return "; ".join(found) or _why_at_large(run, code)


def _why_at_large(run: RunResult, code: ExitCode) -> str:
    tally = run.tally
    if code is ExitCode.INCOMPLETE:
        return f"{tally.missing} of {tally.planned} planned samples never finished"
    allowed = f"{run.policy.max_error_rate:.2%}"
    return f"{tally.error} of {tally.planned} samples are errors, more than the {allowed} allowed"


def _tables(run: RunResult, *, width: int, detailed: bool) -> list[list[Line]]:
    formats = [_format_table(run, form, width=width) for form in Format]
    tables = [_breakdown(run, "task", TASKS, width=width, detailed=detailed)]
    if detailed:
        tables.append(_breakdown(run, "subtask", _subtasks(run), width=width, detailed=detailed))
    tables.append(_breakdown(run, "modality", MODALITIES, width=width, detailed=detailed))
    return [*formats, *tables]


def _subtasks(run: RunResult) -> list[tuple[str, Where]]:
    found = {part.where for part in run.slices if part.value("subtask") is not None}
    return [(visible(f"{dict(where)['subtask']} ({dict(where)['task']})"), where) for where in sorted(found)]


def _format_table(run: RunResult, form: Format, *, width: int) -> list[Line]:
    rows = [(model, _summary(run, model, (("format", form.value),))) for model in run.models]
    present = [(visible(model), summary) for model, summary in rows if summary is not None]
    if not present:
        return []
    labels = Column(heading="model", cells=tuple(model for model, _ in present))
    summaries = [summary for _, summary in present]
    tables = [[*_metric_groups(run, summaries, style), _outcome_group(summaries, style)] for style in STYLES]
    return [_title(run, form.value), *richest_layout(labels, tables, width=width)]


def _breakdown(
    run: RunResult, name: str, parts: Sequence[tuple[str, Where]], *, width: int, detailed: bool
) -> list[Line]:
    present = [(label, where) for label, where in parts if any(_summary(run, model, where) for model in run.models)]
    if not present:
        return []
    labels = Column(heading=name, cells=tuple(label for label, _ in present))
    places = [where for _, where in present]
    is_one = len(run.models) == 1
    tables = [
        _one_model(run, places, style, detailed=detailed) if is_one else _many_models(run, places, style)
        for style in STYLES
    ]
    return [_title(run, f"by {name}"), *richest_layout(labels, tables, width=width)]


def _title(run: RunResult, text: str) -> Line:
    return Line(text=text if run.repeats.is_one else f"{text} ({run.repeats})", style="bold")


def _one_model(run: RunResult, places: Sequence[Where], style: IntervalStyle, *, detailed: bool) -> list[list[Column]]:
    [model] = run.models
    summaries = [summary for where in places if (summary := _summary(run, model, where)) is not None]
    metrics = _metric_groups(run, summaries, style) if detailed else []
    return [*metrics, _outcome_group(summaries, style)]


def _many_models(run: RunResult, places: Sequence[Where], style: IntervalStyle) -> list[list[Column]]:
    columns = [
        rate_column(name, [_summary(run, model, where) for where in places], decimals=style.decimals, errors=True)
        for name, model in zip(heading_names(map(visible, run.models)), run.models, strict=True)
    ]
    return [[column] for column in columns]


def _summary(run: RunResult, model: str, where: Where) -> SliceSummary | None:
    return run.slices.get(Slice(model=model, where=where))


def _metric_groups(run: RunResult, summaries: Sequence[SliceSummary], style: IntervalStyle) -> list[list[Column]]:
    names = run.profile.in_order(name for summary in summaries for name in summary.metrics)
    return [[_metric_column(run, name, summaries, style)] for name in names]


def _metric_column(run: RunResult, name: str, summaries: Sequence[SliceSummary], style: IntervalStyle) -> Column:
    heading, metrics = visible(heading_of(name, run.profile)), [summary.metrics.get(name) for summary in summaries]
    if any(metric is not None and metric.tally is not None for metric in metrics):
        return rate_column(heading, metrics, decimals=style.decimals if style.of_metrics else None)
    means = (NOTHING if metric is None else mean_text(metric.mean, scored=metric.scored) for metric in metrics)
    return Column(heading=heading, cells=tuple(means))


def _outcome_group(summaries: Sequence[SliceSummary], style: IntervalStyle) -> list[Column]:
    tallies = [summary.tally for summary in summaries]
    columns = [
        rate_column(ACCURACY, summaries, decimals=style.decimals),
        Column(heading="invalid", cells=tuple(count_text(tally.invalid) for tally in tallies)),
        Column(heading="errors", cells=tuple(str(tally.error) for tally in tallies)),
    ]
    if any(tally.missing for tally in tallies):
        columns.append(Column(heading="missing", cells=tuple(str(tally.missing) for tally in tallies)))
    return columns


def _left_out(run: RunResult, *, width: int) -> list[Line]:
    return wrapped(*not_measured_texts(run), width=width)


def _gates(run: RunResult, *, width: int) -> list[Line]:
    if not run.gates:
        return open_gate_lines(run, width=width)
    lines = [_title(run, "gates")]
    for gate in run.gates:
        text = f"{gate.status.value.ljust(_STATUS_WIDTH)}{_gate_text(gate)}"
        # What only is told must not look as if it failed the run.
        style = _STYLES[gate.status] if gate.is_blocking or gate.status is not GateStatus.BREACHED else "yellow"
        lines += wrapped(text, width=width, style=style)
    return lines


def _gate_text(gate: GateVerdict) -> str:
    return f"{visible(gate.gate)} for {visible(gate.subject)}: {visible(gate.reason)}"


def _totals(run: RunResult, *, width: int) -> list[Line]:
    texts = [f"samples: {_counts(run.tally)}"]
    if not run.repeats.is_one:
        texts = [f"samples ({run.repeats}): {_counts(run.tally)}", f"repeats: {_counts(run.tally_of_repeats)}"]
    return wrapped(*texts, width=width, style="bold")


def _counts(tally: Tally) -> str:
    counts = [
        f"{tally.planned} planned",
        f"{count_text(tally.accurate)} accurate",
        f"{count_text(tally.inaccurate)} inaccurate",
        f"{count_text(tally.invalid)} invalid",
        counted(tally.error, "error"),
        f"{tally.missing} missing",
    ]
    return ", ".join(counts)
