"""Merging runs: shards and interrupted parts become one run directory, which is read like any other."""

from __future__ import annotations

import datetime as dt
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import read_mapping
from medgen_pytest.errors import StoreError
from medgen_pytest.evaluation.merge_summary import MergeSummary, shards_here, unlike
from medgen_pytest.runs.baselines import keep_baselines
from medgen_pytest.runs.merging.baselines import joined_baselines
from medgen_pytest.runs.merging.differences import check_parts
from medgen_pytest.runs.merging.images import adopt_images
from medgen_pytest.runs.merging.part import Part, read_parts
from medgen_pytest.runs.merging.records import Joined, join
from medgen_pytest.store import RunDirectory, new_run_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.runs.finish import Overrides
    from medgen_pytest.runs.score import Progress

_WORKER = "merged"
_OF_ONE_SESSION = ("schema_version", "resumed")
_OF_ONE_PART = ("shard", "run_dir", "report")
"""Settings that say nothing about the merged run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merging:
    """What a merging did: the run directory, what went into it, and its number of images."""

    store: RunDirectory
    parts: Sequence[Part]
    joined: Joined
    images: int

    @property
    def summary(self) -> MergeSummary:
        """It in numbers."""
        origins = [origin for part in self.parts for origin in part.origins]
        return MergeSummary(
            parts=len(self.parts),
            results=sum(entry.counts for entry in self.joined.entries),
            planned=len(self.joined.planned),
            images=self.images,
            shards=shards_here(origins),
            choices=self.joined.choices,
            unlike=unlike(origins),
            doubts={part.name: part.stored.doubts for part in self.parts if part.stored.doubts},
        )


def merge_runs(paths: Sequence[Path], output: Path, *, overrides: Overrides, root: Path, progress: Progress) -> Merging:
    """Joins runs in a new run directory; `overrides` say which verdict settings count where they differ.

    Baselines that new gates name are looked for from `root`. The run is built beside its place, so that nothing is
    there before all of it is. Raises ConfigError for runs that are no parts of one run, StoreError for what cannot be
    read or written.
    """
    parts = read_parts(paths)
    check_parts(parts, overrides)
    RunDirectory(output).check_new()
    manifest = merged_manifest(parts, overrides)
    baselines = joined_baselines(parts, manifest, overrides, root=root)
    joined = join(parts)
    draft = output.parent / f".{output.name}-{new_run_id(dt.datetime.now(dt.timezone.utc))}"
    store = RunDirectory(draft)
    try:
        session = _write(store, joined, {**manifest, "run_id": output.name})
        keep_baselines(baselines, draft)
        images = adopt_images(joined.entries, store, progress=progress)
        store.plan(joined.planned, session=session)
        store.close()
        _put(draft, output)
    finally:
        store.close()
        shutil.rmtree(draft, ignore_errors=True)
    return Merging(store=RunDirectory(output), parts=parts, joined=joined, images=images)


def _write(store: RunDirectory, joined: Joined, manifest: Mapping[str, object]) -> str:
    session = new_run_id(dt.datetime.now(dt.timezone.utc))
    store.create({**manifest, "session": session})
    for entry in joined.entries:
        store.append(entry.result, worker=_WORKER)
    return session


def merged_manifest(parts: Sequence[Part], overrides: Overrides) -> dict[str, object]:
    """How the merged run was made: as its latest part, with the models, the start and the origins of all."""
    ordered = sorted(parts, key=lambda part: part.latest)
    models: dict[str, object] = {}
    for part in ordered:
        models.update(read_mapping(part.manifest.get("models") or {}))
    given = {
        name: list(value) if isinstance(value, tuple) else value
        for name in ("gates", "max_error_rate", "min_samples", "aggregate")
        if (value := getattr(overrides, name)) is not None
    }
    latest = ordered[-1].manifest
    settings = read_mapping(latest.get("settings") or {})
    return {
        **{name: value for name, value in latest.items() if name not in _OF_ONE_SESSION},
        "started": min(str(part.manifest.get("started") or "") for part in parts),
        "models": models,
        "settings": {**{name: settings[name] for name in settings if name not in _OF_ONE_PART}, **given},
        "shard": None,
        "merged": {"parts": [origin for part in parts for origin in part.origins]},
    }


def _put(draft: Path, output: Path) -> None:
    try:
        with suppress(FileNotFoundError):
            output.rmdir()  # an empty folder, which not every system replaces
        draft.rename(output)
    except OSError as error:
        raise StoreError(f"run directory {output} cannot be created: {error.strerror or error}") from error
