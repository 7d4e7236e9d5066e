"""Writing the page: a run directory turned into one HTML file, and whole images beside it where they are wanted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError, DatasetError, StoreError
from medgen_pytest.evaluation.viewing_order import by_lot, samples_to_show, worst_first
from medgen_pytest.reports.files import make_folder, write_text_atomically
from medgen_pytest.reports.page.document import Orders, render_page
from medgen_pytest.runs.page.making import make_gallery, pictures_for
from medgen_pytest.runs.page.samples import Origin
from medgen_pytest.runs.stored_dataset import open_run_dataset

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.datasets import BenchmarkDataset
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.reports.page.gallery import ImageMode
    from medgen_pytest.store import RunDirectory

SEED = 0
"""Of the lot by which samples are shown, too: whoever looks at a page again sees the same ones."""

_IMAGE = re.compile(r"[0-9a-f]{64}\.png")


def write_page(
    run: RunResult, store: RunDirectory, path: Path, *, mode: ImageMode, dataset: BenchmarkDataset | None = None
) -> None:
    """Writes the page of a run to a file.

    Without a dataset that one is opened which the run was made on; where it is not there any more, the page shows
    outputs only, and says so. Whole images go to a folder beside the file, named like it with `-files`; images of an
    earlier page there that this one does not show are removed. Raises StoreError for what cannot be written.
    """
    orders = Orders(worst=worst_first(run.cases, run.profile), drawn=by_lot(run.cases, seed=SEED), seed=SEED)
    folder = path.with_name(f"{path.stem}-files")
    if mode == "full":
        make_folder(folder)
    gallery = make_gallery(
        run.cases,
        samples_to_show(orders.worst, orders.drawn),
        mode=mode,
        origin=Origin(dataset=dataset) if dataset is not None else _find_dataset(run),
        pictures=pictures_for(mode, store, folder=folder),
    )
    write_text_atomically(path, render_page(run, gallery, orders))
    shown = {picture.digest for picture in gallery.pictures} if mode == "full" else set()
    _remove_others(folder, shown)


def _find_dataset(run: RunResult) -> Origin:
    """The dataset of the run, or why there is none."""
    try:
        return Origin(dataset=open_run_dataset(run.facts))
    except ConfigError as error:
        return Origin(problem=str(error))
    except DatasetError as error:
        return Origin(problem=f"the dataset of the run cannot be read: {error}")


def _remove_others(folder: Path, shown: set[str]) -> None:
    """Takes away whole images that the page does not show: after `images: none` none must be left."""
    if not folder.is_dir():
        return
    try:
        for path in folder.iterdir():
            if _IMAGE.fullmatch(path.name) and path.stem not in shown:
                path.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()
    except OSError as error:
        raise StoreError(f"{folder}: an old image cannot be removed: {error.strerror or error}") from error
