"""Early stops: runs that ended as soon as their blocking gates were decided, and what they say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.case import ACCURACY
from medgen_pytest.evaluation.gates.deciding import decide_gates
from medgen_pytest.evaluation.gates.rates import rate_text
from medgen_pytest.evaluation.gates.trial import EarlyDecision, is_decided_early, is_of_what_was_asked
from medgen_pytest.evaluation.gates.trials import Trials
from medgen_pytest.evaluation.gates.verdict import GateStatus

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.gates import Gate, GateVerdict
    from medgen_pytest.evaluation.run_result import GatePolicy
    from medgen_pytest.evaluation.spending import Spent

REASON = "early stop: all blocking gates are decided"
"""Why the tests of a model are skipped that nobody needs any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlyStop:
    """What ending early made of a run: of the `planned` samples of all models, `samples` were asked.

    `decided` are the gates that a part of the samples decided, at the `level`: the probability, for each of them, that
    the whole run would have said otherwise. `models` are those that were not asked for all their samples.
    """

    level: float
    samples: int
    planned: int
    decided: tuple[EarlyDecision, ...]
    models: frozenset[str]

    @property
    def saved(self) -> int:
        """How many samples nobody had to ask."""
        return self.planned - self.samples

    def to_dict(self) -> dict[str, object]:
        """Plain values for reports."""
        return {
            "level": self.level,
            "samples": self.samples,
            "planned": self.planned,
            "saved": self.saved,
            "decided": [decision.to_dict() for decision in self.decided],
        }


def check_early_stop(policy: GatePolicy, *, repeats: int, is_shard: bool) -> None:
    """Raises ConfigError for a run that cannot be ended early: for what it asks, or for its blocking gates."""
    if policy.early_stop is None:
        return
    if is_shard:
        raise ConfigError("early_stop: a shard decides no gates; leave out --medgen-early-stop or --medgen-shard")
    if repeats > 1:
        raise ConfigError("early_stop: each sample is asked once; leave out --medgen-early-stop or --medgen-repeats")
    blocking = [gate for gate in policy.gates if gate.is_blocking]
    for gate in blocking:
        if not is_decided_early(gate) and not is_of_what_was_asked(gate):
            raise ConfigError(
                f"early_stop: a part of the samples cannot decide gate {gate.text!r}, only gates on rates, like"
                " 'all/accuracy >= 0.8'; make it advisory, or leave out --medgen-early-stop"
            )
    if not any(map(is_decided_early, blocking)):
        raise ConfigError(
            "early_stop: no blocking gate is on a rate, so nothing would end the run; add one, like"
            " --medgen-gate='all/accuracy >= 0.8', or leave out --medgen-early-stop"
        )


def stop_early(cases: Sequence[Case], policy: GatePolicy) -> EarlyStop | None:
    """What a run that may end early could do without, from its cases alone; None for other runs.

    The same samples lead to the same decisions whenever this is asked, so that a run that was stopped too soon, or one
    that is looked at under other thresholds, has no samples that nobody had to ask: they are missing.
    """
    if policy.early_stop is None or any(case.planned.repeat for case in cases):
        return None
    trials = Trials((case.planned for case in cases), policy, level=policy.early_stop)
    for case in cases:
        if case.result is not None:
            outcomes = {**case.metrics, ACCURACY: case.verdict.outcome}
            trials.add(case.planned.model, case.planned.sample_id, outcomes)
    unasked = {case.planned.model for case in cases if case.result is None}
    models = frozenset(model for model in unasked if trials.needs_no_more(model))
    return EarlyStop(
        level=policy.early_stop,
        samples=len(asked_cases(cases, models)),
        planned=len(cases),
        decided=tuple(trials.decisions),
        models=models,
    )


def asked_cases(cases: Sequence[Case], models: frozenset[str]) -> list[Case]:
    """The cases without those that nobody had to ask these models."""
    return [case for case in cases if case.result is not None or case.planned.model not in models]


def decide_stopped_gates(
    verdicts: Sequence[GateVerdict], stop: EarlyStop, policy: GatePolicy, cases: Sequence[Case], *, spent: Spent
) -> list[GateVerdict]:
    """The verdicts of a run that ended early, from those on all its cases, in which what nobody asked is missing.

    Gates on models that were asked for everything are decided as ever, and so are those whose slice was. Gates on
    errors and on the cost are decided on what was asked. Others are open: advisory ones, which nobody waits for.
    """
    gates = {gate.text: gate for gate in policy.gates}
    part = {_key(verdict): verdict for verdict in decide_gates(policy, asked_cases(cases, stop.models), spent=spent)}
    decided: dict[tuple[str, str | None], EarlyDecision] = {(made.gate, made.model): made for made in stop.decided}
    return [_stopped(stop, gates[verdict.gate], verdict, part, decided) for verdict in verdicts]


def _stopped(
    stop: EarlyStop,
    gate: Gate,
    verdict: GateVerdict,
    part: Mapping[tuple[str, str | None], GateVerdict],
    decided: Mapping[tuple[str, str | None], EarlyDecision],
) -> GateVerdict:
    key = _key(verdict)
    if verdict.model is not None and verdict.model not in stop.models:
        return verdict
    if is_of_what_was_asked(gate):
        return part.get(key, verdict)
    if not verdict.tally.missing:
        return verdict
    decision = decided.get(key)
    is_surely_breached = verdict.status is GateStatus.BREACHED  # whatever the samples that are missing would say
    if decision is not None and key in part and not (is_surely_breached and decision.status is GateStatus.HOLDS):
        return _decided(part[key], decision, level=stop.level)
    if is_surely_breached:
        return verdict
    return replace(verdict, reason=f"{verdict.reason}, as the run ended early")


def _decided(verdict: GateVerdict, decision: EarlyDecision, *, level: float) -> GateVerdict:
    after = f"decided after {decision.samples:,} of {decision.planned:,} samples at level {100 * level:.6g}%"
    return replace(
        verdict,
        status=decision.status,
        reason=f"{rate_text(verdict.tally)}; {after}",
        interval=None,  # the usual one is about a number of samples that was fixed before
        needed=None,
        detectable=None,
    )


def _key(verdict: GateVerdict) -> tuple[str, str | None]:
    return verdict.gate, verdict.model
