"""The HTML page of a comparison: its material read from run directories and the dataset, and the file written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.reports.comparison.page.document import render_comparison_page
from medgen_pytest.reports.comparison.page.material import flip_material
from medgen_pytest.reports.files import write_text_atomically
from medgen_pytest.reports.page.image_mode import IMAGE_MODES
from medgen_pytest.runs.page.image_folder import image_folder, remove_others
from medgen_pytest.runs.page.making import make_gallery, pictures_for
from medgen_pytest.runs.page.origin import Origin, find_origin
from medgen_pytest.runs.page.wanted import stored_images
from medgen_pytest.runs.stored_dataset import open_run_dataset

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medgen_pytest.evaluation.comparison import Comparisons
    from medgen_pytest.reports.page.image_mode import ImageMode
    from medgen_pytest.runs.comparing import Operand

_NO_PLACE = "a baseline does not say where its dataset lies; name it with --dataset"


def write_comparison_page(
    comparisons: Comparisons,
    operands: Sequence[Operand],
    path: Path,
    *,
    mode: ImageMode | None = None,
    dataset: Path | None = None,
) -> None:
    """Writes the page of the comparisons of some operands to a file.

    Without a mode it shows of images what the settings of all runs allow. Without a place of the dataset that one is
    opened which a run was made on; where there is none any more, the page shows outputs only, and says so. Whole images
    go to a folder beside the file, as those of a run's page. Raises ConfigError for another dataset, DatasetError for
    what is none, and StoreError for what cannot be written.
    """
    origin = _origin(operands, dataset)
    material = flip_material(comparisons)
    shown = mode if mode is not None else _allowed(operands)
    folder = image_folder(path, shown)
    stores = {store.path: store for operand in operands if (store := operand.store) is not None}
    gallery = make_gallery(
        material.cases,
        material.sample_ids,
        mode=shown,
        origin=origin,
        pictures=pictures_for(shown, list(stores.values()), folder=folder),
    )
    write_text_atomically(path, render_comparison_page(material, gallery))
    remove_others(folder, gallery)


def _origin(operands: Sequence[Operand], dataset: Path | None) -> Origin:
    if dataset is not None:
        return Origin(dataset=open_run_dataset(operands[0].run.facts, path=dataset))
    runs = [operand.run.facts for operand in operands if operand.store is not None]
    return find_origin(runs) if runs else Origin(problem=_NO_PLACE)


def _allowed(operands: Sequence[Operand]) -> ImageMode:
    """The least that any of the runs wants to be shown."""
    return min((stored_images(operand.run) for operand in operands), key=IMAGE_MODES.index)
