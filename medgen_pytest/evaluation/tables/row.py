"""Rows: what one source says of one system in one block of a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.system_kind import SystemKind
    from medgen_pytest.domain.taxonomy import Format, Modality
    from medgen_pytest.evaluation.conditions import Conditions

CellKind = Literal["rates", "means"]
"""What the cells of a table are: accuracy rates in percent, or mean scores in the units of each metric."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A number with its interval, where there are any.

    `planned` are the samples that it should be over. `unjudged` are those of them without a verdict, which a rate
    counts as not accurate; of a mean, those without a score, which it leaves out.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    planned: int | None = None
    unjudged: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A run or a table that rows come from; `conditions` are None where a table does not say them."""

    name: str
    conditions: Conditions | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A system in the block of a format, or of a format and a modality.

    `cells` are by metric, or `accuracy`. `sample_set` is a digest of the ids of its samples. `sampling` says how
    repeats count, where there are any.
    """

    format: Format
    modality: Modality | None = None
    system: str
    kind: SystemKind
    source: Source
    cells: Mapping[str, Cell] = field(default_factory=dict)
    samples: int | None = None
    sample_set: str | None = None
    sampling: str | None = None
