"""Making a gallery: whose images are shown where there is no room for all, and who reads them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

from medgen_pytest.reports.page.gallery import Gallery, Picture
from medgen_pytest.runs.image_threads import image_threads
from medgen_pytest.runs.page.pictures import Files, Hashes, Thumbnails
from medgen_pytest.runs.page.samples import SampleReader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.reports.page.image_mode import ImageMode
    from medgen_pytest.runs.page.origin import Origin
    from medgen_pytest.runs.page.pictures import Pictures
    from medgen_pytest.runs.page.samples import SampleMaterial
    from medgen_pytest.store import RunDirectory

MOST_CHARACTERS = 32_000_000
"""What thumbnails may take of a page, as data URLs."""

_USUAL_SAMPLE = 20_000
"""What the thumbnails of a sample are taken to need until some are made."""
_FEW = 12
"""So few samples are read faster without threads."""

Results = dict[str, list["SampleResult"]]


def pictures_for(mode: ImageMode, stores: Sequence[RunDirectory], *, folder: Path) -> Pictures:
    """What makes the pictures of a mode, of outputs that lie in some runs; whole images go to the folder."""
    if mode == "none":
        return Hashes()
    return Thumbnails(stores) if mode == "thumbs" else Files(stores, folder)


def make_gallery(
    cases: Sequence[Case],
    order: Sequence[str],
    *,
    mode: ImageMode,
    origin: Origin,
    pictures: Pictures,
    room: int = MOST_CHARACTERS,
) -> Gallery:
    """The gallery of some cases. `order` holds the ids of their samples, those first that find room before others.

    Raises StoreError where an image cannot be written.
    """
    results: Results = {sample_id: [] for sample_id in order}
    for case in cases:
        if case.result is not None:
            results[case.planned.sample_id].append(case.result)
    reader = SampleReader(origin.dataset, pictures)
    with closing(_Readers(reader, results)) as readers:
        found = _within(room, order, readers) if mode == "thumbs" else dict(readers.read(order))
    left_out = {sample_id: reader.texts(sample_id, results[sample_id]) for sample_id in order if sample_id not in found}
    everything = {**left_out, **found}  # an output that several samples have is shown once it is shown for one
    return Gallery(
        mode=mode,
        samples={sample_id: everything[sample_id].sample for sample_id in order},
        outputs={name: shown for material in everything.values() for name, shown in material.outputs.items()},
        left_out=len(left_out),
        problem=origin.problem,
    )


class _Readers:
    """Reads many samples at once; in the order of their ids, because parquet files are read forward."""

    def __init__(self, reader: SampleReader, results: Mapping[str, Sequence[SampleResult]]) -> None:
        self._reader = reader
        self._results = results
        threads = image_threads()
        self._pool = ThreadPoolExecutor(threads) if len(results) > _FEW and threads > 1 else None

    def close(self) -> None:
        """Ends its threads."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def read(self, sample_ids: Iterable[str]) -> Iterable[tuple[str, SampleMaterial]]:
        """The material of each sample. Raises StoreError."""
        names = sorted(sample_ids)
        spread = self._pool.map if self._pool is not None else map
        return zip(names, spread(self._read, names), strict=True)

    def _read(self, sample_id: str) -> SampleMaterial:
        return self._reader.read(sample_id, self._results[sample_id])


def _within(room: int, order: Sequence[str], readers: _Readers) -> dict[str, SampleMaterial]:
    """As many samples as there is room for, the first ones of the order."""
    found: dict[str, SampleMaterial] = {}
    used, start = 0, 0
    while start < len(order):
        usual = max(1, used // start) if start else _USUAL_SAMPLE
        count = max(1, (room - used) // usual)
        batch = order[start : start + count]
        made = dict(readers.read(batch))
        for sample_id in batch:
            size = _size(made[sample_id])
            if used + size > room:
                return found
            found[sample_id] = made[sample_id]
            used += size
        start += len(batch)
    return found


def _size(material: SampleMaterial) -> int:
    shown = [*material.sample.inputs, material.sample.reference, *material.outputs.values()]
    return sum(len(picture.source) for picture in shown if isinstance(picture, Picture))
