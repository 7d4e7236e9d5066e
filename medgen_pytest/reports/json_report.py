"""The JSON report: a whole run as one document of schema version 1."""

from __future__ import annotations

import json
from collections import Counter
from importlib import resources
from itertools import islice
from typing import TYPE_CHECKING

from medgen_pytest.domain.judgement import JUDGED
from medgen_pytest.evaluation.judging import is_uncertain, margin_of
from medgen_pytest.evaluation.slices import BREAKDOWNS
from medgen_pytest.reports.files import write_text_atomically
from medgen_pytest.reports.plain import plain, plain_json, plain_sorted
from medgen_pytest.reports.sample_json import SampleEncoder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.gates import Gate, GateVerdict
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.evaluation.slices import Dimension, MetricSummary, Slice, SliceSummary
    from medgen_pytest.evaluation.statistics.interval import Interval

SCHEMA_VERSION = 1
"""Version of the document; raised when a field changes its meaning or goes away."""

_BATCH = 32
_NEXT = ",\n    "
_AMOUNTS = ("requests", "input_tokens", "output_tokens", "images", "cost", "working", "waiting")

VIEWS: Mapping[tuple[Dimension, ...], str] = {
    (): "by_model",
    ("format",): "by_format",
    ("format", "task"): "by_task",
    ("format", "task", "subtask"): "by_subtask",
    ("modality",): "by_modality",
    ("format", "modality"): "by_format_and_modality",
    ("format", "task", "modality"): "by_task_and_modality",
}
"""The key under which each breakdown lies: every slice stands in exactly one of them."""


def report_dict(run: RunResult) -> dict[str, object]:
    """The whole report as plain values, samples included; `report_schema` describes it."""
    return {**_head(run), **{name: [json.loads(entry) for entry in entries] for name, entries in _lists(run).items()}}


def write_json_report(run: RunResult, path: Path) -> None:
    """Writes the report as strict JSON in ASCII, a slice and a sample a line. Raises StoreError naming the path."""
    write_text_atomically(path, _chunks(run))


