"""The early ending: in each process that runs tests, asks in a random order, and only while gates are open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.random_order import random_place
from medgen_pytest.evaluation.early_stop import REASON
from medgen_pytest.plugin.claim_folder import ClaimFolder
from medgen_pytest.plugin.collection import asked_by, case_of

if TYPE_CHECKING:
    from medgen_pytest.plugin.state import SessionState


class EarlyEnding:
    """Registered when the tests of a run that may end early are collected."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        folder = state.note_of_controller().get("claims")
        self._claims = ClaimFolder(Path(folder)) if folder is not None else None

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Puts the tests of the benchmark, on the places that they have, into the random order of their samples."""
        cases = [(place, item, key) for place, item in enumerate(items) if (key := case_of(item)) is not None]
        ordered = sorted(cases, key=lambda case: (case[2].model, random_place(case[2].sample_id)))
        for (place, _, _), (_, item, _) in zip(cases, ordered, strict=True):
            items[place] = item

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skips a test that would ask a model of which nothing more is wanted."""
        key = asked_by(item)
        if key is not None and self._is_settled(key.model):
            pytest.skip(REASON)

    def _is_settled(self, model: str) -> bool:
        settled = self._state.settled
        if self._claims is not None and model not in settled and self._claims.has_settled(model):
            settled.add(model)
        return model in settled
