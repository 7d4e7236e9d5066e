"""The lines on what a run took: one for each model whose answers say anything about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.figures import clock, money
from medgen_pytest.reports.line import Line, wrapped
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.evaluation.spending import Amount, ModelSpending


def spending_lines(run: RunResult, *, width: int) -> list[Line]:
    """Like `my-vlm took: 120 requests, 96000 tokens in, 0.42, first try 1.2 s (p50) 4.5 s (p95)`.

    An amount that only some of the answers say stands with their number. A cost that none says is unknown, not 0.
    """
    texts = [_text(spending) for spending in run.spending if spending.says_anything]
    texts += [f"judge {_text(spending)}" for spending in run.judge_spending if spending.says_anything]
    return wrapped(*texts, width=width)


def _text(spending: ModelSpending) -> str:
    amounts: list[tuple[Amount, Callable[[float], str]]] = [
        (spending.requests, lambda total: counted(round(total), "request")),
        (spending.input_tokens, lambda total: f"{total:.0f} tokens in"),
        (spending.output_tokens, lambda total: f"{total:.0f} tokens out"),
        (spending.images, lambda total: counted(round(total), "image")),
        (spending.cost, lambda total: f"cost {money(total)}"),
        (spending.working, lambda total: f"{clock(total)} working"),
        (spending.waiting, lambda total: f"{clock(total)} waiting"),
    ]
    parts = [
        "cost unknown" if amount.total is None else _part(amount, shown, asked=spending.asked)
        for amount, shown in amounts
        if amount.total is not None or amount is spending.cost
    ]
    half, most = spending.first_try_within(0.5), spending.first_try_within(0.95)
    if half is not None and most is not None:
        parts.append(f"first try {half:.3g} s (p50), {most:.3g} s (p95)")
    return f"{visible(spending.model)} took: {', '.join(parts)}"


def _part(amount: Amount, shown: Callable[[float], str], *, asked: int) -> str:
    text = shown(amount.total or 0.0)
    return text if amount.answers >= asked else f"{text} ({amount.answers} of {asked} answers)"
