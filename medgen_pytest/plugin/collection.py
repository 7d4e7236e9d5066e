"""Collection: which model and sample each test runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.result import ResultKey
from medgen_pytest.domain.taxonomy import parse_format, parse_modality, parse_task
from medgen_pytest.engine.selection import Selection
from medgen_pytest.errors import ConfigError, MedgenError, unknown_name
from medgen_pytest.plugin.case import MedgenCase
from medgen_pytest.plugin.keys import CASE, EARLY_ENDING, EVALUATING, RUNNER, USAGE_PREFIX
from medgen_pytest.plugin.option_parser import hint_for
from medgen_pytest.plugin.order import Order
from medgen_pytest.plugin.state import STATE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from medgen_pytest.plugin.state import SessionState
    from medgen_pytest.runs.prepare import PreparedRun

MARKER = "medgen"
_CONDITIONS = ("format", "task", "modality", "subtask")


def parametrise(metafunc: pytest.Metafunc) -> None:
    """Gives a test its cases, one for each model, sample and repeat that its marker lets through.

    Raises CollectError, which becomes exit code 4, for settings and markers that cannot work.
    """
    state = metafunc.config.stash[STATE]
    _register_runner(metafunc.config, state)
    try:
        prepared = state.prepared
        selection = _selection(list(metafunc.definition.iter_markers(MARKER)))
    except MedgenError as error:
        raise pytest.Collector.CollectError(f"{USAGE_PREFIX}{error}{hint_for(error, metafunc.config)}") from error
    if prepared.policy.early_stop is not None:
        _register_early_ending(metafunc.config, state)
    cases = [
        MedgenCase(ResultKey(model, sample.sample_id, repeat), state)
        for model in sorted(prepared.models)
        for sample in prepared.samples
        if prepared.asks(model, sample) and selection.takes(sample)
        for repeat in range(prepared.settings.repeats)
    ]
    # One parameter, because pytest joins the ids of several with "-", which model names contain.
    metafunc.parametrize(CASE, cases, ids=[case.key.label(is_repeated=prepared.settings.repeats > 1) for case in cases])


def _register_runner(config: pytest.Config, state: SessionState) -> None:
    if not config.pluginmanager.has_plugin(RUNNER):
        from medgen_pytest.plugin.runner import Runner

        config.pluginmanager.register(Runner(state), RUNNER)


def _register_early_ending(config: pytest.Config, state: SessionState) -> None:
    if not config.pluginmanager.has_plugin(EARLY_ENDING):
        from medgen_pytest.plugin.early_ending import EarlyEnding

        config.pluginmanager.register(EarlyEnding(state), EARLY_ENDING)


def case_of(item: pytest.Item) -> ResultKey | None:
    """The case of a test; None for a test that does not use the fixtures."""
    callspec = getattr(item, "callspec", None)
    case = callspec.params.get(CASE) if callspec is not None else None
    return case.key if isinstance(case, MedgenCase) else None


def asked_by(item: pytest.Item) -> ResultKey | None:
    """What a test asks a model; None for a test that asks nothing."""
    return None if EVALUATING.isdisjoint(getattr(item, "fixturenames", ())) else case_of(item)


def drop_idle(items: list[pytest.Item]) -> None:
    """Takes out tests that no sample was left for."""
    items[:] = [item for item in items if CASE not in getattr(item, "fixturenames", ()) or case_of(item) is not None]


def plan_of(items: Iterable[pytest.Item], prepared: PreparedRun) -> list[PlannedSample]:
    """What the tests of a session will ask for, sorted by model, sample id and repeat."""
    nodeids: dict[ResultKey, list[str]] = {}
    for nodeid, key in _wanted(items):
        nodeids.setdefault(key, []).append(nodeid)
    samples = {sample.sample_id: sample for sample in prepared.samples}
    return [
        PlannedSample.of(samples[key.sample_id], model=key.model, repeat=key.repeat, nodeids=tuple(nodeids[key]))
        for key in sorted(nodeids)
    ]


def order_of(items: Iterable[pytest.Item]) -> Order:
    """What the tests of a session will ask for, in their order; tests that are marked to be skipped do not count."""
    wanted = list(_wanted(item for item in items if not _is_skipped(item)))
    positions = {nodeid: position for position, (nodeid, _) in enumerate(wanted)}
    return Order(keys=tuple(key for _, key in wanted), positions=positions)


def _wanted(items: Iterable[pytest.Item]) -> Iterator[tuple[str, ResultKey]]:
    """The tests that ask a model, by node id, and what for."""
    for item in items:
        key = asked_by(item)
        if key is not None:
            yield item.nodeid, key


def _is_skipped(item: pytest.Item) -> bool:
    # Conditions that are texts are left to pytest, which evaluates them when the test's turn comes.
    conditional = (mark.args[:1] == (True,) for mark in item.iter_markers("skipif"))
    return item.get_closest_marker("skip") is not None or any(conditional)


def _selection(marks: Sequence[pytest.Mark]) -> Selection:
    wanted: dict[str, list[str]] = {name: [] for name in _CONDITIONS}
    for mark in marks[:1]:  # the closest marker decides
        if mark.args:
            raise ConfigError(f"the marker medgen takes names, like medgen(format='vqa'), not {mark.args[0]!r}")
        for name, value in mark.kwargs.items():
            if name not in wanted:
                raise ConfigError("the marker medgen: " + unknown_name("condition", name, _CONDITIONS))
            wanted[name] = [value] if isinstance(value, str) else [str(item) for item in value]
    return Selection(
        formats=frozenset(parse_format(name) for name in wanted["format"]),
        tasks=frozenset(parse_task(name) for name in wanted["task"]),
        modalities=frozenset(parse_modality(name) for name in wanted["modality"]),
        subtasks=frozenset(wanted["subtask"]),
    )
