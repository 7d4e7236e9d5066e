"""The manifest of an organised tree: the counts it promises against the records that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.datasets.fields import type_name
from medgen_pytest.datasets.jsonl import read_object
from medgen_pytest.datasets.problem import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

MANIFEST = "manifest.json"


def manifest_problems(root: Path, *, counts: Mapping[str, int]) -> Iterator[str]:
    """What the manifest says that is not so; `counts` are the records found in each folder `Format/task`.

    Nothing when there is no manifest: a tree is complete without one.
    """
    path = root / MANIFEST
    if not path.exists():
        return
    try:
        manifest = read_object(path)
    except ValueError as error:
        yield str(error)
    except OSError as error:
        yield f"cannot be read: {error.strerror or error}"
    else:
        yield from _task_problems(manifest, counts)
        yield from _total_problems(manifest, counts)


def _task_problems(manifest: Mapping[str, object], counts: Mapping[str, int]) -> Iterator[str]:
    tasks = manifest.get("tasks")
    if tasks is None:
        return
    if not isinstance(tasks, dict):
        yield f"'tasks' must be an object, not {type_name(tasks)}"
        return
    for folder, entry in tasks.items():
        promised = entry.get("record_count") if isinstance(entry, dict) else None
        if not _is_count(promised):
            yield f"'tasks' gives no record_count for {shown(folder)}"
        elif promised != counts.get(folder, 0):
            yield f"'tasks' promises {promised} records in {shown(folder)}, but {counts.get(folder, 0)} are there"
    for folder in counts:
        if folder not in tasks:
            yield f"'tasks' does not list {shown(folder)}, where {counts[folder]} records are"


def _total_problems(manifest: Mapping[str, object], counts: Mapping[str, int]) -> Iterator[str]:
    validation = manifest.get("validation")
    promised = validation.get("actual_record_count") if isinstance(validation, dict) else None
    if promised is None:
        return
    if not _is_count(promised):
        yield f"'actual_record_count' must be a whole number, not {shown(promised)}"
    elif promised != sum(counts.values()):
        yield f"'actual_record_count' promises {promised} records, but {sum(counts.values())} are there"


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
