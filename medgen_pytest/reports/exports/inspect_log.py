"""A log of inspect_ai (its JSON format, version 2) of one model of a run."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import section_of
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.slices import Slice
from medgen_pytest.reports.exports.inspect_sample import inspect_sample
from medgen_pytest.reports.files import write_text_atomically
from medgen_pytest.reports.plain import plain, plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.evaluation.slices import MetricSummary, SliceSummary
    from medgen_pytest.evaluation.tally import Tally
    from medgen_pytest.reports.exports.inspect_sample import Question

VERSION = 2
TASK = "medgen-bench"
_UNKNOWN_TIME = "1970-01-01T00:00:00+00:00"


def write_inspect_log(run: RunResult, model: str, path: Path, *, questions: Mapping[str, Question]) -> None:
    """Writes the log, a sample a line; `questions` are by sample id, of samples whose dataset is at hand.

    As inspect_ai itself does, infinite numbers are written as `Infinity`. Raises StoreError.
    """
    write_text_atomically(path, _chunks(run, model, questions))


def file_stem(run: RunResult) -> str:
    """What the names of its logs begin with; inspect_ai lists files that begin with a time."""
    return f"{_started(run)[:19].replace(':', '-')}_{TASK}"


def _chunks(run: RunResult, model: str, questions: Mapping[str, Question]) -> Iterator[str]:
    cases = sorted((case for case in run.cases if case.planned.model == model), key=lambda case: case.planned.key)
    head = json.dumps(_without_samples(run, model, cases), indent=2)
    yield head.removesuffix("\n}") + ',\n  "samples": ['
    answered = [case for case in cases if case.result is not None]
    for number, case in enumerate(answered):
        yield ",\n    " if number else "\n    "
        yield json.dumps(inspect_sample(case, questions.get(case.planned.sample_id)))
    yield "\n  ]\n}\n"


def _without_samples(run: RunResult, model: str, cases: Sequence[Case]) -> dict[str, object]:
    missing = sum(case.result is None for case in cases)
    return {
        "version": VERSION,
        "status": "cancelled" if missing else "success",
        "eval": plain(_spec(run, model, cases)),
        "plan": {"name": "plan", "steps": []},
        "results": _results(run.slices[Slice(model=model)], cases),
        "stats": {"started_at": _started(run), "completed_at": _ended(run, cases), "model_usage": {}},
    }


def _spec(run: RunResult, model: str, cases: Sequence[Case]) -> dict[str, object]:
    versions, dataset = section_of(run.facts, "versions"), section_of(run.facts, "dataset")
    identity = section_of(section_of(run.facts, "models"), model)
    return {
        "eval_id": f"{run.facts.get('run_id')}-{model}",
        "run_id": run.facts.get("run_id") or "",
        "created": _started(run),
        "task": TASK,
        "task_id": f"{TASK}@{model}",
        "task_version": 0,
        "dataset": {
            "name": "MedGEN-Bench",
            "location": dataset.get("path"),
            "samples": len({case.planned.sample_id for case in cases}),
            "shuffled": False,
        },
        "model": model,
        "model_args": dict(identity),
        "config": {"epochs": run.repeats.most},
        "packages": {str(name): str(version) for name, version in versions.items()},
        "metadata": {
            "made_by": "medgen-pytest",
            "profile": {**run.profile.to_dict(), "digest": run.profile.digest},
            "dataset_fingerprint": dataset.get("fingerprint"),
            "conventions": run.facts.get("metrics"),
            "left_out": run.left_out,
            "repeats": str(run.repeats),
        },
    }


def _results(summary: SliceSummary, cases: Sequence[Case]) -> dict[str, object]:
    judged = sum(case.verdict.outcome not in {Outcome.ERROR, Outcome.MISSING} for case in cases)
    return {
        "total_samples": len(cases),
        "completed_samples": judged,
        "scores": [
            _score("accuracy", summary.tally, None),
            *(_score(name, metric.tally, metric) for name, metric in sorted(summary.metrics.items())),
        ],
    }


def _score(name: str, tally: Tally | None, metric: MetricSummary | None) -> dict[str, object]:
    numbers = {
        "accuracy_rate": tally.rate if tally is not None else None,
        "mean": metric.mean if metric is not None else None,
    }
    known = {key: value for key, value in numbers.items() if value is not None and not math.isnan(value)}
    shown = plain_text(name)
    return {
        "name": shown,
        "scorer": shown,
        "metrics": {key: {"name": key, "value": value} for key, value in known.items()},
    }


def _started(run: RunResult) -> str:
    return str(run.facts.get("started") or _UNKNOWN_TIME)


def _ended(run: RunResult, cases: Sequence[Case]) -> str:
    times = [case.result.finished for case in cases if case.result is not None and case.result.finished]
    return max(times, default=_started(run))
