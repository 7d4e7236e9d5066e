"""Making sheets: what experts see of an output, read from the dataset and from the run directory."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from medgen_pytest.domain.sample import Target
from medgen_pytest.reports.experts.sheet import SheetItem
from medgen_pytest.runs.experts.pictures import make_picture
from medgen_pytest.runs.stored_dataset import open_run_dataset, sample_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.reports.experts.sheet import Picture
    from medgen_pytest.runs.experts.key import ExportKey, KeyItem
    from medgen_pytest.store import RunDirectory


class SheetMaker:
    """Reads what the items of a sheet show; a picture that several of them share is made once."""

    def __init__(self, store: RunDirectory, manifest: Mapping[str, object], *, dataset: Path | None) -> None:
        self._store = store
        self._dataset = open_run_dataset(manifest, path=dataset)
        self._made: dict[str, Picture] = {}

    def item(self, item: KeyItem, result: SampleResult, *, key: ExportKey) -> SheetItem:
        """What is shown of one output.

        Raises ConfigError where the dataset is not what it was, ImageError and StoreError for images.
        """
        sample, image = sample_of(result, self._dataset), result.output.image
        target = sample.target if key.tier == "with_reference" else Target()
        return SheetItem(
            id=item.id,
            label=key.labels[item.model] if key.is_blind else item.model,
            model=None if key.is_blind else item.model,
            task=item.task,
            modality=item.modality,
            instruction=sample.instruction,
            choices=sample.unlisted_choices,
            inputs=tuple(self._picture(source.name, source.array) for source in sample.inputs),
            reference_image=self._picture(target.image.name, target.image.array) if target.image else None,
            reference_text=target.text,
            output_image=self._picture(image, partial(self._store.load_image, image)) if image else None,
            output_text=result.output.text,
        )

    def _picture(self, name: str, read: Callable[[], NDArray[np.uint8]]) -> Picture:
        if name not in self._made:
            self._made[name] = make_picture(read())
        return self._made[name]
