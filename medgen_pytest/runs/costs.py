"""Costs that are known before the run: whether a budget can be kept at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.errors import ImageError
from medgen_pytest.models.contract import EstimatedModel, ProbedModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.sample import Sample


_UNKNOWN = "its cost is not known, so no budget can be kept: give it a price (zeros if it is free)"


def budget_problems(model: Model, samples: Iterable[Sample], *, budget: float | None) -> list[str]:
    """Why a budget cannot be kept with a model, in one line; nothing without a budget."""
    return [_UNKNOWN] if budget is not None and _has_unknown_cost(model, samples) else []


def _has_unknown_cost(model: Model, samples: Iterable[Sample]) -> bool:
    """Whether a model behind an endpoint cannot say beforehand what an answer costs, of some format.

    A model of this machine costs nothing, unless it says so with its answers.
    """
    if not isinstance(model, EstimatedModel):
        return isinstance(model, ProbedModel)
    return any(cost is None for cost in _costs(model, samples))


def _costs(model: EstimatedModel, samples: Iterable[Sample]) -> Iterator[float | None]:
    """What the first readable sample of each format is estimated to cost."""
    seen = set()
    for sample in samples:
        if sample.format in seen:
            continue
        try:
            cost = model.estimate(sample.request()).cost
        except ImageError:  # one that cannot be read is an error of its own later
            continue
        seen.add(sample.format)
        yield cost
