"""Origins: the dataset that the samples of a page are from, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError, DatasetError
from medgen_pytest.runs.stored_dataset import open_run_dataset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from medgen_pytest.datasets import BenchmarkDataset


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The dataset that the samples are from, or why there is none."""

    dataset: BenchmarkDataset | None = None
    problem: str | None = None


def find_origin(manifests: Iterable[Mapping[str, object]]) -> Origin:
    """The dataset that runs were made on, as the first of their manifests says by which one is found."""
    problem: str | None = None
    for manifest in manifests:
        try:
            return Origin(dataset=open_run_dataset(manifest))
        except ConfigError as error:
            problem = problem or str(error)
        except DatasetError as error:
            problem = problem or f"the dataset of the run cannot be read: {error}"
    return Origin(problem=problem)
