"""Calibrating: the labels of experts beside the scores of the judge, and what is stored of that in the run."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError, StoreError
from medgen_pytest.evaluation.agreement.calibration import RunCounts, calibrate
from medgen_pytest.evaluation.agreement.labelled import Labelled
from medgen_pytest.reports.experts.calibration import CalibrationReport, ExpertWork, LabelFile
from medgen_pytest.reports.files import write_text_atomically
from medgen_pytest.reports.plain import plain
from medgen_pytest.runs.finish import CALIBRATION_FILE
from medgen_pytest.store import RunDirectory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from medgen_pytest.runs.experts.key import ExportKey
    from medgen_pytest.runs.experts.labels import CheckedLabels

CALIBRATION_VERSION = 1


def calibrate_judge(key: ExportKey, labels: CheckedLabels, *, files: Iterable[Path] = ()) -> CalibrationReport:
    """What the labels say about the judge. Raises ConfigError where nothing is labelled or something is wrong.

    An output that nobody labelled is left out, and those of its stratum that were stand for it, too.
    """
    if labels.problems:
        raise ConfigError(str(labels.problems[0]))
    if not labels.experts:
        raise ConfigError("the labels hold no overall mark: nobody has judged anything yet")
    pairs = labelled_outputs(key, labels)
    covered = {item.stratum for item in key.items if item.id in _marks(labels)}
    return CalibrationReport(
        metric=key.metric,
        convention=key.convention,
        export=key.export,
        judge=dict(key.judge),
        rubric=f"{key.rubric.name} {key.rubric.version}",
        rubric_digest=key.rubric.digest,
        drawn=len(key.items),
        judged=key.judged,
        uncovered=sum(stratum.size for number, stratum in enumerate(key.strata) if number not in covered),
        experts=tuple(_work(name, labels) for name in labels.experts),
        not_asked=labels.not_asked,
        files=tuple(LabelFile(name=path.name, sha256=_digest(path)) for path in files),
        calibration=calibrate(
            pairs,
            threshold=key.threshold,
            judge_rate_counts={
                model: RunCounts(accurate=count.accurate, judged=count.judged) for model, count in key.counts.items()
            },
            experts=labels.experts,
        ),
    )


def labelled_outputs(key: ExportKey, labels: CheckedLabels) -> list[Labelled]:
    """The labelled outputs for the statistics, with the weights that make up for those without a label."""
    marks = _marks(labels)
    done = Counter(item.stratum for item in key.items if item.id in marks)
    return [
        Labelled(
            sample_id=f"{item.sample_id}|{item.repeat}" if item.repeat else item.sample_id,
            model=item.model,
            task=item.task.value,
            modality=item.modality.value,
            judge_score=item.judge_score,
            expert_scores=tuple(marks[item.id].get(expert) for expert in labels.experts),
            weight=key.strata[item.stratum].size / done[item.stratum],
        )
        for item in key.items
        if item.id in marks
    ]


def store_calibration(report: CalibrationReport, run: Path) -> Path:
    """Writes a calibration into its run, in place of an earlier one of the same metric. Raises StoreError."""
    path = run / CALIBRATION_FILE
    stored = {**read_calibrations(run), report.metric: report.to_dict()}
    document = plain({"schema_version": CALIBRATION_VERSION, "calibrations": dict(sorted(stored.items()))})
    write_text_atomically(path, [json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"])
    return path


def read_calibrations(run: Path) -> dict[str, object]:
    """The calibrations of a run by metric, in plain values; none where there are none.

    Raises StoreError for a file that is damaged or of another version.
    """
    path = run / CALIBRATION_FILE
    if not path.exists():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        version, found = document["schema_version"], dict(document["calibrations"])
    except (OSError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise StoreError(f"{path} cannot be read: {error}; remove it and calibrate again") from error
    if version != CALIBRATION_VERSION:
        raise StoreError(f"{path} is of schema version {version!r}; this version reads {CALIBRATION_VERSION}")
    return found


def run_of(key: ExportKey, export: Path) -> Path:
    """The directory of the run that was exported: above the key's file, or where it was then. Raises ConfigError."""
    for folder in (*export.resolve().parents, Path(key.run_path)):
        if _is_run(folder, key):
            return folder
    raise ConfigError(f"run {key.run_id!r} is not where {export} says ({key.run_path}): name its directory with --run")


def check_run(run: Path, key: ExportKey) -> None:
    """Raises ConfigError for a directory of another run than the exported one."""
    if not _is_run(run, key):
        raise ConfigError(f"{run} is not the directory of run {key.run_id!r}, of which the labels are")


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}") from error


def _is_run(folder: Path, key: ExportKey) -> bool:
    try:
        return RunDirectory(folder).manifest().get("run_id") == key.run_id
    except StoreError:
        return False


def _marks(labels: CheckedLabels) -> dict[str, Mapping[str, float]]:
    """Overall marks by output and expert."""
    found: dict[str, dict[str, float]] = {}
    for label in labels.labels:
        if label.overall is not None:
            found.setdefault(label.id, {})[label.expert] = label.overall
    return dict(found)


def _work(name: str, labels: CheckedLabels) -> ExpertWork:
    mine = [label for label in labels.labels if label.expert == name]
    judged = sum(label.overall is not None for label in mine)
    return ExpertWork(name=name, judged=judged, left_open=len(mine) - judged)
