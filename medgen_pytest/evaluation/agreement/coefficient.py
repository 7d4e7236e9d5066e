"""A coefficient: a measure of agreement, or the reason why the ratings have none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient:
    """A number computed from the ratings of `items`; `value` None means that it is not defined, with the `reason`."""

    name: str
    value: float | None
    items: int
    reason: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        data: dict[str, object] = {"name": self.name, "value": self.value, "items": self.items}
        if self.reason is not None:
            data["reason"] = self.reason
        return data


def make_coefficient(name: str, value: float, *, items: int) -> Coefficient:
    """A coefficient that is defined. Raises ValueError for a value that is not finite."""
    if not math.isfinite(value):
        raise ValueError(f"{name} is {value}")
    return Coefficient(name=name, value=float(value), items=items)


def make_undefined(name: str, reason: str, *, items: int) -> Coefficient:
    """A coefficient that these ratings do not define."""
    return Coefficient(name=name, value=None, items=items, reason=reason)


def read_table(ratings: ArrayLike | Sequence[Sequence[float | None]]) -> NDArray[np.float64]:
    """Ratings as an array (items, raters), None as NaN. Raises ValueError for another shape or an infinite rating."""
    table = np.asarray(ratings, dtype=np.float64)
    if table.size == 0:
        return table.reshape(0, 0)
    if table.ndim != 2:  # noqa: PLR2004 - items and raters
        raise ValueError(f"ratings are a table of items and raters, not of {table.ndim} dimensions")
    if np.isinf(table).any():
        raise ValueError("a rating is infinite")
    return table


def read_pairs(
    first: ArrayLike | Sequence[float | None], second: ArrayLike | Sequence[float | None]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The items that both rated, as an array (items, 2), and which of all items they are.

    Raises ValueError for other than two lists of one length and for an infinite rating.
    """
    columns = [np.asarray(column, dtype=np.float64) for column in (first, second)]
    if columns[0].ndim != 1 or columns[0].shape != columns[1].shape:
        raise ValueError(f"two raters need two lists of one length, not {columns[0].shape} and {columns[1].shape}")
    table = np.stack(columns, axis=1)
    if np.isinf(table).any():
        raise ValueError("a rating is infinite")
    both = np.asarray(~np.isnan(table).any(axis=1), dtype=np.bool_)
    return table[both], both
