"""The parquet release: `<config>/*.parquet` with the images inside; opening reads the text columns only.

A row is named `FILE:ROW` with ROW from 0, as the benchmark's authors name it
(`medgen:<config>:<shard stem>:<row, six digits>`). Its ordinal is its position, from 1, among the
rows of its task, over the shards of the config in the order of their names.

That an image has a path but no bytes shows only when it is read: by a run, or before it by validation.
Counting such images from the statistics of the file would be cheap, but pyarrow 26 ends the process
when those are damaged.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from medgen_pytest.datasets.parquet_images import ImageCell, ParquetImages, open_parquet, parquet_errors
from medgen_pytest.datasets.problem import Complaints, shown
from medgen_pytest.datasets.reading import Reading, Terms
from medgen_pytest.datasets.record import Place, provenance, read_task, read_text
from medgen_pytest.datasets.record_images import RecordImages, check_reference
from medgen_pytest.datasets.shard_files import shard_files
from medgen_pytest.domain.taxonomy import parse_format
from medgen_pytest.errors import ConfigError, DatasetError, MissingExtraError
from medgen_pytest.images import StoredImage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from medgen_pytest.domain.contracts import ImageSource

INPUTS = "input_images"
REFERENCES = "output_images"

_TEXT_ROWS = 1024


def read_parquet(root: Path, *, folder: Path, terms: Terms) -> Reading:
    """All rows of a parquet release whose configs lie in `folder`. Raises MissingExtraError."""
    _require_pyarrow()
    reading = Reading()
    images = ParquetImages()
    for path in shard_files(folder):
        name = path.relative_to(root).as_posix()
        try:
            place = _place(path, cluster_by=terms.cluster_by)
            shard = _open_shard(path, name=name, place=place)
            _read_shard(shard, place=place, reading=reading, images=images, terms=terms)
        except ConfigError as error:
            reading.add_problem(name, str(error))
        except DatasetError as error:
            reading.add_problem(error.where, error.message)
        except parquet_errors() as error:
            reading.add_problem(name, f"not a readable parquet file: {error}")
    return reading


def _require_pyarrow() -> None:
    try:
        import pyarrow.parquet  # noqa: F401 - only whether it is there; an extra
    except ImportError as error:
        raise MissingExtraError(need="the parquet layout", package="pyarrow", extra="parquet") from error


def _place(path: Path, *, cluster_by: str | None) -> Place:
    """What the folder of a shard says about its rows. Raises ConfigError for a name nobody knows."""
    config = path.parent.name
    label = f"the config {config!r}"
    return Place(
        label=label,
        form=parse_format(config),
        task_field="task",
        subtask_fields=("subtask",),
        cluster_field=cluster_by,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shard:
    """An opened parquet file: its text columns, and the part of each image column that holds the paths."""

    path: Path
    name: str
    file: Any
    texts: tuple[str, ...]
    path_leaves: tuple[str, ...]


def _open_shard(path: Path, *, name: str, place: Place) -> _Shard:
    """A shard with the columns that its format needs. Raises DatasetError when it has them not."""
    file, form = open_parquet(path), place.form
    present = set(file.schema_arrow.names)
    texts = ["instruction", "modality", "task", *(["answer"] if form.wants_text else [])]
    images = [INPUTS, *([REFERENCES] if form.wants_image else [])]
    missing = [column for column in (*texts, *images) if column not in present]
    if missing:
        message = f"column {missing[0]!r} is missing; the columns are {', '.join(sorted(present))}"
        raise DatasetError(message, where=name)
    optional = ["subtask", "choice", *([place.cluster_field] if place.cluster_field else [])]
    return _Shard(
        path=path,
        name=name,
        file=file,
        texts=tuple(dict.fromkeys([*texts, *(column for column in optional if column in present)])),
        path_leaves=tuple(_path_leaf(file, column, name=name) for column in images),
    )


def _path_leaf(file: Any, column: str, *, name: str) -> str:
    """The full name of the `path` part of an image column: how the list is called between differs by writer."""
    leaves = {str(file.schema.column(index).path) for index in range(len(file.schema))}
    for leaf in sorted(leaves):
        parts = leaf.split(".")
        is_nested = parts[0] == column and len(parts) > 2  # noqa: PLR2004 - column, list and part
        if is_nested and parts[-1] == "path" and leaf.removesuffix("path") + "bytes" in leaves:
            return leaf
    raise DatasetError(f"column {column!r} must hold lists of {{bytes, path}}", where=name)


def _read_shard(shard: _Shard, *, place: Place, reading: Reading, images: ParquetImages, terms: Terms) -> None:
    reader = _RowReader(shard=shard, place=place, reading=reading, images=images, terms=terms)
    for row, record in enumerate(_rows(shard)):
        if record is None:
            reading.add_problem(f"{shard.name}:{row}", "not UTF-8: a text of this row cannot be decoded")
        else:
            reader.read(row, record)


def _rows(shard: _Shard) -> Iterator[dict[str, object] | None]:
    """The rows without the image bytes; None for one whose text is no UTF-8, which parquet does not check."""
    columns = [*shard.texts, *shard.path_leaves]
    for batch in shard.file.iter_batches(batch_size=_TEXT_ROWS, columns=columns, use_threads=False):
        try:
            yield from batch.to_pylist()
        except UnicodeDecodeError:
            yield from (_row(batch.slice(index, 1)) for index in range(batch.num_rows))


def _row(batch: Any) -> dict[str, object] | None:
    try:
        row: dict[str, object] = batch.to_pylist()[0]
    except UnicodeDecodeError:
        return None
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class _RowReader:
    """Turns the rows of one shard into samples."""

    shard: _Shard
    place: Place
    reading: Reading
    images: ParquetImages
    terms: Terms

    def read(self, row: int, record: Mapping[str, object]) -> None:
        """Take in one row."""
        log = Complaints(where=f"{self.shard.name}:{row}")
        task = read_task(record, place=self.place, log=log)
        if task is None:
            self.reading.problems.extend(log.problems)
            return
        ordinal = self.reading.count(task)
        images = self._images(row, record, log=log)
        text = read_text(record, task=task, place=self.place, log=log)
        name = f"medgen:{self.shard.path.parent.name}:{self.shard.path.stem}:{row:06d}"
        origin = provenance(record, file=self.shard.name, row=row, sample_id=name)
        sample_id = self.reading.add(text, images, identity=(task, ordinal), provenance=origin, log=log)
        if sample_id is not None:
            self.reading.names[name] = sample_id

    def _images(self, row: int, record: Mapping[str, object], *, log: Complaints) -> RecordImages:
        form = self.place.form
        inputs = self._sources(row, record, INPUTS)
        if not inputs:
            log.add(f"the record has no input image (column {INPUTS!r})")
        references = self._sources(row, record, REFERENCES) if form.wants_image else ()
        check_reference(len(references), form=form, field=REFERENCES, log=log)
        return RecordImages(inputs=inputs, reference=references[0] if references else None)

    def _sources(self, row: int, record: Mapping[str, object], column: str) -> tuple[ImageSource, ...]:
        cells = record.get(column)
        # A null list is an empty one: both hold no image, which is complained about.
        return tuple(self._source(row, column, index, cell) for index, cell in enumerate(_list(cells)))

    def _source(self, row: int, column: str, index: int, cell: object) -> StoredImage:
        path = cell.get("path") if isinstance(cell, dict) else None
        said = f" ({shown(path)})" if path else ""
        name = f"{self.shard.name}:{row} {column}[{index}]{said}"
        place = ImageCell(shard=self.shard.path, row=row, column=column, index=index, name=name)
        return StoredImage(name, partial(self.images.read, place), self.terms.max_pixels)


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
