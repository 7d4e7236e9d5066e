"""Writing the page: a run directory turned into one HTML file, and whole images beside it where they are wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.viewing_order import by_lot, samples_to_show, worst_first
from medgen_pytest.reports.files import write_text_atomically
from medgen_pytest.reports.page.document import Orders, render_page
from medgen_pytest.runs.page.image_folder import image_folder, remove_others
from medgen_pytest.runs.page.making import make_gallery, pictures_for
from medgen_pytest.runs.page.origin import Origin, find_origin

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.datasets import BenchmarkDataset
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.reports.page.image_mode import ImageMode
    from medgen_pytest.store import RunDirectory

SEED = 0
"""Of the lot by which samples are shown, too: whoever looks at a page again sees the same ones."""


def write_page(
    run: RunResult, store: RunDirectory, path: Path, *, mode: ImageMode, dataset: BenchmarkDataset | None = None
) -> None:
    """Writes the page of a run to a file.

    Without a dataset that one is opened which the run was made on; where it is not there any more, the page shows
    outputs only, and says so. Whole images go to a folder beside the file, named like it with `-files`; images of an
    earlier page there that this one does not show are removed. Raises StoreError for what cannot be written.
    """
    orders = Orders(worst=worst_first(run.cases, run.profile), drawn=by_lot(run.cases, seed=SEED), seed=SEED)
    folder = image_folder(path, mode)
    gallery = make_gallery(
        run.cases,
        samples_to_show(orders.worst, orders.drawn),
        mode=mode,
        origin=Origin(dataset=dataset) if dataset is not None else find_origin([run.facts]),
        pictures=pictures_for(mode, [store], folder=folder),
    )
    write_text_atomically(path, render_page(run, gallery, orders))
    remove_others(folder, gallery)
