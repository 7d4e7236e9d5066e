"""Preprocessor config: the preprocessing that a model of the hub asks for, read from its own files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError

from medgen_pytest.config.json_object import read_json_object
from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.embedding.preprocessing import Preprocessing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medgen_pytest.metrics.hub import HubModel

_STEPS = frozenset({"do_resize", "do_center_crop", "do_rescale", "do_normalize", "do_convert_rgb"})
# What other image processors do besides; each would change the pixels.
_OTHER_STEPS = ("crop_pct", "size_divisor", "rescale_offset", "pad_size", "patch_size", "reducing_gap")
# A single number means the shortest edge to some processors, which also cut unless told otherwise, and both
# edges to others.
_BY_SHORTEST_EDGE = ("CLIP", "ChineseCLIP", "Bit")
_BY_BOTH_EDGES = ("ViT", "DeiT", "Siglip", "Beit")

_Triple = tuple[float, float, float]


class _Edges(BaseModel):
    model_config = ConfigDict(extra="forbid")

    height: StrictInt = Field(ge=1)
    width: StrictInt = Field(ge=1)


class _Shortest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    shortest_edge: StrictInt = Field(ge=1)


class _Keys(BaseModel):
    """Base of the keys that one step needs."""

    model_config = ConfigDict(allow_inf_nan=False)


_K = TypeVar("_K", bound=_Keys)


class _Steps(_Keys):
    image_processor_type: str = ""
    feature_extractor_type: str = ""
    do_resize: StrictBool = True
    do_center_crop: StrictBool | None = None
    do_rescale: StrictBool = True
    do_normalize: StrictBool = True
    crop_size: object = None

    @property
    def kind(self) -> str:
        """The class of the processor."""
        return self.image_processor_type or self.feature_extractor_type

    @property
    def cut(self) -> bool:
        """Whether images are cut around their middle, which a file that names a size means too."""
        if self.do_center_crop is None:
            return self.crop_size is not None or self.kind.startswith(_BY_SHORTEST_EDGE)
        return self.do_center_crop


class _Resizing(_Keys):
    size: _Shortest | _Edges | StrictInt
    resample: Literal[0, 1, 2, 3, 4, 5]


class _Cutting(_Keys):
    crop_size: _Edges | StrictInt


class _Rescaling(_Keys):
    rescale_factor: float = 1 / 255


class _Normalising(_Keys):
    image_mean: _Triple | float
    image_std: _Triple | float


def read_preprocessing(model: HubModel) -> Preprocessing:
    """The preprocessing of a model by its `preprocessor_config.json`.

    Raises ConfigError naming the file for what cannot be read, for a key that is missing or wrong, and
    for a step that is not known: another preprocessing than the model's own makes other numbers.
    """
    path = next((part for part in model.parts if part.name == "preprocessor_config.json"), model.parts[0])
    settings = _read(path)
    _refuse_other_steps(settings, path)
    steps = _parse(_Steps, settings, path)
    made = _resized(settings, steps, path) if steps.do_resize else Preprocessing()
    if steps.cut:
        made = replace(made, crop_to=_edges(_parse(_Cutting, settings, path).crop_size))
    if steps.do_rescale:
        made = replace(made, scale=_parse(_Rescaling, settings, path).rescale_factor)
    return _normalised(made, settings, path) if steps.do_normalize else made


def _read(path: Path) -> Mapping[str, object]:
    read = read_json_object(path)
    # The file of a whole processor holds that of its image processor.
    inner = read.get("image_processor")
    return inner if isinstance(inner, dict) else read


def _refuse_other_steps(settings: Mapping[str, object], path: Path) -> None:
    steps = (key for key in settings if key.startswith("do_") and key not in _STEPS)
    asked = sorted(key for key in (*steps, *_OTHER_STEPS) if settings.get(key))
    if asked:
        raise ConfigError(f"{path}: the step {asked[0]!r} of this image processor is not supported; use another model")


def _parse(keys: type[_K], settings: Mapping[str, object], path: Path) -> _K:
    try:
        return keys.model_validate(settings)
    except ValidationError as error:
        detail = error.errors(include_url=False, include_context=False)[0]
        key, *inside = detail["loc"]
        is_missing = detail["type"] == "missing" and not inside
        what = "is missing" if is_missing else f"is not as expected: {detail['msg']}"
        raise ConfigError(f"{path}: the key {key!r} {what}") from error


def _resized(settings: Mapping[str, object], steps: _Steps, path: Path) -> Preprocessing:
    asked = _parse(_Resizing, settings, path)
    size = asked.size
    if isinstance(size, _Shortest):
        return Preprocessing(resample=asked.resample, shortest_edge=size.shortest_edge)
    if isinstance(size, int) and _keeps_proportions(steps.kind, path):
        return Preprocessing(resample=asked.resample, shortest_edge=size)
    return Preprocessing(resample=asked.resample, resize_to=_edges(size))


def _normalised(made: Preprocessing, settings: Mapping[str, object], path: Path) -> Preprocessing:
    asked = _parse(_Normalising, settings, path)
    std = _triple(asked.image_std)
    if min(std) <= 0:
        raise ConfigError(f"{path}: the key 'image_std' is not as expected: deviations are above 0")
    return replace(made, mean=_triple(asked.image_mean), std=std)


def _keeps_proportions(kind: str, path: Path) -> bool:
    """Whether a processor of this class takes a single number as the shortest edge."""
    if kind.startswith(_BY_SHORTEST_EDGE):
        return True
    if kind.startswith(_BY_BOTH_EDGES):
        return False
    raise ConfigError(
        f"{path}: the key 'size' is a single number, which {kind or 'a processor without a name'} may mean either "
        'way; write {"shortest_edge": N} or {"height": N, "width": N}'
    )


def _edges(size: _Edges | int) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else (size.height, size.width)


def _triple(value: _Triple | float) -> _Triple:
    return value if isinstance(value, tuple) else (value, value, value)
