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
class Timing:
    """How an endpoint spent the time of an answer, in seconds.

    `requests` is how many requests were sent for it, retries and polls included; `first_try` the time of the
    first one alone, whatever came of it; `working` the time in which a request was on its way; `waiting`
    the time spent waiting for limits and between tries.
    """

    requests: int
    first_try: float
    working: float
    waiting: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One of several steps that made an answer, as the model of that step answered it.

    `name` is the step (`text`, `image`), `prompt` what that model was asked. `problem` says why the
    step gave nothing usable; then no later step was made.
    """

    name: str
    prompt: str | None = None
    text: str | None = None
    raw: str | None = None
    reasoning: str | None = None
    finish_reason: str | None = None
    problem: str | None = None
    usage: Usage | None = None
    timing: Timing | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelOutput:
    """An answer. `image` is uint8 (H, W, 3), RGB. `raw` is the reply as it came, before parsing.

    `reasoning` is what the model thought aloud, apart from `text`; `finish_reason` the endpoint's own word
    for why the reply ended. `problem` says why the answer is not usable (refused, undecodable image, ...);
    the outcome is then `invalid`. `seconds` is the time the model worked on it, without waiting for limits.
    """

    text: str | None = None
    image: NDArray[np.uint8] | None = None
    raw: str | None = None
    reasoning: str | None = None
    finish_reason: str | None = None
    problem: str | None = None
    usage: Usage | None = None
    timing: Timing | None = None
    stages: tuple[Stage, ...] = ()
    seconds: float | None = None
