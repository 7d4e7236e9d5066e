"""The prepared view: `vqa.jsonl`, `edit.jsonl` and `gen.jsonl`, image paths relative to their folder.

A record's ordinal is that of its `sample_id`. Records without one, and those named after a row of the
parquet release, take their position among the records of their task.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from medgen_pytest.datasets.fields import known, optional_text, parsed
from medgen_pytest.datasets.image_path import ImagePaths
from medgen_pytest.datasets.jsonl import read_lines
from medgen_pytest.datasets.problem import Complaints
from medgen_pytest.datasets.reading import Reading, Terms
from medgen_pytest.datasets.record import Place, provenance, read_task, read_text
from medgen_pytest.datasets.record_images import ImageFinder
from medgen_pytest.domain.sample import make_sample_id, parse_sample_id
from medgen_pytest.domain.taxonomy import Format

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.datasets.jsonl import Line
    from medgen_pytest.domain.taxonomy import Task

FILES = {"vqa.jsonl": Format.VQA, "edit.jsonl": Format.IMAGE_EDITING, "gen.jsonl": Format.MULTIMODAL_GENERATION}

_SOURCE = "source"
_LINK_LENGTH = 4096
_ROW_NAME = re.compile(r"medgen:(vqa|image_editing|multimodal_generation):[^:]+:[0-9]{6,}")


def prepared_files(root: Path) -> list[Path]:
    """The files of a prepared view that are there."""
    return [root / name for name in FILES if (root / name).is_file()]


def read_prepared(root: Path, *, terms: Terms) -> Reading:
    """All records of a prepared view."""
    reading = Reading()
    paths = ImagePaths(root, allow_outside=terms.allow_outside_paths, links=_links(root))
    finder = ImageFinder(paths=paths, max_pixels=terms.max_pixels)
    for path in prepared_files(root):
        place = Place(label=f"the file {path.name}", form=FILES[path.name], cluster_field=terms.cluster_by)
        try:
            for line in read_lines(path):
                _read_record(line, name=path.name, place=place, reading=reading, finder=finder)
        except OSError as error:
            reading.add_problem(path.name, f"cannot be read: {error.strerror or error}")
    return reading


def _links(root: Path) -> dict[str, Path]:
    """The folder that `source` stands for, where it is no symbolic link but the text of one.

    So Git writes a symbolic link on systems that have none, and some copying tools do.
    """
    stub = root / _SOURCE
    if stub.is_symlink() or not stub.is_file():
        return {}
    try:
        with stub.open("rb") as handle:
            target = root / handle.read(_LINK_LENGTH).decode("utf-8").strip()
        return {_SOURCE: target} if target.is_dir() else {}
    # What cannot be read, is no text or no path, is no link.
    except (ValueError, OSError):
        return {}


def _read_record(line: Line, *, name: str, place: Place, reading: Reading, finder: ImageFinder) -> None:
    log = Complaints(where=f"{name}:{line.number}")
    if line.problem is not None:
        reading.add_problem(log.where, line.problem)
        return
    task = read_task(line.record, place=place, log=log)
    if task is None:
        reading.problems.extend(log.problems)
        return
    authors_id = optional_text(line.record, "sample_id", log=log)
    ordinal = _ordinal(authors_id, task=task, position=reading.count(task), log=log)
    images = finder.find(line.record, form=task.format, log=log)
    text = read_text(line.record, task=task, place=place, log=log)
    origin = provenance(line.record, file=name, line=line.number, sample_id=authors_id)
    sample_id = reading.add(text, images, identity=(task, ordinal), provenance=origin, log=log)
    if sample_id is not None and authors_id is not None:
        reading.names[authors_id] = sample_id


def _ordinal(authors_id: str | None, *, task: Task, position: int, log: Complaints) -> int:
    if authors_id is None:
        return position
    sample_id = parsed(parse_sample_id, authors_id)
    if sample_id is None:
        if _ROW_NAME.fullmatch(authors_id) is None:
            known(parse_sample_id, authors_id, field="sample_id", log=log)
        return position
    ordinal = int(sample_id.rpartition(":")[2])
    if sample_id != make_sample_id(task, ordinal):
        log.add(f"sample_id {authors_id!r} contradicts task {task.value!r}")
    return ordinal