def report_schema() -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of the report."""
    text = resources.files("medgen_pytest.reports").joinpath("report.schema.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    if not isinstance(schema, dict):
        raise TypeError("report.schema.json of this package holds no object; install the package again")
    return schema


def _chunks(run: RunResult) -> Iterator[str]:
    before = "{"
    for name, value in _head(run).items():
        text = json.dumps(value, indent=2, allow_nan=False).replace("\n", "\n  ")
        yield f"{before}\n  {json.dumps(name)}: {text}"
        before = ","
    # Slices and samples are written in small parts: as a whole they would take more memory than the run itself.
    for name, entries in _lists(run).items():
        yield f"{before}\n  {json.dumps(name)}: ["
        comma = ""
        for lines in _batches(entries):
            yield f"{comma}\n    {_NEXT.join(lines)}"
            comma = ","
        yield "\n  ]"
    yield "\n}\n"


def _batches(entries: Iterable[str]) -> Iterator[list[str]]:
    entries = iter(entries)
    while batch := list(islice(entries, _BATCH)):
        yield batch


def _lists(run: RunResult) -> dict[str, Iterable[str]]:
    """What there may be very much of, each entry as JSON: the slices of each view, and the samples."""
    return {**_views(run), "samples": _samples(run)}


def _head(run: RunResult) -> dict[str, object]:
    code = run.exit_code
    document = {
        "schema_version": SCHEMA_VERSION,
        "verdict": {
            "status": "no_gates" if code is None else code.name.lower(),
            "exit_code": None if code is None else code.value,
        },
        "totals": run.tally.to_dict(),
        "repeats": {
            "fewest": run.repeats.fewest,
            "most": run.repeats.most,
            "aggregate": run.repeats.aggregate,
            "totals": run.tally_of_repeats.to_dict(),
        },
        "gates": _gates(run),
        "early_stop": run.early_stop.to_dict() if run.early_stop is not None else None,
        "policy": {
            "gates": [gate.text for gate in run.policy.gates],
            "max_error_rate": run.policy.max_error_rate,
            "min_samples": run.policy.min_samples,
        },
        "profile": {**run.profile.to_dict(), "digest": run.profile.digest},
        "by_metric": _by_metric(run),
        "judging": [summary.to_dict() for summary in run.judging],
        "usage": _usage(run),
    }
    return {**plain(document), "environment": plain_sorted(run.facts)}


def _gates(run: RunResult) -> list[dict[str, object]]:
    gates = {gate.text: gate for gate in run.policy.gates}
    return [_gate(gates[verdict.gate], verdict) for verdict in run.gates]


def _gate(gate: Gate, verdict: GateVerdict) -> dict[str, object]:
    return {
        "gate": gate.text,
        "tier": gate.tier,
        "metric": gate.metric,
        "measure": gate.measure,
        "form": gate.form,
        "where": dict(gate.where),
        "sign": gate.sign,
        "bound": gate.bound,
        "level": None if gate.form == "value" else gate.level,
        "baseline": gate.baseline,
        "model": verdict.model,
        "status": verdict.status.value,
        "reason": verdict.reason,
        "measured": verdict.measured,
        "interval": verdict.interval.to_dict() if verdict.interval is not None else None,
        "needed": verdict.needed,
        "detectable": verdict.detectable,
        "tally": verdict.tally.to_dict(),
    }


def _views(run: RunResult) -> dict[str, list[str]]:
    views: dict[str, list[str]] = {VIEWS[dimensions]: [] for dimensions in BREAKDOWNS}
    for part, summary in run.slices.items():
        views[VIEWS[tuple(name for name, _ in part.where)]].append(plain_json(_slice(run, part, summary)))
    return views


def _slice(run: RunResult, part: Slice, summary: SliceSummary) -> dict[str, object]:
    return {
        "model": part.model,
        **dict(part.where),
        "tally": summary.tally.to_dict(),
        "interval": _interval(summary.interval),
        "metrics": {
            name: {
                "direction": _direction(run, name),
                "threshold": run.profile.thresholds.get(name),
                **_metric(metric),
            }
            for name, metric in sorted(summary.metrics.items())
        },
    }


def _metric(summary: MetricSummary) -> dict[str, object]:
    tally = summary.tally.to_dict() if summary.tally is not None else None
    return {
        "mean": summary.mean,
        "mean_interval": _interval(summary.mean_interval),
        "scored": summary.scored,
        "tally": tally,
        "interval": _interval(summary.interval),
    }


def _interval(interval: Interval | None) -> dict[str, object] | None:
    return interval.to_dict() if interval is not None else None


def _direction(run: RunResult, name: str) -> str | None:
    # A stored result may name a metric that another version of the package had.
    spec = run.profile.metrics.get(name)
    return spec.direction if spec else None


def _by_metric(run: RunResult) -> dict[str, dict[str, object]]:
    whole = {part.model: summary for part, summary in run.slices.items() if not part.where}
    return {name: _metric_view(run, name, whole) for name in sorted(run.metrics)}


def _metric_view(run: RunResult, name: str, whole: Mapping[str, SliceSummary]) -> dict[str, object]:
    spec = run.profile.metrics.get(name)
    return {
        "title": spec and spec.title,
        "units": spec and spec.units,
        "direction": _direction(run, name),
        "threshold": run.profile.thresholds.get(name),
        "required_by": [task.value for task, names in sorted(run.profile.required.items()) if name in names],
        "models": [
            {"model": model, **_metric(summary.metrics[name])}
            for model, summary in whole.items()
            if name in summary.metrics
        ],
    }


def _usage(run: RunResult) -> dict[str, object]:
    held_back = Counter((result.model, result.not_asked) for result in run.held_back)
    return {
        "budget": run.budget,
        "cost": run.cost,
        "models": [
            {
                "model": spending.model,
                "asked": spending.asked,
                "not_asked": {cause: held_back[spending.model, cause] for cause in ("budget", "errors")},
                **{name: getattr(spending, name)._asdict() for name in _AMOUNTS},
                "first_try": {
                    "p50": spending.first_try_within(0.5),
                    "p95": spending.first_try_within(0.95),
                    "answers": len(spending.first_try),
                },
            }
            for spending in run.spending
        ],
        "judges": [
            {
                "judge": spending.model,
                "judgements": spending.asked,
                **{name: getattr(spending, name)._asdict() for name in _AMOUNTS},
            }
            for spending in run.judge_spending
        ],
    }


def _samples(run: RunResult) -> Iterator[str]:
    encoder, margin = SampleEncoder(), margin_of(run.facts)
    for case in sorted(run.cases, key=lambda case: case.planned.key):
        yield encoder.encode(case, _judged(case, run, margin=margin))


def _judged(case: Case, run: RunResult, *, margin: float) -> dict[str, object]:
    """What judges said of a sample, where they did."""
    result = case.result
    if result is None or not result.judgements:
        return {}
    thresholds = run.profile.thresholds
    uncertain = [
        name
        for name in sorted(result.scores)
        if name in JUDGED and is_uncertain(result, name, threshold=thresholds.get(name), margin=margin)
    ]
    return {"judgements": [judgement.to_dict() for judgement in result.judgements], "uncertain": uncertain}
