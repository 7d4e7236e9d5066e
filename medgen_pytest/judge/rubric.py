"""Rubrics: what a judge is asked, on which scale, and how its overall score is made."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.errors import ConfigError, unknown_name
from medgen_pytest.judge.places import PromptName, check_places, fill_places
from medgen_pytest.judge.rubric_file import read_rubric_file, read_rubric_text

if TYPE_CHECKING:
    from collections.abc import Mapping

Overall = Literal["asked", "mean", "lowest"]
"""How the overall score is made: as the judge says, or as mean or lowest score of the dimensions."""

_BUNDLED = resources.files("medgen_pytest.judge") / "rubrics"
# Raised whenever what is put into the places changes, or the fences or captions around it.
_FILLING = 2
_LINE = Annotated[str, Field(min_length=1, max_length=1000)]
_FormatName = Literal["vqa", "image_editing", "multimodal_generation"]
_DimensionName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
_Prompt = Annotated[str, Field(min_length=1, max_length=50_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """One thing to judge; `formats` are those it is asked for, all when empty."""

    name: str
    title: str
    question: str
    formats: tuple[Format, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """Dimensions, scale and prompts under a name; two rubrics of one digest ask alike.

    The scale runs from `low` to `high`, higher is better. `checklist` holds, for a format, the lines to go through
    before judging. `prompts` have places `${...}`, see `places`.
    """

    name: str
    version: str
    source: str | None = None
    low: float
    high: float
    overall: Overall
    dimensions: tuple[Dimension, ...]
    checklist: Mapping[Format, tuple[str, ...]] = field(default_factory=dict)
    prompts: Mapping[PromptName, str] = field(repr=False)

    def dimensions_for(self, form: Format) -> tuple[Dimension, ...]:
        """The dimensions that are asked for outputs of a format, in the order of the rubric."""
        return tuple(dimension for dimension in self.dimensions if not dimension.formats or form in dimension.formats)

    def checklist_for(self, form: Format) -> tuple[str, ...]:
        """The lines to go through before outputs of a format are judged."""
        return tuple(self.checklist.get(form, ()))

    @property
    def digest(self) -> str:
        """SHA-256 over everything that can change a judgement; name, version and source cannot."""
        asked = {key: value for key, value in self.to_dict().items() if key not in ("name", "version", "source")}
        # A list keeps the order of the dimensions, in which they are asked.
        asked["dimensions"] = [[dimension.name, _dimension_dict(dimension)] for dimension in self.dimensions]
        text = json.dumps([_FILLING, asked], sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def fill(self, prompt: PromptName, values: Mapping[str, str]) -> str:
        """A prompt with its places filled; `low` and `high` are known."""
        return fill_places(self.prompts[prompt], {**values, "low": f"{self.low:g}", "high": f"{self.high:g}"})

    def reply_format(self, form: Format) -> str:
        """The reply that is asked for, as one line of JSON in which each number is still `null`.

        A judge that sends it back as it stands has given no score.
        """
        scores = {dimension.name: None for dimension in self.dimensions_for(form)}
        return json.dumps({"analysis": "...", "scores": scores, "overall": None})

    def reply_schema(self, form: Format) -> dict[str, object]:
        """The JSON Schema of the reply: the analysis first, then a score for each dimension, then the overall score."""
        number: dict[str, object] = {"type": "number", "minimum": self.low, "maximum": self.high}
        names = [dimension.name for dimension in self.dimensions_for(form)]
        return _object_schema(
            {
                "analysis": {"type": "string"},
                "scores": _object_schema({name: dict(number) for name in names}),
                "overall": dict(number),
            }
        )

    def to_dict(self) -> dict[str, object]:
        """Plain values, as a rubric file holds them; `rubric_from_dict` gives back an equal rubric."""
        data: dict[str, object] = {
            "name": self.name,
            "version": self.version,
            "source": self.source,
            "scale": {"low": self.low, "high": self.high},
            "overall": self.overall,
            "dimensions": {dimension.name: _dimension_dict(dimension) for dimension in self.dimensions},
            "checklist": {form.value: list(lines) for form, lines in sorted(self.checklist.items())},
            "prompts": dict(sorted(self.prompts.items())),
        }
        return data if self.source is not None else {key: value for key, value in data.items() if key != "source"}


class _Part(BaseModel):
    # Strict: a scale from `yes` to "10" is a slip of the pen.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Scale(_Part):
    low: float = Field(ge=-1e6, le=1e6)
    high: float = Field(ge=-1e6, le=1e6)


class _Dimension(_Part):
    title: str = Field(min_length=1, max_length=100)
    question: _LINE
    formats: list[_FormatName] = Field(default_factory=list, max_length=3)


class _Prompts(_Part):
    with_reference: _Prompt
    without_reference: _Prompt
    repair: _Prompt


class _Document(_Part):
    name: str = Field(min_length=1, max_length=100)
    version: str = Field(min_length=1, max_length=100)
    source: str | None = Field(default=None, max_length=1000)
    scale: _Scale
    overall: Overall
    dimensions: dict[_DimensionName, _Dimension] = Field(min_length=1, max_length=20)
    checklist: dict[_FormatName, Annotated[list[_LINE], Field(max_length=50)]] = Field(default_factory=dict)
    prompts: _Prompts


def bundled_rubrics() -> tuple[str, ...]:
    """The names of the rubrics that come with the package."""
    names = [Path(entry.name).stem for entry in _BUNDLED.iterdir() if entry.name.endswith(".yaml")]
    return tuple(sorted(names))


def load_rubric(name_or_path: str, *, root: Path) -> Rubric:
    """A bundled rubric by name, or one's own by the path of its YAML file, relative to `root`.

    Raises ConfigError for an unknown name and for a file that is no rubric.
    """
    if name_or_path in bundled_rubrics():
        text = (_BUNDLED / f"{name_or_path}.yaml").read_text(encoding="utf-8")
        return _build(read_rubric_text(text, where=name_or_path), where=name_or_path)
    if not name_or_path.endswith((".yaml", ".yml")):
        raise ConfigError(
            unknown_name("rubric", name_or_path, bundled_rubrics()) + "; or give the path of a .yaml file"
        )
    path = root / name_or_path
    try:
        data = read_rubric_file(path)
    except ConfigError as error:
        raise ConfigError(f"rubric {name_or_path}: {error}") from error
    return _build(data, where=str(path))


def rubric_from_dict(data: object) -> Rubric:
    """The rubric that `Rubric.to_dict` wrote. Raises ConfigError for anything else."""
    return _build(data, where="stored rubric")


def _build(data: object, *, where: str) -> Rubric:
    try:
        document = _Document.model_validate(data)
        rubric = _rubric(document)
        _check(rubric)
    except ValidationError as error:
        raise ConfigError(f"rubric {where}: {_explain(error)}") from error
    except ConfigError as error:
        raise ConfigError(f"rubric {where}: {error}") from error
    return rubric


def _rubric(document: _Document) -> Rubric:
    return Rubric(
        name=document.name,
        version=document.version,
        source=document.source,
        low=float(document.scale.low),
        high=float(document.scale.high),
        overall=document.overall,
        dimensions=tuple(
            Dimension(
                name=name,
                title=found.title,
                question=found.question,
                formats=tuple(sorted({Format(form) for form in found.formats})),
            )
            for name, found in document.dimensions.items()
        ),
        checklist={Format(form): tuple(lines) for form, lines in document.checklist.items() if lines},
        prompts={
            "with_reference": document.prompts.with_reference,
            "without_reference": document.prompts.without_reference,
            "repair": document.prompts.repair,
        },
    )


def _check(rubric: Rubric) -> None:
    """Raises ConfigError for a scale that is none, a format without dimensions and wrong places."""
    if not (math.isfinite(rubric.low) and math.isfinite(rubric.high) and rubric.low < rubric.high):
        raise ConfigError(f"scale: low {rubric.low:g} must be less than high {rubric.high:g}")
    bare = [form.value for form in Format if not rubric.dimensions_for(form)]
    if bare:
        raise ConfigError(f"dimensions: none is asked for format {bare[0]}")
    for name, text in rubric.prompts.items():
        check_places(name, text, checklist=bool(rubric.checklist))


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "the file"
    if first["type"] == "extra_forbidden" and len(first["loc"]) == 1:
        return unknown_name("key", place, _Document.model_fields)
    return f"{place}: {first['msg'][:1].lower()}{first['msg'][1:]}"


def _dimension_dict(dimension: Dimension) -> dict[str, object]:
    return {
        "title": dimension.title,
        "question": dimension.question,
        "formats": [form.value for form in dimension.formats],
    }


def _object_schema(properties: Mapping[str, object]) -> dict[str, object]:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
