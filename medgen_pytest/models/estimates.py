"""Estimates: what answers are expected to take, added up; what nobody knows stays unknown."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, TypeVar

from medgen_pytest.models.contract import Estimate, EstimatedModel, ProbedModel, is_immediate

if TYPE_CHECKING:
    from medgen_pytest.domain.contracts import Model
    from medgen_pytest.domain.sample import Request

_Amount = TypeVar("_Amount", int, float)


def estimate_of(model: Model, request: Request) -> Estimate:
    """What a model says an answer will take; of one that does not say, one request, which only an endpoint charges."""
    if isinstance(model, EstimatedModel):
        return model.estimate(request)
    cost = None if isinstance(model, ProbedModel) else 0.0
    return Estimate(images_sent=len(request.inputs), images_made=int(request.wants_image), cost=cost)


def cautious_estimate_of(model: Model, request: Request) -> Estimate:
    """What a model says an answer will take; of one that does not say, only the request and its images are known."""
    if isinstance(model, EstimatedModel) or is_immediate(model):
        return estimate_of(model, request)
    return Estimate(images_sent=len(request.inputs), images_made=int(request.wants_image))


def add_estimates(*estimates: Estimate) -> Estimate:
    """The sum; an amount that one of them does not know is unknown."""
    return reduce(_both, estimates, Estimate(requests=0, input_tokens=0, output_tokens=0, cost=0.0))


async def probe_of(model: Model) -> str | None:
    """What is wrong with a model's endpoint, as far as it can tell without spending anything."""
    return await model.probe() if isinstance(model, ProbedModel) else None


def _both(one: Estimate, other: Estimate) -> Estimate:
    return Estimate(
        requests=one.requests + other.requests,
        images_sent=one.images_sent + other.images_sent,
        images_made=one.images_made + other.images_made,
        input_tokens=_sum(one.input_tokens, other.input_tokens),
        output_tokens=_sum(one.output_tokens, other.output_tokens),
        cost=_sum(one.cost, other.cost),
    )


def _sum(one: _Amount | None, other: _Amount | None) -> _Amount | None:
    return None if one is None or other is None else one + other
