"""Prompts of the text model: files, one for each format, filled strictly."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medgen_pytest.domain.sample import Request

FORMATS = (Format.MULTIMODAL_GENERATION, Format.IMAGE_EDITING)
"""The formats that have a prompt."""

PLACES = frozenset({"instruction", "images", "sight", "choices"})
"""What a prompt may hold as `${...}`."""

_PLACE = re.compile(r"\$\{([^{}$]*)\}")
_LARGEST = 100_000
_SIGHTED = "The image model is given the same images as you."
_BLIND = "The image model sees none of the images: what you do not tell it, it does not know."


@dataclass(frozen=True, slots=True)
class Prompts:
    """The prompt of each format."""

    texts: Mapping[Format, str]

    @property
    def digest(self) -> str:
        """SHA-256 over them: another prompt is another model."""
        joined = "\0".join(f"{form.value}\0{self.texts[form]}" for form in FORMATS)
        return hashlib.sha256(joined.encode("utf-8")).hexdigest()

    def fill(self, request: Request, *, sighted: bool) -> str:
        """The prompt for a request; `sighted` says whether the image model gets the images, too."""
        values = {
            "instruction": request.instruction.strip(),
            "images": _number_of(len(request.inputs)),
            "sight": _SIGHTED if sighted else _BLIND,
            "choices": "\n".join(request.choices),
        }
        # One pass: what a value holds is never taken for a place.
        return _PLACE.sub(lambda match: values[match[1]], self.texts[request.format]).strip()


def load_prompts(folder: Path | None) -> Prompts:
    """The prompts in a folder (`multimodal_generation.md`, `image_editing.md`), or those of the package.

    One that is not in the folder is the package's. Raises ConfigError for one that cannot be read, has a
    place nobody fills, or none for the instruction.
    """
    return Prompts({form: _load(form, folder) for form in FORMATS})


def _load(form: Format, folder: Path | None) -> str:
    name = f"{form.value}.md"
    own = folder / name if folder is not None else None
    if folder is not None and not folder.is_dir():
        raise ConfigError(f"prompts: {folder} is no folder")
    if own is None or not own.exists():
        return (files("medgen_pytest.models.compositional") / "prompts" / name).read_text(encoding="utf-8")
    try:
        text = own.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"prompts: {own} cannot be read: {error}") from error
    return _checked(text, where=str(own))


def _checked(text: str, *, where: str) -> str:
    places = set(_PLACE.findall(text))
    unknown = sorted(places - PLACES)
    if unknown:
        known = ", ".join(sorted(PLACES))
        raise ConfigError(f"prompts: {where} has the place ${{{unknown[0]}}}, which nobody fills; known: {known}")
    if "instruction" not in places:
        raise ConfigError(f"prompts: {where} has no ${{instruction}}: the model would not know what is asked")
    if len(text) > _LARGEST:
        raise ConfigError(f"prompts: {where} has {len(text)} characters, more than {_LARGEST}")
    return text


def _number_of(images: int) -> str:
    if images == 1:
        return "the image that comes with it"
    return f"the {images} images that come with it" if images else "no image"
