"""Opening a dataset: find its layout, read its records, refuse it when any of them is bad."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.datasets.dataset import BenchmarkDataset
from medgen_pytest.datasets.layout import EXPECTED, find_layout
from medgen_pytest.datasets.parquet import read_parquet
from medgen_pytest.datasets.prepared import read_prepared
from medgen_pytest.datasets.reading import Limits
from medgen_pytest.datasets.tree import read_tree
from medgen_pytest.errors import DatasetError
from medgen_pytest.images import MAX_PIXELS

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.datasets.layout import Layout
    from medgen_pytest.datasets.reading import Reading


def open_dataset(path: Path, *, allow_outside_paths: bool = False, max_pixels: int = MAX_PIXELS) -> BenchmarkDataset:
    """The dataset in a folder, in any of the three layouts; no image is read.

    `allow_outside_paths` lets records name images outside the folder, as the prepared view does through
    its link `source`. `max_pixels` bounds each image when it is read.

    Raises DatasetError for a folder without a dataset and for one with a bad record, and
    MissingExtraError when the layout needs a library that is not installed.
    """
    limits = Limits(allow_outside_paths=allow_outside_paths, max_pixels=max_pixels)
    dataset = read_dataset(path, limits=limits)
    if not dataset.problems:
        return dataset
    first, *others = dataset.problems
    more = f" (and {len(others)} more problems)" if others else ""
    raise DatasetError(f"{first.message}{more}; for the whole list: medgen validate {path}", where=first.where)


def read_dataset(path: Path, *, limits: Limits) -> BenchmarkDataset:
    """The dataset in a folder with all that is wrong with it; bad records are left out.

    Raises DatasetError when there is no dataset, or one without any record.
    """
    layout = find_layout(path)
    reading = _read(path, layout=layout, limits=limits)
    if not reading.samples and not reading.problems:
        raise DatasetError(f"holds a dataset without any record; {EXPECTED}", where=str(path))
    return BenchmarkDataset(path, layout=layout.name, reading=reading)


def _read(path: Path, *, layout: Layout, limits: Limits) -> Reading:
    if layout.name == "parquet":
        return read_parquet(path, folder=layout.folder, limits=limits)
    if layout.name == "tree":
        return read_tree(path, limits=limits)
    return read_prepared(path, limits=limits)
