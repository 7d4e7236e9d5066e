"""Making the evaluator of a process from the session's state."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from medgen_pytest.models.meter import OwnMeter

if TYPE_CHECKING:
    from medgen_pytest.engine.claims import Claims
    from medgen_pytest.engine.evaluator import Evaluator
    from medgen_pytest.models.meter import Meter
    from medgen_pytest.plugin.state import SessionState


def make_evaluator(state: SessionState) -> Evaluator:
    """The evaluator of this process. Raises StoreError when the run to resume or the claims cannot be read."""
    # Only here: a process that asks nothing, like the controller of pytest-xdist, loads no engine.
    from medgen_pytest.engine.evaluator import EvaluationPolicy, Evaluator, Schedule

    prepared = state.prepared
    window = prepared.settings.window
    return Evaluator(
        models=prepared.models,
        metrics=prepared.metrics,
        store=state.store,
        policy=EvaluationPolicy(
            worker=state.worker,
            timeout=prepared.settings.timeout,
            on_size_mismatch=prepared.profile.on_size_mismatch,
            secrets=prepared.secrets,
            max_consecutive_errors=prepared.settings.max_consecutive_errors,
            meter=prepared.meter,
            bench=prepared.bench,
        ),
        finished=state.store.load().results if state.run_settings.resume is not None else None,
        schedule=Schedule(
            order=state.order.keys,
            find=state.sample,
            window=max(1, window // state.workers),
            ahead=window > 1,
            claims=_claims(state),
        ),
    )


def make_meter(state: SessionState) -> Meter:
    """The meter of this process. Raises ConfigError, and StoreError when the run to resume cannot be read."""
    budget = state.run_settings.settings.budget
    if budget is None:
        return OwnMeter()
    folder = state.note_of_controller().get("claims")
    if folder is None:
        return OwnMeter(budget, spent=state.spent_before())
    from medgen_pytest.engine.meter_table import MeterTable

    table = MeterTable(Path(folder), budget=budget, spent=state.spent_before())
    state.closing.callback(table.close)
    return table


def _claims(state: SessionState) -> Claims:
    folder = state.note_of_controller().get("claims")
    if folder is None:
        from medgen_pytest.engine.claims import OwnClaims

        return OwnClaims()
    from medgen_pytest.engine.claim_table import ClaimTable

    return ClaimTable(Path(folder))
