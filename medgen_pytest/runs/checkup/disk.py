"""Looking at the disk: can the run directory be written, and is there room for what a run leaves."""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.checkup import Finding, problem, warning, well
from medgen_pytest.runs.prepare import RUNS_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.domain.sample import Sample

RECORD_BYTES = 8 * 1024
"""What the record of a sample, its line of the plan and its part of the reports take; more where answers are long."""
IMAGE_BYTES = 1024 * 1024
"""An output image of 512 x 512 without loss takes 0.2 to 0.75 MiB, and its small picture on the page 10 KiB."""
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def bytes_of_run(samples: Iterable[Sample], *, models: int, repeats: int) -> int:
    """About what a run takes at most, in bytes, if each of so many models answers every sample so many times."""
    answers = models * repeats
    return sum(answers * (RECORD_BYTES + (IMAGE_BYTES if sample.format.wants_image else 0)) for sample in samples)


def look_at_disk(run: RunSettings, *, need: Callable[[], int | None]) -> Iterator[Finding]:
    """The folder of the run and the temporary folder; `need` says what a run takes, in bytes, where that is known."""
    folder = run.settings.run_dir or run.root / RUNS_FOLDER
    existing = next((one for one in (folder, *folder.absolute().parents) if one.exists()), None)
    if existing is None or not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        yield problem(f"{folder} cannot be written", todo="name another folder: `run_dir`, or --medgen-run-dir=DIR")
    else:
        yield room_finding(folder, free=shutil.disk_usage(existing).free, need=need())
    try:
        tempfile.gettempdir()
    except OSError:
        yield problem(
            "there is no temporary folder that can be written, where workers share what is asked",
            todo="set TMPDIR to a folder on a local disk",
        )


def room_finding(folder: Path, *, free: int, need: int | None) -> Finding:
    """Whether what is free is enough; both in bytes, `need` is None where it is not known."""
    text = f"{folder}: {size_text(free)} free"
    if need is None:
        return well(text)
    text = f"{text}, a run takes up to about {size_text(need)}"
    if free < need:
        return problem(text, todo="make room, or name another folder: `run_dir`, or --medgen-run-dir=DIR")
    if free < 2 * need:
        return warning(text, todo="make room: there is none for a second run")
    return well(text)


def size_text(size: float) -> str:
    """A size in the unit that suits it, like `3.4 GiB`."""
    for unit in _UNITS[:-1]:
        if size < 1024:  # noqa: PLR2004 - what the units are made of
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    return f"{size:.1f} {_UNITS[-1]}"
