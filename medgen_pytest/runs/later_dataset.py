"""A dataset that is opened when somebody looks at it, for models of which most never do."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from medgen_pytest.runs.prepare import open_chosen_dataset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.datasets import BenchmarkDataset
    from medgen_pytest.domain.sample import Sample


class LaterDataset:
    """The dataset of the settings. Everything raises ConfigError or DatasetError where it cannot be opened."""

    def __init__(self, run: RunSettings) -> None:
        self._run = run

    @property
    def layout(self) -> str:
        """Which of the layouts it has."""
        return self._opened.layout

    @property
    def path(self) -> Path:
        """The folder it was read from."""
        return self._opened.path

    def __len__(self) -> int:
        return len(self._opened)

    def __iter__(self) -> Iterator[Sample]:
        return iter(self._opened)

    def get(self, sample_id: str) -> Sample:
        """The sample of an id. Raises KeyError."""
        return self._opened.get(sample_id)

    def resolve(self, text: str) -> str | None:
        """The id of the sample that an id of any kind names."""
        return self._opened.resolve(text)

    @cached_property
    def _opened(self) -> BenchmarkDataset:
        return open_chosen_dataset(self._run.settings, root=self._run.root)
