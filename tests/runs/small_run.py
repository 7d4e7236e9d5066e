"""A run on the small dataset, made without pytest, as a worker makes it."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from medgen_pytest.config.load import load_settings
from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.engine.evaluator import EvaluationPolicy, Evaluator
from medgen_pytest.evaluation.baseline import baseline_of
from medgen_pytest.models import embedded_adapters
from medgen_pytest.reports.baseline import write_baseline
from medgen_pytest.runs.baselines import run_to_keep
from medgen_pytest.runs.finish import Overrides, finish_run
from medgen_pytest.runs.prepare import PreparedRun, prepare_run
from medgen_pytest.store import RunDirectory
from tests.small_dataset import write_small_dataset

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.models import ModelContext

STARTED = "2026-11-22T10:00:00+00:00"
_CHANGING = {"environment", "seconds", "working", "waiting", "first_try"}


class FlakyModel:
    """A model that answers "A" to every question but one, where it cannot answer at all."""

    formats = frozenset({Format.VQA})

    def __init__(self, revision: str) -> None:
        self.revision = revision

    @property
    def identity(self) -> Mapping[str, object]:
        """Its revision."""
        return {"adapter": "flaky", "revision": self.revision}

    def answer(self, request: Request) -> ModelOutput:
        """An "A", or an error."""
        if request.sample_id.endswith("000004"):
            raise ConnectionError("the endpoint is down")
        return ModelOutput(text="A")


def build_flaky(_name: str, settings: Mapping[str, object], _context: ModelContext) -> FlakyModel:
    """The adapter `flaky`."""
    return FlakyModel(str(settings.get("revision", "1")))


def prepare(folder: Path, model: str = "copy-input", *, config: str | None = None, **typed: object) -> PreparedRun:
    """A run of one model on the small dataset, which is written when it is not there; options as `--medgen-*`."""
    if not (folder / "data").exists():
        write_small_dataset(folder / "data")
    config_path = folder / "medgen.yaml" if config is not None else None
    if config_path is not None:
        config_path.write_text(str(config), encoding="utf-8")
    run = load_settings(
        {"medgen_dataset": "data", **{f"medgen_{name}": value for name, value in typed.items()}},
        models=[model],
        config_path=config_path,
        invocation_dir=folder,
    )
    return prepare_run(run, adapters={**embedded_adapters(), "flaky": build_flaky})


def carry_out(
    prepared: PreparedRun, path: Path, *, started: str = STARTED, stop_after: int | None = None, session: str = "s1"
) -> RunResult:
    """Asks for every sample of its shard, or for some, as a session does; the result of the run directory then."""
    store = RunDirectory(path)
    store.create({"run_id": path.name, "started": started, **prepared.facts()}, resumes=True)
    prepared.keep_baselines(path)
    planned = prepared.planned()
    if prepared.shard is not None:
        store.plan_whole(planned, session=session)
        planned = [item for item in planned if prepared.shard.takes(item.sample_id)]
    store.plan(planned, session=session)
    evaluator = Evaluator(
        models=prepared.models,
        metrics=prepared.metrics,
        store=store,
        policy=EvaluationPolicy(worker="main", timeout=30, on_size_mismatch=prepared.profile.on_size_mismatch),
        finished=store.load().results,
    )
    for item in planned[:stop_after]:
        evaluator.evaluate(prepared.dataset.get(item.sample_id), model=item.model, repeat=item.repeat)
    evaluator.close()
    return finish_run(store, profile=prepared.profile, policy=prepared.policy)


def save_baseline(folder: Path, model: str = "copy-input", *, name: str = "main.json", **typed: object) -> Path:
    """The file of a baseline, of a run of a model on the small dataset."""
    carry_out(prepare(folder, model, **typed), folder / "before")  # type: ignore[arg-type]  # options of a command line
    baseline = baseline_of(run_to_keep(RunDirectory(folder / "before"), Overrides(thresholds={}), root=folder))
    write_baseline(baseline, folder / name)
    return folder / name


@contextmanager
def edited_facts(path: Path) -> Iterator[dict[str, Any]]:
    """What a run directory says of its run, written back with whatever is changed in it."""
    file = path / "run.json"
    facts = json.loads(file.read_text(encoding="utf-8"))
    yield facts
    file.write_text(without_seals(json.dumps(facts)), encoding="utf-8")


def without_seals(text: str) -> str:
    """A file of a run directory without its seals, so that it is taken as it is now."""
    return re.sub(r',\s*"seal": ?"[0-9a-f]{16}"', "", text)


def comparable(report: object) -> Any:
    """A report, or a part of one, without what differs from run to run: times, and how the run was made."""
    if isinstance(report, dict):
        return {key: comparable(value) for key, value in report.items() if key not in _CHANGING}
    return [comparable(value) for value in report] if isinstance(report, list) else report
