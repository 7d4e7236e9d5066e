"""Files of a parquet release, by their places alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def shard_files(folder: Path) -> list[Path]:
    """The shards of all configs, in the order of their names."""
    return sorted((path for path in folder.glob("*/*.parquet") if path.is_file()), key=lambda path: path.as_posix())
