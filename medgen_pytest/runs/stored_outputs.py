"""The stored outputs of a run: there and sound before somebody is asked about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.engine.evaluator import restore_output
from medgen_pytest.errors import ImageError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.store import RunDirectory


def output_of(result: SampleResult, store: RunDirectory) -> ModelOutput:
    """The output that a result speaks of. Raises StoreError if its image is gone or damaged."""
    try:
        return restore_output(result, store)
    except ImageError as error:
        raise StoreError(f"the output of {result.model} to {result.sample_id} cannot be read: {error}") from error


def check_outputs(results: Iterable[SampleResult], store: RunDirectory) -> None:
    """Raises StoreError, before anything is paid for, where images of outputs are not there."""
    missing = [
        result for result in results if result.output.image is not None and not store.has_image(result.output.image)
    ]
    if missing:
        first, more = missing[0], f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        raise StoreError(
            f"{store.path}: the output image of {first.model} to {first.sample_id} is gone{more}; put the folder"
            " outputs/ back, or run again with --medgen-resume, which asks anew for what is missing"
        )
