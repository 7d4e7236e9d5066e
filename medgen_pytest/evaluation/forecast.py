"""Forecasts: what asking for the planned samples is expected to take, at most; unknown stays unknown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from medgen_pytest.models.contract import Estimate

_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelForecast:
    """What one model or judge will be asked, and what that takes; None where some sample's part of it is not known."""

    model: str
    samples: int
    finished: int = 0
    requests: int | None = None
    images_sent: int | None = None
    images_made: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgingForecast:
    """What the judges will be asked, in one request a judgement, and how; `warnings` speak against some of them.

    A judge's `samples` are the outputs that it has to judge. Second requests, for replies that cannot be read,
    are not among the requests.
    """

    judges: Sequence[ModelForecast]
    rubric: str
    tiers: Sequence[str]
    repeats: int = 1
    swap: bool = False
    warnings: Sequence[str] = ()

    @property
    def cost(self) -> float | None:
        """What all judges together will cost, at most; None if that is not known of some."""
        return _sum([judge.cost for judge in self.judges])


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """A run before it starts: what each model and judge will take, what keeps it from working, and the budget."""

    models: Sequence[ModelForecast]
    judging: JudgingForecast | None = None
    problems: Sequence[str] = ()
    budget: float | None = None
    spent: float = 0.0

    @property
    def cost(self) -> float | None:
        """What all models and judges together will cost, at most; None if that is not known of some."""
        judges = [self.judging.cost] if self.judging is not None else []
        return _sum([*(model.cost for model in self.models), *judges])

    @property
    def unknown(self) -> list[str]:
        """The models and judges whose cost is not known, like `my-vlm` and `judge gpt`."""
        judges = self.judging.judges if self.judging is not None else ()
        return [
            *(model.model for model in self.models if model.cost is None),
            *(f"judge {judge.model}" for judge in judges if judge.cost is None),
        ]

    @property
    def judges_share(self) -> float | None:
        """The part of the budget, 1 being all of it, that judging will take at most; None if that is not known."""
        cost = self.judging.cost if self.judging is not None else None
        return cost / self.budget if cost is not None and self.budget else None


def forecast_of(model: str, estimates: Iterable[Estimate | None], *, finished: int = 0) -> ModelForecast:
    """The sum of the estimates of a model's samples; None stands for a sample of which nothing is known."""
    found = list(estimates)
    known = [estimate for estimate in found if estimate is not None]
    if len(known) < len(found):
        return ModelForecast(model=model, samples=len(found), finished=finished)
    return ModelForecast(
        model=model,
        samples=len(found),
        finished=finished,
        requests=sum(estimate.requests for estimate in known),
        images_sent=sum(estimate.images_sent for estimate in known),
        images_made=sum(estimate.images_made for estimate in known),
        input_tokens=_sum([estimate.input_tokens for estimate in known]),
        output_tokens=_sum([estimate.output_tokens for estimate in known]),
        cost=_sum([estimate.cost for estimate in known]),
    )


def _sum(amounts: list[_Number | None]) -> _Number | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, start=known[0] * 0 if known else 0) if len(known) == len(amounts) else None
