"""Looking at the dataset: its layout, how many samples it has and a run takes, and the problems of its records."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from medgen_pytest.datasets.opening import read_dataset
from medgen_pytest.datasets.reading import Terms
from medgen_pytest.engine.selection import select
from medgen_pytest.errors import MedgenError
from medgen_pytest.evaluation.checkup import Finding, problem, warning, well
from medgen_pytest.evaluation.tally import counted
from medgen_pytest.runs.prepare import is_embedded, selection_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.config.settings import DatasetSettings
    from medgen_pytest.datasets import BenchmarkDataset

_SHOWN = 3
"""Problems of records that have a line of their own."""


def dataset_of(run: RunSettings) -> BenchmarkDataset | None:
    """The dataset of the settings, read as it is; None where none is named, and for the embedded one not yet drawn.

    Raises DatasetError or MissingExtraError.
    """
    chosen = run.settings.dataset
    return None if chosen is None or is_embedded(chosen.path) else read_dataset(chosen.path, terms=_terms(chosen))


def look_at_dataset(run: RunSettings, dataset: Callable[[], BenchmarkDataset | None]) -> Iterator[Finding]:
    """The dataset as `medgen validate` sees it, but for its images, of which none is decoded.

    `dataset` reads it, as `dataset_of` does.
    """
    chosen = run.settings.dataset
    if chosen is None:
        yield warning(
            "no dataset is named", todo="`dataset: PATH` in medgen.yaml, or --dataset=PATH; =demo is the embedded one"
        )
        return
    try:
        read = dataset()
    except MedgenError as error:
        yield problem(str(error), todo="correct the path (`dataset:`, --dataset), or bring what is missing there")
        return
    if read is None:
        yield well("the embedded demo dataset, which is drawn when it is first used")
        return
    yield from _of_records(read)
    yield from _of_clusters(read, chosen)
    yield from _of_selection(read, run)


def _terms(chosen: DatasetSettings) -> Terms:
    return Terms(
        allow_outside_paths=chosen.allow_outside_paths, max_pixels=chosen.max_pixels, cluster_by=chosen.cluster_by
    )


def _of_records(dataset: BenchmarkDataset) -> Iterator[Finding]:
    counts = Counter((sample.format, sample.task) for sample in dataset)
    details = [f"{form.value}, {task.value}: {count}" for (form, task), count in sorted(counts.items())]
    validate = f"medgen validate {dataset.path}"
    for one in dataset.problems[:_SHOWN]:
        yield problem(str(one), todo="mend the record, or bring the file that it names")
    if len(dataset.problems) > _SHOWN:
        yield problem(
            f"{counted(len(dataset.problems) - _SHOWN, 'more problem')} of records", todo=f"{validate} lists them all"
        )
    if not dataset.problems:
        text = f"{dataset.path}: {dataset.layout} layout, {counted(len(dataset), 'sample')}"
        yield well(text, *details, f"images are not decoded here: {validate} reads every one")


def _of_clusters(dataset: BenchmarkDataset, chosen: DatasetSettings) -> Iterator[Finding]:
    if chosen.cluster_by is not None and not any(sample.cluster for sample in dataset):
        yield problem(
            f"no record has the field {chosen.cluster_by!r} that `dataset.cluster_by` names",
            todo="name a field that the records have, or leave it out",
        )


def _of_selection(dataset: BenchmarkDataset, run: RunSettings) -> Iterator[Finding]:
    settings = run.settings
    if not len(dataset):
        return
    try:
        taken = select(dataset, selection_of(settings), limit=settings.limit)
    except MedgenError as error:
        yield problem(str(error), todo="change `formats`, `tasks`, `modalities` or `subtasks`")
        return
    if len(taken) < len(dataset):
        yield well(f"a run takes {len(taken)} of the {len(dataset)} samples, by what the settings choose")
