"""Parts: of a session that pytest-split cuts, every sample is planned, so that a part never passes for the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError
from medgen_pytest.plugin.state import STATE

if TYPE_CHECKING:
    import pytest

    from medgen_pytest.runs.prepare import PreparedRun


def part_of(config: pytest.Config) -> str | None:
    """Which part of how many pytest-split leaves, like `1/2`; None where it leaves everything."""
    count, index = config.getoption("splits", default=None), config.getoption("group", default=None)
    is_split = isinstance(count, int) and isinstance(index, int) and count > 1
    return f"{index}/{count}" if is_split and config.pluginmanager.has_plugin("pytestsplitplugin") else None


def keep_plan(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keeps the plan as it is before pytest-split takes the tests of other parts away."""
    state = config.stash[STATE]
    if part_of(config) is None or not state.is_prepared:
        return
    from medgen_pytest.plugin.collection import plan_of

    state.plan_of_all_parts = plan_of(items, state.prepared)


def check_part(config: pytest.Config, prepared: PreparedRun) -> None:
    """Raises ConfigError for what a part of a run cannot be besides."""
    part = part_of(config)
    if part is None:
        return
    if prepared.shard is not None:
        raise ConfigError(
            f"--splits of pytest-split and --medgen-shard={prepared.shard} both cut the samples; leave out one of them"
        )
    if prepared.policy.early_stop is not None:
        raise ConfigError(
            "early_stop: pytest-split leaves a part that is no random one; leave out --medgen-early-stop or --splits"
        )


def part_line(config: pytest.Config) -> str | None:
    """What to know of a part of a run, for those who read its summary; None for whole runs."""
    part = part_of(config)
    if part is None:
        return None
    return (
        f"part {part} of pytest-split: the samples of other parts are missing here; `medgen merge` joins the parts."
        f" (--medgen-shard={part} makes parts that leave the gates to it.)"
    )
