"""Validation: everything that is wrong with a dataset, its images decoded one by one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.datasets.dataset import digest_of
from medgen_pytest.datasets.opening import read_dataset
from medgen_pytest.datasets.problem import Problem
from medgen_pytest.datasets.reading import Terms
from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.errors import ImageError
from medgen_pytest.images import MAX_PIXELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from medgen_pytest.datasets.dataset import BenchmarkDataset
    from medgen_pytest.datasets.layout import LayoutName
    from medgen_pytest.domain.sample import Sample

    Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationReport:
    """What a dataset holds and all that is wrong with it.

    `total`, `tasks` and `modalities` count the records that could be read. `fingerprint` is None when
    any record could not, `content_digest` (records and the bytes of all images) when there is any
    problem: half a dataset must not look like a whole one.
    """

    path: Path
    layout: LayoutName
    total: int
    tasks: Mapping[tuple[Format, Task], int]
    modalities: Mapping[Modality, int]
    problems: tuple[Problem, ...]
    fingerprint: str | None
    content_digest: str | None

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def validate_dataset(
    path: Path,
    *,
    allow_outside_paths: bool = False,
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
) -> ValidationReport:
    """Read every record and decode every image of a dataset; nothing stops at the first problem.

    `progress` is called with the number of samples done and the number of all of them.

    Raises DatasetError when the folder holds no dataset at all, and MissingExtraError when the layout
    needs a library that is not installed.
    """
    terms = Terms(allow_outside_paths=allow_outside_paths, max_pixels=max_pixels)
    dataset = read_dataset(path, terms=terms)
    problems = [*dataset.problems]
    digests = []
    for done, sample in enumerate(dataset, start=1):
        found = list(_image_problems(sample))
        problems.extend(found)
        if not problems:
            digests.append(sample.content_digest())
        if progress is not None:
            progress(done, len(dataset))
    return ValidationReport(
        path=path,
        layout=dataset.layout,
        total=len(dataset),
        tasks=_count_tasks(dataset),
        modalities=_count_modalities(dataset),
        problems=tuple(problems),
        fingerprint=None if dataset.problems else dataset.fingerprint,
        content_digest=None if problems else digest_of(digests),
    )


def _image_problems(sample: Sample) -> Iterator[Problem]:
    for image in (*sample.inputs, *([sample.target.image] if sample.target.image else [])):
        try:
            image.array()
        except ImageError as error:
            # Images inside parquet files are named after their row, which `where` says already.
            name = error.name.removeprefix(f"{sample.where} ")
            yield Problem(where=sample.where, message=f"image {name}: {error.message}")


def _count_tasks(dataset: BenchmarkDataset) -> dict[tuple[Format, Task], int]:
    counts = Counter(sample.task for sample in dataset)
    return {(task.format, task): counts[task] for task in Task if counts[task]}


def _count_modalities(dataset: BenchmarkDataset) -> dict[Modality, int]:
    counts = Counter(sample.modality for sample in dataset)
    return {modality: counts[modality] for modality in Modality if counts[modality]}
