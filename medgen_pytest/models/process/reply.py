"""Replies: what a program said to a request, as an output."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.domain.output import ModelOutput, Usage
from medgen_pytest.errors import ModelError, OutputError
from medgen_pytest.models.replies import read_image, well_formed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from medgen_pytest.domain.output import Timing

_TEXTS = ("text", "raw", "reasoning", "finish_reason")
_LONGEST = 2000


def output_of(
    message: Mapping[str, object],
    *,
    file: bytes | None = None,
    problem: str | None = None,
    timing: Timing | None = None,
    wants_image: bool,
) -> ModelOutput:
    """The output that a reply is; `file` is the content of its `image_path`, `problem` what is wrong with that.

    A reply that cannot be used, or says so itself (`problem`), gives an output with a problem. An image that was
    not wanted is not looked at. Raises ModelError, with what is known of costs, for one that says `error`.
    """
    usage = _usage(message.get("usage"))
    if message.get("error"):
        raise ModelError(f"the program says: {_words(message['error'])}", partial=_known(usage, timing))
    problems = [_words(message["problem"])] if message.get("problem") else []
    problems += [problem] if problem else []
    problems += [f"its {key!r} is no text but {_kind(part)}" for key in _TEXTS if _is_odd(part := message.get(key))]
    texts = {key: well_formed(part) for key in _TEXTS if isinstance(part := message.get(key), str)}
    image = None
    try:
        image = _image(message, file) if wants_image else None
    except OutputError as error:
        problems.append(str(error))
    return ModelOutput(
        text=texts.get("text"),
        image=image,
        raw=texts.get("raw"),
        reasoning=texts.get("reasoning"),
        finish_reason=texts.get("finish_reason"),
        problem="; ".join(problems) or None,
        usage=usage,
        timing=timing,
        seconds=timing.working if timing else None,
    )


def _is_odd(part: object) -> bool:
    return not isinstance(part, str | None)


def _known(usage: Usage | None, timing: Timing | None) -> ModelOutput:
    return ModelOutput(usage=usage, timing=timing, seconds=timing.working if timing else None)


def _image(message: Mapping[str, object], file: bytes | None) -> NDArray[np.uint8] | None:
    part = file if file is not None else message.get("image")
    if part is None:
        return None
    if not isinstance(part, str | bytes):
        raise OutputError(f"its 'image' is no base64 text but {_kind(part)}")
    image = read_image(part)
    if not isinstance(image, np.ndarray):
        raise OutputError("its 'image' is a URL; a program must hand over the image itself")
    return image


def _usage(value: object) -> Usage | None:
    """What is known of the costs; a value that is no number, or none from 0, is unknown."""
    if not isinstance(value, dict):
        return None
    usage = Usage(
        input_tokens=_count(value.get("input_tokens")),
        output_tokens=_count(value.get("output_tokens")),
        images=_count(value.get("images")),
        cost=_amount(value.get("cost")),
    )
    return None if usage == Usage() else usage


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _amount(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        return None
    return float(value)


def _words(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return " ".join(well_formed(text[:_LONGEST]).split()) or "it does not say why"


def _kind(value: object) -> str:
    names: dict[type, str] = {dict: "an object", list: "a list", bool: "true or false"}
    return names.get(type(value), "a number")
