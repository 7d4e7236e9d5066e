"""Model rows: the models of a run side by side, with what their answers took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.slices import Slice
from medgen_pytest.evaluation.tally import count_text
from medgen_pytest.reports.figures import NOTHING, clock, money
from medgen_pytest.reports.page.metric_columns import cells_of, metric_columns

if TYPE_CHECKING:
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.evaluation.spending import Amount, ModelSpending
    from medgen_pytest.reports.page.metric_columns import Cell, MetricColumn


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """One model on all of its samples. `share` is its accuracy rate in percent, for a bar."""

    model: str
    cells: tuple[Cell, ...]
    invalid: str
    errors: int
    missing: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendingRow:
    """What the answers of one model, or the judgements of one judge, took; texts, as it is often not known."""

    name: str
    asked: int
    requests: str
    tokens: str
    images: str
    cost: str
    working: str
    first_try: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTable:
    """The models of a run."""

    columns: tuple[MetricColumn, ...]
    rows: tuple[ModelRow, ...]


def model_table(run: RunResult) -> ModelTable:
    """A row for each model, sorted by name."""
    columns = metric_columns(run)
    return ModelTable(columns=tuple(columns), rows=tuple(_row(run, model, columns) for model in run.models))


def spending_rows(run: RunResult) -> list[SpendingRow]:
    """A row for each model and each judge that was asked."""
    models = [_spending_row(spending.model, spending) for spending in run.spending]
    return [*models, *(_spending_row(f"judge {spending.model}", spending) for spending in run.judge_spending)]


def _row(run: RunResult, model: str, columns: list[MetricColumn]) -> ModelRow:
    summary = run.slices[Slice(model=model)]
    tally = summary.tally
    return ModelRow(
        model=model,
        cells=tuple(cells_of(summary, columns)),
        invalid=count_text(tally.invalid),
        errors=tally.error,
        missing=tally.missing,
        share=round(100 * (tally.rate or 0.0), 1),
    )


def _spending_row(name: str, spending: ModelSpending) -> SpendingRow:
    half, most = spending.first_try_within(0.5), spending.first_try_within(0.95)
    return SpendingRow(
        name=name,
        asked=spending.asked,
        requests=_amount(spending.requests),
        tokens=f"{_amount(spending.input_tokens)} / {_amount(spending.output_tokens)}",
        images=_amount(spending.images),
        cost="unknown" if spending.cost.total is None else money(spending.cost.total),
        working=NOTHING if spending.working.total is None else clock(spending.working.total),
        first_try=NOTHING if half is None or most is None else f"{half:.3g} / {most:.3g}",
    )


def _amount(amount: Amount) -> str:
    return NOTHING if amount.total is None else f"{amount.total:,.0f}"
