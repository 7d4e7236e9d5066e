"""Exporting for experts: a sample of a judged run as files to fill in, and the key that maps them back."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from medgen_pytest.errors import ConfigError, StoreError
from medgen_pytest.evaluation.expert_sample import draw_sample, lot
from medgen_pytest.reports.experts.label_studio import render_interface, render_tasks
from medgen_pytest.reports.experts.page import page_digest, render_page
from medgen_pytest.reports.experts.sheet import Sheet
from medgen_pytest.reports.experts.spreadsheet import render_csv
from medgen_pytest.reports.files import write_text_atomically
from medgen_pytest.runs.experts.judged import read_judged
from medgen_pytest.runs.experts.key import KEY_FILE, ExportKey, KeyItem, ModelCounts
from medgen_pytest.runs.experts.sheets import SheetMaker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from medgen_pytest.domain.judgement import Judgement, Tier
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.evaluation.expert_sample import Draw, JudgedOutput
    from medgen_pytest.runs.experts.judged import JudgedRun
    from medgen_pytest.store import RunDirectory

FileKind = Literal["csv", "html", "label-studio"]
"""The forms in which experts can be asked."""

FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)
EXPERTS_FOLDER = "experts"

_NEAR = 1 / 9
"""How much of the scale lies near to the threshold on each side of it: one point of 1 to 10."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportPolicy:
    """What is drawn and how it is shown. `models` empty means all, `tier` None the first that was judged."""

    samples: int = 60
    seed: int = 0
    models: tuple[str, ...] = ()
    tier: Tier | None = None
    threshold: float | None = None
    is_blind: bool = True
    kinds: tuple[FileKind, ...] = FILE_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written: the key, and the files for experts."""

    key: ExportKey
    key_path: Path
    paths: tuple[Path, ...]


def export_run(
    store: RunDirectory, policy: ExportPolicy, *, folder: Path | None = None, dataset: Path | None = None
) -> Exported:
    """Draws outputs of a run and writes them for experts into a folder (`experts` of the run).

    Raises StoreError for a run without judge scores and for a folder that holds an export already, ConfigError,
    DatasetError or ImageError for what else cannot work; nothing is written then.
    """
    folder = folder or store.path / EXPERTS_FOLDER
    if policy.samples < 1:
        raise ConfigError(f"--samples {policy.samples}: at least 1 is needed")
    if (folder / KEY_FILE).exists():
        raise StoreError(f"{folder} holds an export already, whose labels need its {KEY_FILE}: name another --out")
    run = read_judged(store, tier=policy.tier, models=policy.models, threshold=policy.threshold)
    key = make_key(run, policy, run_path=store.path)
    maker = SheetMaker(store, run.manifest, dataset=dataset)
    results = (run.results[item.key] for item in key.items)
    sheet = Sheet(
        export=key.export,
        tier=key.tier,
        rubric=key.rubric,
        items=tuple(maker.item(item, result, key=key) for item, result in zip(key.items, results, strict=True)),
    )
    key_path = folder / KEY_FILE
    write_text_atomically(key_path, [_json(key.to_dict())])
    return Exported(key=key, key_path=key_path, paths=tuple(_write(sheet, folder, policy.kinds)))


def make_key(run: JudgedRun, policy: ExportPolicy, *, run_path: Path) -> ExportKey:
    """The key of a draw; the same run and policy give the same key."""
    near = (run.rubric.high - run.rubric.low) * _NEAR
    outputs = run.outputs
    draw = draw_sample(outputs, count=policy.samples, seed=policy.seed, threshold=run.threshold, near=near)
    convention = run.convention
    export = _export_id(run, policy, draw, convention=convention)
    return ExportKey(
        export=export,
        run_id=str(run.manifest.get("run_id")),
        run_path=str(run_path.resolve()),
        tier=run.tier,
        metric=run.metric,
        convention=convention,
        threshold=run.threshold,
        near=near,
        seed=policy.seed,
        is_blind=policy.is_blind,
        judge=run.digests,
        rubric=run.rubric,
        labels=_labels({item.key.model for item in outputs}, seed=policy.seed),
        counts=_counts(outputs, threshold=run.threshold),
        strata=draw.strata,
        items=tuple(_items(draw, run, export=export)),
        page=page_digest(),
    )


def _items(draw: Draw, run: JudgedRun, *, export: str) -> Iterable[KeyItem]:
    digits = max(3, len(str(len(draw.drawn))))
    for number, drawn in enumerate(draw.drawn, start=1):
        output = drawn.output
        yield KeyItem(
            # A letter first, so that no spreadsheet program takes the id for a number or a date.
            id=f"x{export[:6]}-{number:0{digits}d}",
            model=output.key.model,
            sample_id=output.key.sample_id,
            repeat=output.key.repeat,
            task=output.task,
            modality=output.modality,
            judge_score=output.score,
            stratum=drawn.stratum,
            weight=draw.strata[drawn.stratum].weight,
            dimensions=_dimensions(run.results[output.key], run),
        )


def _dimensions(result: SampleResult, run: JudgedRun) -> dict[str, float]:
    """The mean of what was given for each dimension, over the judgements that gave it."""
    said: list[Judgement] = [item for item in result.judgements if item.tier == run.tier and not item.is_error]
    found: dict[str, float] = {}
    for question in run.rubric.asked_of(result.format):
        values = [item.dimensions[question.name] for item in said if question.name in item.dimensions]
        if values:
            found[question.name] = sum(values) / len(values)
    return found


def _export_id(run: JudgedRun, policy: ExportPolicy, draw: Draw, *, convention: str) -> str:
    """An id of the draw: labels that name it belong to these outputs with these scores, and to no others."""
    facts: list[object] = [
        *(run.manifest.get("run_id"), run.tier, convention, run.rubric.digest, run.threshold, policy.seed),
        [[list(drawn.output.key), drawn.output.score] for drawn in draw.drawn],
    ]
    return hashlib.sha256(json.dumps(facts).encode("utf-8")).hexdigest()[:16]


def _counts(outputs: Sequence[JudgedOutput], *, threshold: float) -> dict[str, ModelCounts]:
    scores: dict[str, list[float]] = {}
    for item in outputs:
        scores.setdefault(item.key.model, []).append(item.score)
    return {
        model: ModelCounts(accurate=sum(score >= threshold for score in found), judged=len(found))
        for model, found in sorted(scores.items())
    }


def _labels(models: Iterable[str], *, seed: int) -> dict[str, str]:
    """Letters for models, in an order that says nothing of them."""
    drawn = sorted(models, key=lambda name: lot(seed, "model", name))
    letters = {name: _letters(number) for number, name in enumerate(drawn)}
    return dict(sorted(letters.items()))


def _letters(number: int) -> str:
    """A, B, ..., Z, AA, AB, ..."""
    first, last = divmod(number, 26)
    return (_letters(first - 1) if first else "") + chr(ord("A") + last)


def _write(sheet: Sheet, folder: Path, kinds: Iterable[FileKind]) -> list[Path]:
    paths = []
    for name, render in _files(kinds):
        write_text_atomically(folder / name, render(sheet))
        paths.append(folder / name)
    return paths


def _files(kinds: Iterable[FileKind]) -> list[tuple[str, Callable[[Sheet], Iterable[str]]]]:
    files: dict[FileKind, list[tuple[str, Callable[[Sheet], Iterable[str]]]]] = {
        "csv": [("labels.csv", lambda sheet: [render_csv(sheet)])],
        "html": [("expert.html", render_page)],
        "label-studio": [
            ("label-studio.json", lambda sheet: [_json(render_tasks(sheet))]),
            ("label-studio.xml", lambda sheet: [render_interface(sheet)]),
        ],
    }
    return [file for kind in FILE_KINDS if kind in kinds for file in files[kind]]


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
