"""A dataset that has been read: its samples by id, its fingerprint, and the authors' names for them."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import TYPE_CHECKING

from medgen_pytest.datasets.fields import parsed
from medgen_pytest.domain.sample import parse_sample_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from medgen_pytest.datasets.layout import LayoutName
    from medgen_pytest.datasets.problem import Problem
    from medgen_pytest.datasets.reading import Reading
    from medgen_pytest.domain.sample import Sample


class BenchmarkDataset:
    """The samples of a dataset in the order of their ids, whatever its layout. Not to be changed."""

    def __init__(self, path: Path, *, layout: LayoutName, reading: Reading) -> None:
        self._path = path
        self._layout = layout
        self._samples = dict(sorted(reading.samples.items()))
        self._problems = tuple(reading.problems)
        self._names = dict(reading.names)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._layout} {str(self._path)!r}: {len(self)} samples>"

    def __len__(self) -> int:
        return len(self._samples)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self._samples.values())

    @property
    def path(self) -> Path:
        """The folder it was read from."""
        return self._path

    @property
    def layout(self) -> LayoutName:
        """Which of the layouts it has: parquet, tree or prepared."""
        return self._layout

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with it, in the order of its files; none in one that `open_dataset` returned."""
        return self._problems

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of all samples, sorted."""
        return tuple(self._samples)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over what all records say: the same records have the same one in every layout."""
        return digest_of(sample.record_digest() for sample in self)

    def get(self, sample_id: str) -> Sample:
        """The sample of an id. Raises KeyError."""
        return self._samples[sample_id]

    def resolve(self, text: str) -> str | None:
        """The id of the sample that an id, ours or of the benchmark's authors, names; None when there is none.

        Understood are our ids, `tableiv:<Format>:<task>:<line>` and `medgen:<Format>:<task>:<line>`, a
        prepared record's own `sample_id`, and a parquet row's `medgen:<config>:<shard stem>:<row>`
        where the dataset knows its rows.
        """
        if text in self._samples:
            return text
        named = self._names.get(text)
        if named is not None:
            return named
        sample_id = parsed(parse_sample_id, text)
        return sample_id if sample_id in self._samples else None


def digest_of(digests: Iterable[str]) -> str:
    """SHA-256 over digests, whatever their order."""
    return hashlib.sha256("\n".join(sorted(digests)).encode("ascii")).hexdigest()
