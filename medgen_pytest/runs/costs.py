"""Costs that are known before the run: whether a budget can be kept at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.errors import ImageError
from medgen_pytest.models.contract import EstimatedModel, ProbedModel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.sample import Sample


def has_unknown_cost(model: Model, samples: Iterable[Sample]) -> bool:
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
