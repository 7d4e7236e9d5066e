"""Looking at metrics: which of those in use can be computed here, by what packages and weights, and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.checkup import Finding, problem, warning, well

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medgen_pytest.metrics.diagnosis import Diagnosis, MetricState, NeedState, WeightState

_MEBIBYTE = 1024**2
_CARRY = "or carry them here: medgen weights pack weights.zip where they are, medgen weights unpack weights.zip here"
_TORCHVISION = "torchvision"


def metric_findings(diagnosis: Diagnosis, *, others: Sequence[str] = ()) -> Iterator[Finding]:
    """The metrics in use, what each missing one needs, and torch; `others` are metrics that are not in use."""
    ready = [metric.name for metric in diagnosis.metrics if metric.is_ready]
    if ready:
        yield well(f"ready: {', '.join(ready)}", *(_needs_in_words(one) for one in diagnosis.metrics if one.is_ready))
    if others:
        yield well(f"not in use: {', '.join(others)}", "medgen doctor --metrics=all looks at all that are computed")
    for metric in diagnosis.metrics:
        if metric.error is not None:
            yield problem(f"{metric.name}: {metric.error}", todo=f"correct `metrics.{metric.name}`, or do without it")
    for state, users in _by_need(diagnosis.metrics).items():
        yield from _of_need(state, users)
    yield from _of_torch(diagnosis)


def weight_findings(diagnosis: Diagnosis) -> Iterator[Finding]:
    """The weights that are here and in use, and where weights are looked for; nothing where no metric has any."""
    needs = {state: users for state, users in _by_need(diagnosis.metrics).items() if state.need.kind == "weights"}
    if needs:
        yield well(
            "weights are looked for where their libraries keep them",
            f"torch hub: {diagnosis.torch_home}",
            f"Hugging Face hub: {diagnosis.hub_cache}",
        )
    for state, users in needs.items():
        if state.need.is_met and not state.problems:
            places = [line for file in state.files for line in _file(file)] or [str(state.need.found)]
            yield well(f"{state.need.name}, for {', '.join(users)}", *places)


def _needs_in_words(metric: MetricState) -> str:
    needs = [f"{state.need.name} {state.need.found}" for state in metric.needs if state.need.kind == "package"]
    needs += [state.need.name for state in metric.needs if state.need.kind != "package"]
    return f"{metric.name}: {', '.join(needs) or 'needs nothing'}"


def _by_need(metrics: Sequence[MetricState]) -> dict[NeedState, list[str]]:
    """The names of the metrics that have each need; several share one."""
    users: dict[NeedState, list[str]] = {}
    for metric in metrics:
        for state in metric.needs:
            users.setdefault(state, []).append(metric.name)
    return users


def _of_need(state: NeedState, users: Sequence[str]) -> Iterator[Finding]:
    # No metric needs torchvision: it is only in the way.
    role = "stands in the way of" if state.need.name == _TORCHVISION else "needed by"
    for text in state.problems:
        todo = state.need.remedy or ("see the part `judge`" if state.need.kind == "judge" else "bring it anew")
        if state.need.kind == "weights":
            todo = f"{todo}; {_CARRY}"
        yield problem(f"{text}; {role} {', '.join(users)}", todo=todo)


def _of_torch(diagnosis: Diagnosis) -> Iterator[Finding]:
    """What importing torch showed, where that was done."""
    install, torchvision = diagnosis.install, diagnosis.torchvision
    if install is not None and install.torch is not None and install.torch.error is None:
        yield well(f"torch {install.torch.version}: {', '.join(install.torch.devices)}")
        for note in install.torch.notes:
            yield warning(
                f"torch says: {note}", todo="bring torch and the driver of the device together, or --device=cpu"
            )
    in_the_way = any(
        state.need.name == _TORCHVISION and state.problems for one in diagnosis.metrics for state in one.needs
    )
    if torchvision is not None and torchvision.problem is not None and not in_the_way:
        yield warning(torchvision.problem, todo=torchvision.remedy or "pip uninstall torchvision")


def _file(state: WeightState) -> Iterator[str]:
    yield f"{state.file.path}: {state.size} bytes ({state.size / _MEBIBYTE:.1f} MiB)"
    if state.sha256 is not None:
        yield f"  SHA-256 {state.sha256}"
    if state.note is not None:
        yield f"  note: {state.note}"
