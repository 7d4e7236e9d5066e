"""Raw labels: what a file holds of one output, before it is checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class RawLabel:
    """One output's row of a file. `values` are marks by field as the file has them, the empty ones left out."""

    path: str
    line: int
    expert: str
    id: str
    values: Mapping[str, object] = field(default_factory=dict)
    comment: str = ""
