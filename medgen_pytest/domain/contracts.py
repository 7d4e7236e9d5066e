"""Contracts: what an image source, a model and a dataset must offer; implementations share no base class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from medgen_pytest.domain.output import ModelOutput
    from medgen_pytest.domain.sample import Request, Sample


@runtime_checkable
class ImageSource(Protocol):
    """An image of a sample: read when asked for, never held."""

    @property
    def name(self) -> str:
        """What messages call it: a path relative to the dataset, or file, row and column."""

    def read(self) -> bytes:
        """The encoded bytes. Raises ImageError."""

    def array(self) -> NDArray[np.uint8]:
        """The pixels, (H, W, 3), RGB. Raises ImageError."""


@runtime_checkable
class Model(Protocol):
    """A model under evaluation: answers requests, one at a time."""

    @property
    def identity(self) -> Mapping[str, object]:
        """What makes this model this model (adapter, revision, settings without secrets), plain values.

        Stored with every result; a resumed run asks again when it changed.
        """

    def answer(self, request: Request) -> ModelOutput | Awaitable[ModelOutput]:
        """The answer to one request.

        Raises OutputError for an answer that is not usable, anything else when it could not answer.
        """


@runtime_checkable
class Dataset(Protocol):
    """A dataset that has been opened: its samples in the order of their ids."""

    @property
    def layout(self) -> str:
        """Which of the layouts it has: parquet, tree or prepared."""

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Sample]: ...

    def get(self, sample_id: str) -> Sample:
        """The sample of an id. Raises KeyError."""
