"""Settling: in the process that reports, decides gates while samples finish, and says which models need no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.errors import MedgenError
from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.gates.trials import Trials
from medgen_pytest.evaluation.outcome import Outcome

if TYPE_CHECKING:
    from medgen_pytest.plugin.claim_folder import ClaimFolder
    from medgen_pytest.plugin.keys import Live
    from medgen_pytest.plugin.state import SessionState


class Settling:
    """Follows the samples of a run that may end early; `claims` is where workers look, if there are any."""

    def __init__(self, state: SessionState, claims: ClaimFolder | None) -> None:
        self._state = state
        self._claims = claims
        self._trials = _trials(state)

    def add(self, live: Live) -> None:
        """Takes a finished sample, and notes if its model needs no more."""
        model = live["model"]
        if self._trials is None or model in self._state.settled:
            return
        outcomes = {name: Outcome(value) for name, value in live["metrics"].items()}
        self._trials.add(model, live["sample_id"], {**outcomes, ACCURACY: Outcome(live["outcome"])})
        if self._trials.needs_no_more(model):
            self._state.settled.add(model)
            if self._claims is not None:
                self._claims.settle(model)


def _trials(state: SessionState) -> Trials | None:
    """The trials of all that the run directory plans; None where that cannot be read, which the ending tells."""
    try:
        policy = state.prepared.policy
        planned = state.store.load().planned
    except MedgenError:
        return None
    return Trials(planned, policy, level=policy.early_stop) if policy.early_stop is not None else None
