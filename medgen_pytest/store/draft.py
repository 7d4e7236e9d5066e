"""Drafts: results that take the place of stored ones only once all of them are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.result import ResultKey, SampleResult
from medgen_pytest.errors import StoreError
from medgen_pytest.store.lines import LineWriter, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class ResultDraft:
    """A file of results beside those of a run, which does not count until it is published.

    What a kill leaves of it is found again under the same name.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._path = folder / f"draft-{name}.jsonl"
        self._writer = LineWriter(self._path)

    def load(self) -> dict[ResultKey, SampleResult]:
        """What an earlier attempt left; damaged and edited lines are as good as missing. Raises StoreError."""
        found: dict[ResultKey, SampleResult] = {}
        try:
            lines = list(read_lines(self._path)) if self._path.exists() else []
        except OSError as error:
            raise StoreError(f"{self._path} cannot be read: {error}") from error
        for line in lines:
            try:
                result = SampleResult.from_dict(line.trusted)
            except (KeyError, TypeError, ValueError):
                continue
            found[result.key] = result
        return found

    def extend(self, results: Iterable[SampleResult]) -> None:
        """Adds results; they survive a kill from then on. Raises StoreError."""
        try:
            for result in results:
                self._writer.append(result.to_dict())
        except OSError as error:
            raise StoreError(f"{self._path} cannot be written: {error}") from error

    def publish(self, *, worker: str) -> None:
        """Makes the draft the results of a worker of this name. Raises StoreError."""
        self.close()
        try:
            if self._path.exists():
                self._path.replace(self._folder / f"results-{worker}.jsonl")
        except OSError as error:
            raise StoreError(f"{self._path} cannot be renamed: {error}") from error

    def close(self) -> None:
        """Closes the file."""
        self._writer.close()
