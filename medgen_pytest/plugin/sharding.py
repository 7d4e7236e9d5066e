"""Sharding: of the tests of a session, those of its shard; the rest are deselected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from medgen_pytest.plugin.state import SessionState


class Sharding:
    """Cuts the tests down to a shard after everybody else has chosen, so that all shards choose from the same tests."""

    def __init__(self, state: SessionState) -> None:
        self._state = state

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Deselects the samples of other shards, and notes what all shards together are to ask."""
        if not self._state.is_prepared:
            return
        prepared = self._state.prepared
        shard = prepared.shard
        if shard is None:
            return
        # Loaded by sessions with a shard alone: it costs every other session what the taxonomy and the records cost.
        from medgen_pytest.plugin.collection import case_of, plan_of

        self._state.whole_plan = plan_of(items, prepared)
        cases = [(item, case_of(item)) for item in items]
        others = [item for item, key in cases if key is not None and not shard.takes(key.sample_id)]
        if others:
            config.hook.pytest_deselected(items=others)
            items[:] = [item for item, key in cases if key is None or shard.takes(key.sample_id)]
