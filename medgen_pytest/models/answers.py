"""Answers: whatever a user's function returns, as a ModelOutput."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.errors import ImageError, OutputError
from medgen_pytest.images import decode, from_pil
from medgen_pytest.models.pixels import is_array, to_pixels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PAIR = 2
_KEYS = ("image", "text")
_ACCEPTED = "str, PIL image, array, bytes, Path, (text, image), {'text': ..., 'image': ...} or ModelOutput"


def to_output(value: object, *, name: str) -> ModelOutput:
    """The output that a model called `name` meant by returning `value`.

    Taken are text (str), images (PIL image; array or tensor, see `pixels.to_pixels`; bytes of an image
    file; Path of one), a tuple of a text and an image in any order, a mapping with `text` and `image`,
    and a ModelOutput. A str is always text, never a path. Raises OutputError for anything else, for
    nothing, and for an image that is none.
    """
    if isinstance(value, ModelOutput):
        image = value.image if value.image is None else _image(value.image, name=name)
        return dataclasses.replace(value, text=_text(value.text), image=image)
    text, image_value = _parts(value)
    if text is None and image_value is None:
        raise OutputError("the model returned nothing")
    return ModelOutput(text=_text(text), image=None if image_value is None else _image(image_value, name=name))


def _text(value: str | None) -> str | None:
    try:
        return value if value is None else value.encode("utf-8").decode("utf-8")
    except UnicodeEncodeError as error:
        raise OutputError(
            f"the model's text is no Unicode text (character {error.start} is a lone surrogate)"
        ) from error


def _parts(value: object) -> tuple[str | None, object]:
    if isinstance(value, tuple):
        return _tuple_parts(value)
    if isinstance(value, Mapping):
        return _mapping_parts(value)
    if isinstance(value, str):
        return value, None
    return None, value


def _tuple_parts(value: tuple[object, ...]) -> tuple[str | None, object]:
    if len(value) != _PAIR:
        raise OutputError(f"the model returned a tuple of {len(value)}; needed: (text, image)")
    texts = [part for part in value if isinstance(part, str)]
    images = [part for part in value if part is not None and not isinstance(part, str)]
    if len(texts) > 1 or len(images) > 1:
        kinds = ", ".join(type(part).__name__ for part in value)
        raise OutputError(f"the model returned the tuple ({kinds}); needed: (text, image)")
    return (texts[0] if texts else None), (images[0] if images else None)


def _mapping_parts(value: Mapping[object, object]) -> tuple[str | None, object]:
    unknown = sorted(repr(key) for key in value if key not in _KEYS)
    if unknown:
        raise OutputError(f"the model returned a mapping with the key {', '.join(unknown)}; known: {', '.join(_KEYS)}")
    text, image = value.get("text"), value.get("image")
    if text is not None and not isinstance(text, str):
        raise OutputError(f"the model returned a text of type {type(text).__name__}; needed: str")
    if isinstance(image, str):
        raise OutputError("the model returned an image of type str; for a file, return a pathlib.Path")
    return text, image


def _image(value: object, *, name: str) -> NDArray[np.uint8]:
    label = f"image returned by {name}"
    try:
        if isinstance(value, Image.Image):
            return from_pil(value)
        if isinstance(value, Path):
            return decode(value.read_bytes(), name=f"{label} ({value})")
        if isinstance(value, bytes | bytearray | memoryview):
            return decode(bytes(value), name=label)
    except (ImageError, ValueError) as error:
        raise OutputError(str(error)) from error
    except OSError as error:
        raise OutputError(f"{label}: {value} cannot be read: {error.strerror or error}") from error
    if is_array(value):
        return to_pixels(value)
    raise OutputError(f"the model returned {type(value).__name__}; accepted: {_ACCEPTED}")
