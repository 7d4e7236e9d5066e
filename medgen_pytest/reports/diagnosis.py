"""Diagnosis as text: one line a fact, and what to do below each problem."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from medgen_pytest.reports.judge_diagnosis import judging_facts, judging_problems
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from medgen_pytest.judge.diagnosis import JudgingDiagnosis
    from medgen_pytest.metrics.diagnosis import Diagnosis, MetricState, NeedState, WeightState
    from medgen_pytest.metrics.torch_install import TorchInstall

_WIDTH = 80
_MEBIBYTE = 1024**2
_CARRY = (
    "Weights are carried from one machine to another with",
    "  medgen weights pack weights.zip      where they are",
    "  medgen weights unpack weights.zip    where they are missing",
)


def diagnosis_lines(diagnosis: Diagnosis, judging: JudgingDiagnosis | None = None) -> list[str]:
    """The lines of a diagnosis, and of that of judging where there is one. Paths and commands are never broken."""
    needs = _by_need(diagnosis.metrics)
    sections = [
        list(_machine(diagnosis)),
        _section("metrics in use", _metrics(diagnosis.metrics)),
        _section("packages", _packages(needs)),
        _section("weights", _weights(needs)),
        _section("judging", judging_facts(judging)) if judging is not None else [],
        _section("what is missing", _all_problems(diagnosis, needs, judging)),
        [_verdict(diagnosis, judging)],
    ]
    lines = [line for section in sections if section for line in (*section, "")]
    return [visible(line) for line in lines[:-1]]


def _section(title: str, lines: Iterator[str]) -> list[str]:
    found = list(lines)
    return [title, *found] if found else []


def _machine(diagnosis: Diagnosis) -> Iterator[str]:
    yield f"medgen-pytest {diagnosis.package}, Python {diagnosis.python}, {diagnosis.system}"
    yield from _torch(diagnosis.install)
    if diagnosis.torchvision is not None:
        yield diagnosis.torchvision.problem or f"torchvision: {diagnosis.torchvision.found}"
    yield f"weights of torch hub: {diagnosis.torch_home}"
    yield f"weights of the Hugging Face hub: {diagnosis.hub_cache}"


def _torch(install: TorchInstall | None) -> Iterator[str]:
    if install is None:
        return
    if install.torch is None:
        yield "torch: not installed"
    elif install.torch.error:
        yield f"torch: cannot be imported: {install.torch.error}"
    else:
        yield f"torch: {install.torch.version}"
        yield from (f"device: {device}" for device in install.torch.devices)
        yield from (f"note of torch: {note}" for note in install.torch.notes)


def _metrics(metrics: tuple[MetricState, ...]) -> Iterator[str]:
    width = max((len(metric.name) for metric in metrics), default=0)
    for metric in metrics:
        yield f"  {metric.name:<{width}}  {_readiness(metric)}"


def _readiness(metric: MetricState) -> str:
    if metric.error is not None:
        return "NOT READY: see below"
    missing = dict.fromkeys(state.need.name for state in metric.needs if state.problems)
    if missing:
        return f"NOT READY: {', '.join(missing)}"
    return "ready" if metric.needs else "ready, needs nothing"


def _by_need(metrics: tuple[MetricState, ...]) -> dict[NeedState, list[str]]:
    """The names of the metrics that have each need; several share one."""
    users: dict[NeedState, list[str]] = {}
    for metric in metrics:
        for state in metric.needs:
            users.setdefault(state, []).append(metric.name)
    return users


def _packages(needs: Mapping[NeedState, list[str]]) -> Iterator[str]:
    for state, users in needs.items():
        if state.need.kind == "package" and not state.problems:
            yield from _named(f"{state.need.name} {state.need.found}, for", users)


def _weights(needs: Mapping[NeedState, list[str]]) -> Iterator[str]:
    for state, users in needs.items():
        if state.need.kind == "weights" and state.need.is_met:
            yield from _named(f"{state.need.name}, for", users)
            if not state.files:
                yield f"    {state.need.found}"
            for file in state.files:
                yield from _file(file)


def _file(state: WeightState) -> Iterator[str]:
    yield f"    {state.file.path}"
    if state.problem is not None:
        yield "      cannot be read"
        return
    yield f"      {state.size} bytes ({state.size / _MEBIBYTE:.1f} MiB)"
    if state.sha256 is not None:
        yield f"      SHA-256 {state.sha256}"
    if state.note is not None:
        yield f"      note: {state.note}"


def _all_problems(
    diagnosis: Diagnosis, needs: Mapping[NeedState, list[str]], judging: JudgingDiagnosis | None
) -> Iterator[str]:
    yield from _problems(diagnosis, needs)
    if judging is not None:
        yield from judging_problems(judging)


def _problems(diagnosis: Diagnosis, needs: Mapping[NeedState, list[str]]) -> Iterator[str]:
    for metric in diagnosis.metrics:
        if metric.error is not None:
            yield f"  {metric.name}: {metric.error}"
    for state, users in needs.items():
        for problem in state.problems:
            yield f"  {problem}"
            # No metric needs torchvision: it is only in the way.
            role = "stands in the way of" if state.need.name == "torchvision" else "needed by"
            yield from _named(role, users, indent=4)
        if state.problems and state.need.remedy:
            yield f"    to do: {state.need.remedy}"
    if any(state.need.kind == "weights" and state.problems for state in needs):
        yield from (f"  {line}" for line in _CARRY)


def _named(text: str, users: list[str], *, indent: int = 2) -> list[str]:
    return textwrap.wrap(
        f"{text} {', '.join(users)}",
        width=_WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + 4),
        break_long_words=False,
        break_on_hyphens=False,
    )


def _verdict(diagnosis: Diagnosis, judging: JudgingDiagnosis | None) -> str:
    ready = sum(metric.is_ready for metric in diagnosis.metrics)
    judged = f"; outputs {'can' if judging.is_well else 'cannot'} be judged" if judging is not None else ""
    return f"{ready} of {len(diagnosis.metrics)} metrics in use can be computed here{judged}"
