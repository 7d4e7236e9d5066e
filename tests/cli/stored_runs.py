"""Stored runs for commands that judge: made in this process, with the judge of the settings or without one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from medgen_pytest.engine.evaluator import EvaluationPolicy, Evaluator
from medgen_pytest.runs.finish import finish_run, write_reports
from medgen_pytest.store import RunDirectory
from tests.runs.small_run import STARTED, prepare

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def settings(judge: str | None = None, *, more: str = "", **kwargs: object) -> str:
    """A settings file with a judge of `tests.cli.judges`."""
    if judge is None:
        return more
    described = {"adapter": "python", "target": f"tests.cli.judges:{judge}", "kwargs": kwargs}
    return f"judge: {json.dumps(described)}\n{more}"


def make_run(folder: Path, *, model: str = "oracle", config: str = "") -> Path:
    """Asks and judges everything; the run directory `run` in the folder."""
    prepared = prepare(folder, model, config=config)
    store = RunDirectory(folder / "run")
    store.create({"run_id": "run", "started": STARTED, **prepared.facts()}, resumes=True)
    planned = prepared.planned()
    store.plan(planned, session=f"s-{model}")
    policy = EvaluationPolicy(
        worker=f"main-{model}",
        timeout=30,
        on_size_mismatch=prepared.profile.on_size_mismatch,
        bench=prepared.bench,
        meter=prepared.meter,
    )
    evaluator = Evaluator(models=prepared.models, metrics=prepared.metrics, store=store, policy=policy)
    for item in planned:
        evaluator.evaluate(prepared.dataset.get(item.sample_id), model=item.model, repeat=item.repeat)
    evaluator.close()
    result = finish_run(store, profile=prepared.profile, policy=prepared.policy)
    write_reports(result, store, prepared.settings.report)
    return store.path


def files_of(folder: Path, *, without: str | None = None) -> Mapping[Path, bytes]:
    """Every file below a folder with its bytes, without those below one of its folders."""
    left_out = folder / without if without else None
    return {
        path: path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and (left_out is None or left_out not in path.parents)
    }


def records(path: Path) -> list[dict[str, Any]]:
    """The lines of a file of JSON lines; none where there is no file."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


def document(path: Path) -> dict[str, Any]:
    """A JSON file."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def report(path: Path) -> dict[str, Any]:
    """The report of a run."""
    return document(path / "report.json")
