"""What tests and reports carry from the process that ran a sample to the one that reports it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.result import ResultKey
    from medgen_pytest.evaluation.outcome import Outcome
    from medgen_pytest.plugin.judged import JudgedResult


class Live(TypedDict):
    """A sample that just finished: what is shown while the run goes on. The record itself is in the run directory."""

    model: str
    sample_id: str
    repeat: int
    outcome: str
    metrics: dict[str, str]
    """The outcome under each metric that gates are on, where they may end the run early."""
    cost: float
    """What answer and judgements cost, as far as they say."""


EVALUATING = frozenset({"medgen_output", "medgen_result", "medgen_assert"})
"""The fixtures that ask the model; a test with one of them is part of the plan."""
RUNNER = "medgen-runner"
"""The plugin that is there once a test on the fixtures was collected."""
EARLY_ENDING = "medgen-early-ending"
"""The plugin that is there if the run may end early."""
CASE = "medgen_case"
"""The fixture, and the one parameter, of every test of the benchmark."""

USAGE_PREFIX = "medgen: "
"""How the message of a collection error begins that is the user's to mend (exit code 4)."""

LIVE = pytest.StashKey[Live]()
JUDGED: pytest.StashKey[JudgedResult] = pytest.StashKey()
"""Where a running test keeps its evaluation, so that all its fixtures show the same one."""
REPORT_ATTRIBUTE = "medgen"
"""The attribute of a TestReport that carries a `Live`; pytest and xdist pass plain values on."""


def live(key: ResultKey, outcome: Outcome, metrics: Mapping[str, Outcome], *, cost: float) -> Live:
    """The live line of a finished sample."""
    return Live(
        model=key.model,
        sample_id=key.sample_id,
        repeat=key.repeat,
        outcome=outcome.value,
        metrics={name: found.value for name, found in metrics.items()},
        cost=cost,
    )
