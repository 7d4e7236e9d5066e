"""The sheet: what experts see and are asked, whatever form it is given to them in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from medgen_pytest.domain.judgement import Tier
    from medgen_pytest.domain.taxonomy import Modality, Task

OVERALL = "overall"
COMMENT = "comment"
LONGEST_TEXT = 20_000
"""Longer texts of datasets and models are cut, and say so."""

_MOST_STEPS = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One dimension of the rubric, asked of outputs of some formats."""

    name: str
    title: str
    question: str
    formats: frozenset[Format] = frozenset(Format)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rubric:
    """What is asked and on which scale, as the run says it: the dimensions, from `low` (worst) to `high` (best)."""

    name: str
    version: str
    digest: str
    low: float
    high: float
    questions: tuple[Question, ...]

    @property
    def steps(self) -> tuple[int, ...]:
        """The marks of the scale where it is one of few whole numbers; else none."""
        if not (self.low.is_integer() and self.high.is_integer() and self.high - self.low < _MOST_STEPS):
            return ()
        return tuple(range(int(self.low), int(self.high) + 1))

    def asked_of(self, form: Format) -> tuple[Question, ...]:
        """The dimensions that a format is asked for."""
        return tuple(question for question in self.questions if form in question.formats)

    def holds(self, value: float) -> bool:
        """Whether a value lies on the scale; NaN does not."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image as a data URL of `width` x `height` pixels, made from one of `original` (width, height)."""

    url: str = field(repr=False)
    width: int
    height: int
    original: tuple[int, int]
    is_exact: bool

    @property
    def caption(self) -> str:
        """Its size, and what it is not if it is not exact."""
        width, height = self.original
        size = f"{width} x {height} pixels"
        if (self.width, self.height) != self.original:
            return f"{size}, shown as {self.width} x {self.height}"
        return size if self.is_exact else f"{size}, compressed with loss"


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetItem:
    """One output to judge. `model` is None where experts must not tell models apart, not even by a letter."""

    id: str
    label: str
    model: str | None
    task: Task
    modality: Modality
    instruction: str
    choices: tuple[str, ...] = ()
    inputs: tuple[Picture, ...] = ()
    reference_image: Picture | None = None
    reference_text: str | None = None
    output_image: Picture | None = None
    output_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything that experts are given. `export` is the id of the draw, which labels carry back."""

    export: str
    tier: Tier
    rubric: Rubric
    items: tuple[SheetItem, ...]

    @property
    def has_reference(self) -> bool:
        """Whether references are shown, as the judge saw them."""
        return self.tier == "with_reference"


def shown(text: str | None) -> str:
    """A text of a dataset or a model as experts see it: hidden characters visible, and not without end."""
    text = text or ""
    rest = len(text) - LONGEST_TEXT
    return visible(text[:LONGEST_TEXT], keep="\n\t") + (f"\n[... {rest} more characters]" if rest > 0 else "")


def number_text(value: float) -> str:
    """A number of the scale without a needless fraction."""
    return f"{value:g}"
