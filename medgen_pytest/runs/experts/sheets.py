"""Making sheets: what experts see of an output, read from the dataset and from the run directory."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from medgen_pytest.domain.sample import Target, choices_in
from medgen_pytest.errors import ConfigError, ImageError
from medgen_pytest.reports.experts.sheet import SheetItem
from medgen_pytest.runs.experts.pictures import make_picture
from medgen_pytest.runs.stored_dataset import open_run_dataset
from medgen_pytest.store import RunDirectory, holds_run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.reports.experts.sheet import Picture
    from medgen_pytest.runs.experts.key import ExportKey, KeyItem

JUDGINGS_FOLDER = "judgings"
"""Judgings of a run lie in this folder of it; their images are the run's own."""


class SheetMaker:
    """Reads what the items of a sheet show; a picture that several of them share is made once."""

    def __init__(self, store: RunDirectory, manifest: Mapping[str, object], *, dataset: Path | None) -> None:
        self._images = _outputs_of(store)
        self._dataset = open_run_dataset(manifest, path=dataset)
        self._made: dict[str, Picture] = {}

    def item(self, item: KeyItem, result: SampleResult, *, key: ExportKey) -> SheetItem:
        """What is shown of one output.

        Raises ConfigError where the dataset is not what it was, ImageError and StoreError for images.
        """
        sample = self._sample(result)
        image, listed = result.output.image, choices_in(sample.instruction)
        target = sample.target if key.tier == "with_reference" else Target()
        return SheetItem(
            id=item.id,
            label=key.labels[item.model] if key.is_blind else item.model,
            model=None if key.is_blind else item.model,
            task=item.task,
            modality=item.modality,
            instruction=sample.instruction,
            choices=() if sample.choices == listed else sample.choices,
            inputs=tuple(self._picture(source.name, source.array) for source in sample.inputs),
            reference_image=self._picture(target.image.name, target.image.array) if target.image else None,
            reference_text=target.text,
            output_image=self._picture(image, partial(self._images.load_image, image)) if image else None,
            output_text=result.output.text,
        )

    def _sample(self, result: SampleResult) -> Sample:
        try:
            sample = self._dataset.get(result.sample_id)
        except KeyError as error:
            raise ConfigError(f"the dataset has no sample {result.sample_id!r}, which the run has judged") from error
        with suppress(ImageError):  # told with its name where it is to be shown
            if result.digests.get("sample") not in {None, sample.content_digest()}:
                raise ConfigError(f"sample {result.sample_id!r}: its content is not what it was when the run was made")
        return sample

    def _picture(self, name: str, read: Callable[[], NDArray[np.uint8]]) -> Picture:
        if name not in self._made:
            self._made[name] = make_picture(read())
        return self._made[name]


def _outputs_of(store: RunDirectory) -> RunDirectory:
    """Where the images of a run lie: in the run, also for a judging of it."""
    above = store.path.resolve().parent
    if above.name == JUDGINGS_FOLDER and holds_run(above.parent):
        return RunDirectory(above.parent)
    return store
