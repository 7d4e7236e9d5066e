"""Opening a dataset: find its layout, read its records, refuse it when any of them is bad."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.datasets.dataset import BenchmarkDataset
from medgen_pytest.datasets.layout import EXPECTED, find_layout
from medgen_pytest.datasets.prepared import read_prepared
from medgen_pytest.datasets.reading import Terms
from medgen_pytest.datasets.tree import read_tree
from medgen_pytest.errors import DatasetError
from medgen_pytest.images import MAX_PIXELS

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.datasets.layout import Layout
    from medgen_pytest.datasets.reading import Reading


def open_dataset(
    path: Path, *, allow_outside_paths: bool = False, max_pixels: int = MAX_PIXELS, cluster_by: str | None = None
) -> BenchmarkDataset:
    """The dataset in a folder, in any of the three layouts; no image is read.

    `allow_outside_paths` lets records name images outside the folder, as the prepared view does through
    its link `source`. `max_pixels` bounds each image when it is read. Records that say the same in the field
    `cluster_by`, like `patient_id`, belong together; one that says nothing there stands alone.

    Raises DatasetError for a folder without a dataset, for one with a bad record and for one without any record that
    has the field `cluster_by`, and MissingExtraError when the layout needs a library that is not installed.
    """
    terms = Terms(allow_outside_paths=allow_outside_paths, max_pixels=max_pixels, cluster_by=cluster_by)
    dataset = read_dataset(path, terms=terms)
    if not dataset.problems:
        _check_clusters(dataset, cluster_by)
        return dataset
    first, *others = dataset.problems
    more = f" (and {len(others)} more problems)" if others else ""
    raise DatasetError(f"{first.message}{more}; for the whole list: medgen validate {path}", where=first.where)


def _check_clusters(dataset: BenchmarkDataset, cluster_by: str | None) -> None:
    if cluster_by is not None and not any(sample.cluster for sample in dataset):
        raise DatasetError(
            f"no record has the field {cluster_by!r} that `dataset.cluster_by` names: name another, or leave it out",
            where=str(dataset.path),
        )


def read_dataset(path: Path, *, terms: Terms) -> BenchmarkDataset:
    """The dataset in a folder with all that is wrong with it; bad records are left out.

    Raises DatasetError when there is no dataset, or one without any record.
    """
    layout = find_layout(path)
    reading = _read(path, layout=layout, terms=terms)
    if not reading.samples and not reading.problems:
        raise DatasetError(f"holds a dataset without any record; {EXPECTED}", where=str(path))
    return BenchmarkDataset(path, layout=layout.name, reading=reading)


def _read(path: Path, *, layout: Layout, terms: Terms) -> Reading:
    if layout.name == "parquet":
        from medgen_pytest.datasets.parquet import read_parquet

        return read_parquet(path, folder=layout.folder, terms=terms)
    if layout.name == "tree":
        return read_tree(path, terms=terms)
    return read_prepared(path, terms=terms)
