"""The dataset of a stored run: opened again, and only if it is what it was."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.datasets import open_dataset
from medgen_pytest.domain.plain import read_mapping
from medgen_pytest.errors import ConfigError, ImageError
from medgen_pytest.images import MAX_PIXELS
from medgen_pytest.runs.prepare import is_embedded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.config.settings import Settings
    from medgen_pytest.datasets import BenchmarkDataset
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.domain.sample import Sample


def dataset_of(manifest: Mapping[str, object], settings: Settings) -> BenchmarkDataset:
    """The dataset that a run was made on, where its manifest or the settings say.

    Raises ConfigError or DatasetError.
    """
    chosen = settings.dataset
    if chosen is None:
        return open_run_dataset(manifest)
    # `demo` is no path: the embedded dataset was written to one, which the run knows.
    path = None if is_embedded(chosen.path) else chosen.path
    return open_run_dataset(manifest, path=path, allow_outside_paths=chosen.allow_outside_paths)


def open_run_dataset(
    manifest: Mapping[str, object], *, path: Path | None = None, allow_outside_paths: bool | None = None
) -> BenchmarkDataset:
    """The dataset that a run was made on, where it was then or at a path, under its settings unless they are given.

    Raises DatasetError for what is none, and ConfigError for another one.
    """
    facts = read_mapping(manifest.get("dataset", {}))
    stored = read_mapping(read_mapping(manifest.get("settings", {})).get("dataset") or {})
    if path is None and not isinstance(facts.get("path"), str):
        raise ConfigError("run.json names no dataset; name it with --dataset")
    place = path or Path(str(facts.get("path")))
    allowed = bool(stored.get("allow_outside_paths")) if allow_outside_paths is None else allow_outside_paths
    pixels = stored.get("max_pixels")
    dataset = open_dataset(
        place, allow_outside_paths=allowed, max_pixels=pixels if isinstance(pixels, int) else MAX_PIXELS
    )
    if dataset.fingerprint != facts.get("fingerprint"):
        raise ConfigError(f"dataset {place} is not the one that the run was made on; name that one with --dataset")
    return dataset


def sample_of(result: SampleResult, dataset: BenchmarkDataset) -> Sample:
    """The sample that a stored result is of. Raises ConfigError if it is not there, or not what it was."""
    try:
        sample = dataset.get(result.sample_id)
    except KeyError as error:
        raise ConfigError(f"the dataset has no sample {result.sample_id!r}, which the run has a result of") from error
    with suppress(ImageError):  # an image that cannot be read has been told by the run, or its score will
        if result.digests.get("sample") not in {None, sample.content_digest()}:
            raise ConfigError(f"sample {result.sample_id!r}: its content is not what it was when the run was made")
    return sample
