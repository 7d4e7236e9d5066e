"""Outputs: what a model answered, with how it was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an answer cost, as far as it is known; unknown is None, never 0."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    images: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOutput:
    """An answer. `image` is uint8 (H, W, 3), RGB. `raw` is the reply as it came, before parsing.

    `problem` says why the answer is not usable (refused, undecodable image, ...); the outcome is
    then `invalid`. `seconds` is the time the model worked on it.
    """

    text: str | None = None
    image: NDArray[np.uint8] | None = None
    raw: str | None = None
    problem: str | None = None
    usage: Usage | None = None
    seconds: float | None = None
