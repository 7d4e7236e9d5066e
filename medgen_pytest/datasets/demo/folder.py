"""The folder of the demo dataset: there completely, or not at all."""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import cast

from medgen_pytest.errors import DatasetError

DEMO_VERSION = 1
"""Raised whenever a pixel or a word of the demo dataset changes."""

_NAME = "medgen-demo"
_MANIFEST_LIMIT = 1_000_000


def write_demo_dataset(path: Path) -> Path:
    """Draws the demo dataset into `path`, a new or empty folder, and returns `path`.

    The dataset is an organised tree of synthetic images, the same pixels on every platform and in
    every run. A complete one of this version that is already there is left as it is. It is drawn
    beside `path` and renamed, so an interruption leaves nothing behind under that name, and of
    several processes at once the first one wins while the others use its result.

    Raises DatasetError if something else is at `path`, or if it cannot be written.
    """
    try:
        place = _resolved(path)
        if _is_ready(place, shown=path):
            return path
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            prefix=f".{place.name}-", dir=place.parent, ignore_cleanup_errors=True
        ) as scratch:
            _draw_and_move(Path(scratch) / "dataset", place, shown=path)
    except OSError as error:
        raise DatasetError(
            f"the demo dataset cannot be written: {error.strerror or error}; name a folder that can be made",
            where=str(path),
        ) from error
    return path


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except RuntimeError as error:  # what Python before 3.13 raises for links that form a loop
        raise DatasetError("the symbolic links here form a loop; name another folder", where=str(path)) from error


def _draw_and_move(drawn: Path, place: Path, *, shown: Path) -> None:
    # Drawing needs numpy and Pillow, which an unused demo dataset must not cost.
    from medgen_pytest.datasets.demo.tree import write_tree

    # A folder of its own inside the private scratch folder, so that it gets the usual permissions.
    drawn.mkdir()
    write_tree(drawn, name=_NAME, version=DEMO_VERSION)
    with suppress(OSError):
        # Windows renames onto nothing; a folder that is not empty stays and is judged below.
        place.rmdir()
    try:
        drawn.rename(place)
    except OSError:
        if not _is_ready(place, shown=shown):
            raise


def _is_ready(place: Path, *, shown: Path) -> bool:
    """Whether the dataset is there; False where it can be put. Raises DatasetError where it cannot."""
    if not place.exists():
        return False
    if not place.is_dir():
        raise DatasetError("a file is in the way of the demo dataset; name a new folder", where=str(shown))
    if not any(place.iterdir()):
        if place == Path.cwd():
            raise DatasetError(
                "the working folder cannot be replaced by the demo dataset; name a new folder inside it",
                where=str(shown),
            )
        return False
    _check_complete(place, shown=shown)
    return True


def _check_complete(place: Path, *, shown: Path) -> None:
    manifest = _read_manifest(place / "manifest.json")
    if manifest.get("name") != _NAME:
        raise DatasetError(
            "the folder is not empty and holds no demo dataset; name a new or empty folder", where=str(shown)
        )
    version = manifest.get("demo_version")
    if version != DEMO_VERSION:
        raise DatasetError(
            f"the folder holds version {version} of the demo dataset, this is version {DEMO_VERSION}; "
            "delete the folder or name a new one",
            where=str(shown),
        )
    files = manifest.get("files")
    names = [str(name) for name in files] if isinstance(files, list) else []
    missing = [name for name in names if not (place / name).is_file()]
    if missing or not names:
        raise DatasetError(
            f"the demo dataset here is not complete ({len(missing)} of {len(names)} files are missing); "
            "delete the folder and write it again",
            where=str(shown),
        )


def _read_manifest(path: Path) -> dict[str, object]:
    """The manifest; empty for anything that is none, as in somebody else's folder."""
    try:
        if path.stat().st_size > _MANIFEST_LIMIT:
            return {}
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}
