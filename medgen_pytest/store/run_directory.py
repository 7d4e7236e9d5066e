"""A run on disk: `run.json`, `plan-*.jsonl`, `results-<worker>.jsonl`, `outputs/` and the reports."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.result import SCHEMA_VERSION, ResultKey, SampleResult
from medgen_pytest.errors import StoreError
from medgen_pytest.images import decode, encode_png
from medgen_pytest.store.lines import LineWriter, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

MANIFEST = "run.json"


def new_run_id(now: dt.datetime) -> str:
    """An id that sorts by time and never repeats, like `20261122T165500Z-3f9a1c`."""
    return f"{now.astimezone(dt.timezone.utc):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """What a run directory holds: its manifest, plan and the last word on each sample.

    `damaged` counts lines that could not be read (a kill tears at most the last line of each file).
    """

    manifest: Mapping[str, object]
    planned: list[PlannedSample]
    results: dict[ResultKey, SampleResult]
    damaged: int = 0


@dataclass(slots=True)
class RunDirectory:
    """A run directory; reading and writing need no lock, because no file has two writers."""

    path: Path
    _writers: dict[str, LineWriter] = field(default_factory=dict)

    def check_new(self) -> None:
        """Raises StoreError unless the run can be created here: nothing there yet, and writable."""
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise StoreError(
                f"run directory {self.path} already exists; continue it with --medgen-resume, or name another"
            )
        parent = next(folder for folder in (self.path, *self.path.parents) if folder.exists())
        if not parent.is_dir() or not os.access(parent, os.W_OK):
            raise StoreError(f"run directory {self.path} cannot be created: {parent} is not a writable folder")

    def create(self, manifest: Mapping[str, object]) -> None:
        """Writes `run.json`, unless another process of the run was first. Raises StoreError."""
        document = {"schema_version": SCHEMA_VERSION, **manifest}
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            (self.path / "outputs").mkdir(exist_ok=True)
            self._write_once(MANIFEST, json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n")
        except OSError as error:
            raise StoreError(f"run directory {self.path} cannot be written: {error}") from error

    def plan(self, planned: Iterable[PlannedSample], *, session: str) -> None:
        """Stores what a session plans, once: under xdist all workers plan the same and the first one writes."""
        name = f"plan-{session}.jsonl"
        if (self.path / name).exists():
            return
        lines = (json.dumps(sample.to_dict(), ensure_ascii=False, separators=(",", ":")) for sample in planned)
        self._write_once(name, "".join(f"{line}\n" for line in lines))

    def append(self, result: SampleResult, *, worker: str) -> None:
        """Adds a finished sample to the file of a worker; it survives a kill from then on. Raises StoreError."""
        writer = self._writers.setdefault(worker, LineWriter(self.path / f"results-{worker}.jsonl"))
        try:
            writer.append(result.to_dict())
        except OSError as error:
            raise StoreError(f"{self.path}: a result cannot be written: {error}") from error

    def save_image(self, pixels: NDArray[np.uint8]) -> str:
        """Stores an output image without loss; the name, a hash of its pixels, is what results refer to."""
        digest = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()
        name = f"{digest}.png"
        target = self.path / "outputs" / name
        try:
            if not target.exists():
                temporary = target.with_name(f".{name}.{os.getpid()}")
                temporary.write_bytes(encode_png(pixels))
                temporary.replace(target)
        except OSError as error:
            raise StoreError(f"{self.path}: an output image cannot be written: {error}") from error
        return name

    def load_image(self, name: str) -> NDArray[np.uint8]:
        """The pixels of a stored output image. Raises ImageError or StoreError."""
        target = self.path / "outputs" / name
        if target.parent != self.path / "outputs" or ".." in name:
            raise StoreError(f"{self.path}: {name!r} is not the name of an output image")
        try:
            data = target.read_bytes()
        except OSError as error:
            raise StoreError(f"{self.path}: output image {name} cannot be read: {error}") from error
        return decode(data, name=f"outputs/{name}")

    def manifest(self) -> dict[str, object]:
        """The contents of `run.json`. Raises StoreError if this is no run, or one of another schema version."""
        try:
            document = json.loads((self.path / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StoreError(f"{self.path} is no run directory: {MANIFEST} cannot be read: {error}") from error
        version = document.get("schema_version") if isinstance(document, dict) else None
        if version != SCHEMA_VERSION:
            raise StoreError(
                f"{self.path} was written with schema version {version!r}; this version of medgen-pytest reads"
                f" {SCHEMA_VERSION}: use the version that wrote it, or start a new run"
            )
        return dict(document)

    def load(self) -> StoredRun:
        """Everything the directory holds. Raises StoreError."""
        manifest = self.manifest()
        planned, damaged_plans = self._load_plan()
        results, damaged = self._load_results()
        return StoredRun(manifest=manifest, planned=planned, results=results, damaged=damaged_plans + damaged)

    def count_planned(self, *, session: str) -> int:
        """How many samples a session plans."""
        with (self.path / f"plan-{session}.jsonl").open("rb") as file:
            return sum(1 for _ in file)

    def sessions(self) -> int:
        """How many sessions have planned something here."""
        return len(list(self.path.glob("plan-*.jsonl")))

    def close(self) -> None:
        """Closes the files this process writes."""
        for writer in self._writers.values():
            writer.close()

    def _write_once(self, name: str, text: str) -> None:
        """Writes a file whole; whoever comes second leaves the first one's as it is."""
        temporary = self.path / f".{name}.{os.getpid()}"
        temporary.write_text(text, encoding="utf-8", newline="\n", errors="backslashreplace")
        try:
            os.link(temporary, self.path / name)
        except FileExistsError:
            pass
        except OSError:  # a file system without hard links
            if not (self.path / name).exists():
                temporary.replace(self.path / name)
                return
        temporary.unlink()

    def _load_plan(self) -> tuple[list[PlannedSample], int]:
        planned: dict[ResultKey, PlannedSample] = {}
        damaged = 0
        for path in sorted(self.path.glob("plan-*.jsonl")):
            for record in read_lines(path):
                try:
                    sample = PlannedSample.from_dict(record or {})
                except (KeyError, TypeError, ValueError):
                    damaged += 1
                else:
                    planned[sample.key] = sample
        return [planned[key] for key in sorted(planned)], damaged

    def _load_results(self) -> tuple[dict[ResultKey, SampleResult], int]:
        results: dict[ResultKey, SampleResult] = {}
        damaged = 0
        for path in sorted(self.path.glob("results-*.jsonl")):
            for record in read_lines(path):
                try:
                    result = SampleResult.from_dict(record or {})
                except (KeyError, TypeError, ValueError):
                    damaged += 1
                else:
                    results[result.key] = _last_word(results.get(result.key), result)
        return results, damaged


def _last_word(earlier: SampleResult | None, later: SampleResult) -> SampleResult:
    """Of two results of one sample the later; but an error never hides an answer."""
    if earlier is None:
        return later
    ranks = [(result.status != "error", result.finished or "") for result in (earlier, later)]
    return later if ranks[1] >= ranks[0] else earlier
