"""The organised tree: `<Format>/<task>/data.jsonl`, image paths relative to the folder of the file.

The ordinal of a record is the number of its line, as in the ids that the benchmark's authors give;
a blank line is no record but takes a number. A folder with a generic word for a name (`image-edit`)
holds several tasks, whose records are counted one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.datasets.fields import parsed
from medgen_pytest.datasets.image_path import ImagePaths
from medgen_pytest.datasets.jsonl import read_lines
from medgen_pytest.datasets.manifest import MANIFEST, manifest_problems
from medgen_pytest.datasets.problem import Complaints
from medgen_pytest.datasets.reading import Reading, Terms
from medgen_pytest.datasets.record import Place, provenance, read_task, read_text
from medgen_pytest.datasets.record_images import ImageFinder
from medgen_pytest.domain.taxonomy import parse_format, parse_task
from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.datasets.jsonl import Line

DATA = "data.jsonl"


def data_files(root: Path) -> list[Path]:
    """The `data.jsonl` files of a tree, in the order of their folders."""
    found = (path for path in root.glob(f"*/*/{DATA}") if path.is_file())
    visible = (path for path in found if not path.relative_to(root).as_posix().startswith("."))
    return sorted(visible, key=lambda path: path.as_posix())


def read_tree(root: Path, *, terms: Terms) -> Reading:
    """All records of an organised tree."""
    reading = Reading()
    paths = ImagePaths(root, allow_outside=terms.allow_outside_paths)
    counts: dict[str, int] = {}
    for path in data_files(root):
        folder = path.parent.relative_to(root).as_posix()
        finder = ImageFinder(paths=paths, folder=folder, max_pixels=terms.max_pixels)
        counts[folder] = _read_file(path, reading=reading, finder=finder, cluster_by=terms.cluster_by)
    for message in manifest_problems(root, counts=counts):
        reading.add_problem(MANIFEST, message)
    return reading


def _read_file(path: Path, *, reading: Reading, finder: ImageFinder, cluster_by: str | None) -> int:
    """Read one file; the number of its records, sound or not."""
    name = f"{finder.folder}/{DATA}"
    place = _place(finder.folder, name=name, reading=reading, cluster_by=cluster_by)
    count = 0
    try:
        for line in read_lines(path):
            count += 1
            if place is not None:
                _read_record(line, name=name, place=place, reading=reading, finder=finder)
    except OSError as error:
        reading.add_problem(name, f"cannot be read: {error.strerror or error}")
    return count


def _place(folder: str, *, name: str, reading: Reading, cluster_by: str | None) -> Place | None:
    """What a folder says about its records; None after a problem with its name."""
    form_name, _, task_name = folder.partition("/")
    generic = parsed(parse_format, task_name) is not None
    try:
        form = parse_format(form_name)
        task = None if generic else parse_task(task_name)
    except ConfigError as error:
        reading.add_problem(name, str(error))
        return None
    return Place(label=f"the folder {folder!r}", form=form, task=task, cluster_field=cluster_by)


def _read_record(line: Line, *, name: str, place: Place, reading: Reading, finder: ImageFinder) -> None:
    log = Complaints(where=f"{name}:{line.number}")
    if line.problem is not None:
        reading.add_problem(log.where, line.problem)
        return
    task = read_task(line.record, place=place, log=log)
    if task is None:
        reading.problems.extend(log.problems)
        return
    ordinal = line.number if place.task else reading.count(task)
    images = finder.find(line.record, form=task.format, log=log)
    text = read_text(line.record, task=task, place=place, log=log)
    origin = provenance(line.record, file=name, line=line.number)
    sample_id = reading.add(text, images, identity=(task, ordinal), provenance=origin, log=log)
    if sample_id is not None and place.task is None:
        _name_as_authors(sample_id, folder=finder.folder, line=line.number, reading=reading)


def _name_as_authors(sample_id: str, *, folder: str, line: int, reading: Reading) -> None:
    for prefix in ("tableiv", "medgen"):
        reading.names[f"{prefix}:{folder.replace('/', ':')}:{line:06d}"] = sample_id
