"""The paper's Table 3, and runs whose rates are those of its rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.result import SampleResult
from medgen_pytest.domain.score import Score
from medgen_pytest.domain.taxonomy import Format, Modality, Task, tasks_of
from medgen_pytest.evaluation.profile import load_profile, profile_from_dict
from medgen_pytest.metrics.registry import METRICS
from medgen_pytest.store import RunDirectory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

COLUMNS = ("judge_with_reference", "judge_without_reference", "ssim", "psnr", "lpips", "bertscore")
_WHOLE = load_profile("medgen-2025.11", root=Path())
PROFILE = profile_from_dict(
    {
        **_WHOLE.to_dict(),
        "thresholds": {name: _WHOLE.thresholds[name] for name in COLUMNS},
        "required": {"multimodal_generation": ["ssim"], "image_editing": ["ssim"], "vqa": ["bertscore"]},
    }
)
"""The thresholds of the paper, for runs that measure the columns of its table and nothing else."""
_TASKS = {form: tasks_of(form)[0] for form in Format}


@dataclass(frozen=True)
class Shown:
    """A cell of the paper's table: its text, and whether it is bold or underlined."""

    text: str
    bold: bool
    underlined: bool


def paper_rows(shared: Path) -> list[dict[str, Any]]:
    """The rows as the reference has them."""
    document = json.loads((shared / "reference/table3.json").read_text(encoding="utf-8"))
    assert tuple(document["columns"]) == COLUMNS
    rows: list[dict[str, Any]] = document["rows"]
    return rows


def expected(rows: Sequence[dict[str, Any]]) -> dict[tuple[str, str], list[Shown]]:
    """What each row shows: two decimals, a dash for nothing, the best bold and the next best underlined."""
    shown = {}
    for row in rows:
        block = [other["values"] for other in rows if other["format"] == row["format"]]
        cells = []
        for place, value in enumerate(row["values"]):
            better = {other[place] for other in block if other[place] is not None and value is not None} - {value}
            rank = sum(other > value for other in better)
            cells.append(Shown("-", bold=False, underlined=False) if value is None else _shown(value, rank))
        shown[row["format"], row["model"]] = cells
    return shown


def _shown(value: float, rank: int) -> Shown:
    return Shown(f"{value:.2f}", bold=rank == 0, underlined=rank == 1)


def samples_for(values: Sequence[float | None]) -> int:
    """The fewest samples of which shares can be all of these percentages, to two decimals."""
    wanted = [value for value in values if value is not None]
    return next(
        number
        for number in range(1, 10_001)
        if all(round(100 * round(value * number / 100) / number, 2) == value for value in wanted)
    )


def write_paper_run(folder: Path, rows: Sequence[dict[str, Any]]) -> Path:
    """A run directory whose models have the rates of these rows, which are of one format."""
    store = RunDirectory(folder)
    models = {row["model"]: {"adapter": "python", "kind": row["kind"], "digest": "d"} for row in rows}
    conventions = {name: f"{name}/upstream@1" for name in COLUMNS}
    store.create(
        {
            "run_id": folder.name,
            "started": "2026-11-22T10:00:00+00:00",
            "dataset": {"fingerprint": "f" * 64},
            "models": models,
            "metrics": conventions,
            "judge": {"conventions": {name: conventions[name] for name in COLUMNS[:2]}},
            "profile": {**PROFILE.to_dict(), "digest": PROFILE.digest},
            "settings": {"gates": []},
        }
    )
    planned = [sample for row in rows for sample in _planned(row)]
    store.plan(planned, session="s1")
    for row in rows:
        for result in _results(row):
            store.append(result, worker="main")
    store.close()
    return folder


def _planned(row: dict[str, Any]) -> list[PlannedSample]:
    task = _TASKS[Format(row["format"])]
    return [
        PlannedSample(model=row["model"], sample_id=_id(task, number), task=task, modality=Modality.CT)
        for number in range(samples_for(row["values"]))
    ]


def _results(row: dict[str, Any]) -> Iterator[SampleResult]:
    planned = _planned(row)
    shares = {name: value for name, value in zip(COLUMNS, row["values"], strict=True) if value is not None}
    accurate = {name: round(value * len(planned) / 100) for name, value in shares.items()}
    for number, sample in enumerate(planned):
        yield SampleResult(
            model=sample.model,
            sample_id=sample.sample_id,
            task=sample.task,
            modality=sample.modality,
            status="answered",
            scores={name: _score(name, good=number < most) for name, most in accurate.items()},
            finished="2026-11-22T10:00:01+00:00",
        )


def _score(name: str, *, good: bool) -> Score:
    direction, threshold = METRICS[name].direction, PROFILE.thresholds[name]
    worse = -0.05 if direction == "higher" else 0.05
    return Score(
        metric=name,
        value=threshold if good else threshold + worse,
        direction=direction,
        convention=f"{name}/upstream@1",
    )


def _id(task: Task, number: int) -> str:
    return f"{task.format.code}:{task.value}:{number:06d}"
