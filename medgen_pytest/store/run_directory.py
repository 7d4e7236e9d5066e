"""A run on disk: manifests, `plan-*.jsonl`, `results-<worker>.jsonl`, `outputs/`, `logs/` and the reports."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medgen_pytest.domain.result import ResultKey, SampleResult
from medgen_pytest.errors import ConfigError, StoreError
from medgen_pytest.images import decode, encode_png
from medgen_pytest.store.file_names import safe_name
from medgen_pytest.store.lines import LineWriter, read_line
from medgen_pytest.store.manifest import MANIFEST, read_manifest, unsealed_manifests, write_manifest
from medgen_pytest.store.plans import count_planned, has_seal, read_plans, write_plan
from medgen_pytest.store.results import EditedRecord, read_results
from medgen_pytest.store.whole_files import link_or_copy, write_over

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from medgen_pytest.domain.planned import PlannedSample

JUDGINGS = "judgings"
"""The folder of a run that holds other judgings of its outputs."""
_IMAGE_NAME = re.compile(r"[0-9a-f]{64}\.png")


def new_run_id(now: dt.datetime) -> str:
    """An id that sorts by time, to the millisecond, and never repeats, like `20261122T165500Z-3f9a1c4`.

    Sessions of one run may begin within one second, and the latest says how the run is made.
    """
    millisecond = now.microsecond // 1000
    return f"{now.astimezone(dt.timezone.utc):%Y%m%dT%H%M%SZ}-{millisecond:03x}{secrets.token_hex(2)}"


def holds_run(path: Path) -> bool:
    """Whether a path is the directory of a run."""
    return (path / MANIFEST).is_file()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """What a run directory holds: its manifest, plan and the last word on each sample.

    `superseded` are earlier answers to the same samples, which were paid for as well; `rejudged` are earlier
    records of the same answers, some of whose judgements were asked anew. `damaged` counts lines that could not be read
    (a kill tears at most the last line of each file). `edited` are records that were changed after they were written,
    which are none of the results; `unsealed` names the files in which that could not be seen everywhere.
    """

    manifest: Mapping[str, object]
    planned: list[PlannedSample]
    results: dict[ResultKey, SampleResult]
    superseded: list[SampleResult] = field(default_factory=list)
    rejudged: list[SampleResult] = field(default_factory=list)
    damaged: int = 0
    edited: list[EditedRecord] = field(default_factory=list)
    unsealed: list[str] = field(default_factory=list)

    def add(self, result: SampleResult) -> None:
        """Takes up a result that was finished after all that are here."""
        earlier = self.results.get(result.key)
        self.results[result.key] = last = _last_word(earlier, result)
        if earlier is None:
            return
        # An answer that was scored or judged anew is still one answer.
        if earlier.output != result.output:
            self.superseded.append(earlier if last is result else result)
        elif earlier.judgements:
            self.rejudged.append(earlier if last is result else result)

    @property
    def doubts(self) -> dict[str, object]:
        """What is not as it was stored, or may not be, as plain values; without what is nothing."""
        found = {
            "damaged_lines": self.damaged,
            "edited_records": [record._asdict() for record in self.edited],
            "unsealed_files": self.unsealed,
        }
        return {name: value for name, value in found.items() if value}

    @property
    def answers(self) -> list[SampleResult]:
        """Every answer that any session of the run got, errors included."""
        return [*self.results.values(), *self.superseded]


@dataclass(slots=True)
class RunDirectory:
    """A run directory; reading and writing need no lock, because no file has two writers."""

    path: Path
    _writers: dict[str, LineWriter] = field(default_factory=dict)

    def check_new(self) -> None:
        """Raises StoreError unless the run can be created here: nothing there yet, and writable."""
        try:
            if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
                raise StoreError(
                    f"run directory {self.path} already exists; continue it with --medgen-resume, or name another"
                )
            parent = next(folder for folder in (self.path, *self.path.parents) if folder.exists())
        except OSError as error:  # a name that is too long, a parent that may not be looked into
            raise StoreError(
                f"run directory {self.path} cannot be created: {error.strerror or error}; name another"
            ) from error
        if not parent.is_dir() or not os.access(parent, os.W_OK):
            raise StoreError(
                f"run directory {self.path} cannot be created: {parent} is not a writable folder;"
                " name one that is with --medgen-run-dir=DIR"
            )

    def create(self, manifest: Mapping[str, object], *, resumes: bool = False) -> None:
        """Writes the manifest of a session, unless another process of it was first.

        Raises StoreError, also for a folder that another session has taken and this one does not resume.
        """
        try:
            self._outputs.mkdir(parents=True, exist_ok=True)
            self.path.mkdir(parents=True, exist_ok=True)
            write_manifest(self.path, manifest, resumes=resumes)
        except OSError as error:
            raise StoreError(f"run directory {self.path} cannot be written: {error}") from error

    def plan(self, planned: Iterable[PlannedSample], *, session: str) -> None:
        """Stores what a session plans, once. Raises StoreError."""
        write_plan(self.path / f"plan-{session}.jsonl", planned)

    def plan_whole(self, planned: Iterable[PlannedSample], *, session: str) -> None:
        """Stores, once, what all shards together plan of which a session is one. Raises StoreError."""
        write_plan(self.path / f"whole-{session}.jsonl", planned)

    def append(self, result: SampleResult, *, worker: str) -> int:
        """Adds a finished sample to the file of a worker; it survives a kill from then on.

        Returns its position, for `read_result`. Raises StoreError.
        """
        writer = self._writers.get(worker)
        if writer is None:
            writer = self._writers[worker] = LineWriter(self._results_path(worker))
        try:
            return writer.append(result.to_dict())
        except OSError as error:
            raise StoreError(f"{self.path}: a result cannot be written: {error}") from error

    def read_result(self, position: int, *, worker: str) -> SampleResult:
        """The result that `append` put at a position. Raises StoreError."""
        try:
            return SampleResult.from_dict(read_line(self._results_path(worker), position))
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise StoreError(f"{self.path}: a result of this session cannot be read back: {error}") from error

    def save_image(self, pixels: NDArray[np.uint8]) -> str:
        """Stores an output image without loss; the name, a hash of its pixels, is what results refer to."""
        name, data = _image_name(pixels), encode_png(pixels)
        target = self._outputs / name
        try:
            if not _holds(target, data):
                write_over(target, data)
        except OSError as error:
            raise StoreError(f"{self.path}: an output image cannot be written: {error}") from error
        return name

    def has_image(self, name: str) -> bool:
        """Whether a file of this name lies where output images do; what it holds is seen when it is loaded."""
        return (self._outputs / name).is_file()

    def image_path(self, name: str) -> Path:
        """Where an output image of this name lies, if it is there. Raises StoreError for what is no such name."""
        if not _IMAGE_NAME.fullmatch(name):
            raise StoreError(f"{self.path}: {name!r} is not the name of an output image")
        return self._outputs / name

    def adopt_image(self, name: str, source: RunDirectory) -> None:
        """Takes over an output image of another run, by a hard link where there can be one.

        Raises StoreError if it is not what was stored or cannot be written, or ImageError.
        """
        source.load_image(name)
        try:
            self._outputs.mkdir(parents=True, exist_ok=True)
            link_or_copy(source.image_path(name), self.image_path(name))
        except OSError as error:
            raise StoreError(f"{self.path}: an output image cannot be written: {error}") from error

    def load_image(self, name: str) -> NDArray[np.uint8]:
        """The pixels of a stored output image. Raises StoreError if it is not what was stored, or ImageError."""
        path = self.image_path(name)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise StoreError(f"{self.path}: output image {name} cannot be read: {error}") from error
        pixels = decode(data, name=f"outputs/{name}")
        if _image_name(pixels) != name:
            raise StoreError(f"{self.path}: output image {name} holds other pixels than were stored")
        return pixels

    def log_path(self, model: str, *, worker: str) -> Path:
        """Where what a model's program says may be kept; nothing is made there."""
        return self.path / "logs" / f"{safe_name(model)}-{worker}.log"

    def manifest(self) -> dict[str, object]:
        """How the run is made, as its latest session said.

        Raises StoreError if this is no run, or one of another schema version.
        """
        return read_manifest(self.path)

    def load(self) -> StoredRun:
        """Everything the directory holds. Raises StoreError."""
        manifest = self.manifest()
        try:
            plans = read_plans(self.path.glob("plan-*.jsonl"))
            unsealed = [path.name for path in sorted(self.path.glob("whole-*.jsonl")) if not has_seal(path)]
            found = read_results(sorted(self.path.glob("results-*.jsonl")))
        except OSError as error:
            raise StoreError(f"{self.path} cannot be read: {error}") from error
        stored = StoredRun(
            manifest=manifest,
            planned=plans.planned,
            results={},
            damaged=plans.damaged + found.damaged,
            edited=found.edited,
            unsealed=[*unsealed_manifests(self.path), *plans.unsealed, *unsealed, *found.unsealed],
        )
        for result in sorted(found.results, key=lambda result: result.finished or ""):
            stored.add(result)
        return stored

    def whole_plan(self) -> list[PlannedSample]:
        """What all shards together plan of which this run is one; empty for a whole run. Raises StoreError."""
        try:
            plans = read_plans(self.path.glob("whole-*.jsonl"))
        except OSError as error:
            raise StoreError(f"{self.path} cannot be read: {error}") from error
        if plans.damaged:
            raise StoreError(f"{self.path}: {plans.damaged} lines of whole-*.jsonl cannot be read; run the shard again")
        return plans.planned

    def check_plans(self) -> None:
        """Raises StoreError for a plan that was edited or cannot be read."""
        for path in sorted([*self.path.glob("plan-*.jsonl"), *self.path.glob("whole-*.jsonl")]):
            try:
                has_seal(path)
            except OSError as error:
                raise StoreError(f"{path} cannot be read: {error}") from error

    def count_planned(self, *, session: str) -> int:
        """How many samples a session plans."""
        return count_planned(self.path / f"plan-{session}.jsonl")

    def sessions(self) -> int:
        """How many sessions have planned something here."""
        return len(list(self.path.glob("plan-*.jsonl")))

    def judging(self, name: str) -> RunDirectory:
        """The directory of another judging of this run's outputs: a run of its own, without images of its own."""
        return RunDirectory(self.path / JUDGINGS / name)

    def close(self) -> None:
        """Closes the files this process writes."""
        for writer in self._writers.values():
            writer.close()

    @property
    def _outputs(self) -> Path:
        # The outputs of another judging are those of the run that was judged, also where its path is `.`, or a link.
        for above in (self.path.parent, self.path.resolve().parent):
            if above.name == JUDGINGS and holds_run(above.parent):
                return above.parent / "outputs"
        return self.path / "outputs"

    def _results_path(self, worker: str) -> Path:
        return self.path / f"results-{worker}.jsonl"


def run_directory_at(path: Path) -> RunDirectory:
    """The run directory of a path. Raises ConfigError for what is none."""
    if not holds_run(path):
        raise ConfigError(f"{path} is no run directory: name the one that a run printed, like medgen-runs/ID")
    return RunDirectory(path)


def _last_word(earlier: SampleResult | None, later: SampleResult) -> SampleResult:
    """Of two results of one sample the later; but an error never hides an answer to the same question.

    An answer of another model, sample or convention than the error's is no answer to it.
    """
    if earlier is None:
        return later
    hides = later.status == "error" and earlier.status != "error" and earlier.digests == later.digests
    return earlier if hides else later


def _image_name(pixels: NDArray[np.uint8]) -> str:
    return f"{hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes()).hexdigest()}.png"


def _holds(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data
