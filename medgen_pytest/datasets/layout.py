"""Layouts: which of the three a folder has, found by looking."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from medgen_pytest.datasets.fields import parsed
from medgen_pytest.datasets.manifest import MANIFEST
from medgen_pytest.datasets.prepared import prepared_files
from medgen_pytest.datasets.shard_files import shard_files
from medgen_pytest.datasets.tree import data_files
from medgen_pytest.domain.taxonomy import parse_format
from medgen_pytest.errors import DatasetError

if TYPE_CHECKING:
    from pathlib import Path

LayoutName = Literal["parquet", "tree", "prepared"]

EXPECTED = (
    "a dataset is a folder with parquet/<config>/*.parquet (the parquet release), "
    "<Format>/<task>/data.jsonl and manifest.json (the organised tree), "
    "or vqa.jsonl, edit.jsonl, gen.jsonl (the prepared view)"
)
"""What the layouts look like, for messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A layout and the folder where its files begin."""

    name: LayoutName
    folder: Path


def find_layout(path: Path) -> Layout:
    """The layout of the dataset in a folder: the first of parquet, tree and prepared that has files there.

    Raises DatasetError when there is none.
    """
    where = str(path)
    if not path.exists():
        raise DatasetError(f"does not exist; {EXPECTED}", where=where)
    if not path.is_dir():
        raise DatasetError(f"is a file; {EXPECTED}", where=where)
    layout = _parquet(path) or _tree(path) or _prepared(path)
    if layout is not None:
        return layout
    if (path / MANIFEST).is_file():
        raise DatasetError(f"has a {MANIFEST} but no records; {EXPECTED}", where=where)
    raise DatasetError(f"holds no dataset; {EXPECTED}", where=where)


def _parquet(path: Path) -> Layout | None:
    if shard_files(path / "parquet"):
        return Layout(name="parquet", folder=path / "parquet")
    # Any folder of parquet files may lie here; only one named after a format makes it a release.
    if any(parsed(parse_format, shard.parent.name) for shard in shard_files(path)):
        return Layout(name="parquet", folder=path)
    return None


def _tree(path: Path) -> Layout | None:
    return Layout(name="tree", folder=path) if data_files(path) else None


def _prepared(path: Path) -> Layout | None:
    return Layout(name="prepared", folder=path) if prepared_files(path) else None
