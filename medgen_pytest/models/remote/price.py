"""Prices: what an answer of an endpoint costs, by a table in the settings of its model."""

from __future__ import annotations

from typing import TypeVar

from pydantic import Field

from medgen_pytest.config.sections import Section
from medgen_pytest.domain.output import Usage

_MILLION = 1_000_000
_Amount = TypeVar("_Amount", int, float)


class PriceSettings(Section):
    """The price table of a model, in one currency for all models of a run; what is not given costs nothing."""

    input_per_million: float = Field(default=0.0, ge=0, description="a million input tokens")
    output_per_million: float = Field(default=0.0, ge=0, description="a million output tokens")
    per_image: float = Field(default=0.0, ge=0, description="an image that it makes")
    per_request: float = Field(default=0.0, ge=0, description="a request that is answered")

    def cost(self, usage: Usage) -> float | None:
        """What one request with this usage costs; None where the table has a price for something unknown."""
        parts = (
            (self.input_per_million / _MILLION, usage.input_tokens),
            (self.output_per_million / _MILLION, usage.output_tokens),
            (self.per_image, usage.images),
            (self.per_request, 1),
        )
        if any(price and amount is None for price, amount in parts):
            return None
        return sum(price * (amount or 0) for price, amount in parts)


def add_usage(*parts: Usage | None) -> Usage | None:
    """The sum of what is known; None where nothing is, and None for each amount that some part does not know."""
    known = [part for part in parts if part is not None]
    if not known:
        return None
    return Usage(
        input_tokens=_sum([part.input_tokens for part in known]),
        output_tokens=_sum([part.output_tokens for part in known]),
        images=_sum([part.images for part in known]),
        cost=_sum([part.cost for part in known]),
    )


def _sum(amounts: list[_Amount | None]) -> _Amount | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known[1:], start=known[0]) if len(known) == len(amounts) else None
