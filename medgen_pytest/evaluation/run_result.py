"""Run results: everything that a report says about a run, computed once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import section_of
from medgen_pytest.domain.shard import Shard
from medgen_pytest.evaluation.case import judge_cases
from medgen_pytest.evaluation.conditions import Conditions
from medgen_pytest.evaluation.spending import Amount, Spent
from medgen_pytest.evaluation.tally import Tally

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from medgen_pytest.domain.planned import Aggregation, PlannedSample
    from medgen_pytest.domain.result import ResultKey, SampleResult
    from medgen_pytest.evaluation.baseline import Baseline
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.early_stop import EarlyStop
    from medgen_pytest.evaluation.gates import Gate, GateVerdict
    from medgen_pytest.evaluation.judging import JudgingSummary
    from medgen_pytest.evaluation.profile import Profile
    from medgen_pytest.evaluation.repeats import Repeats
    from medgen_pytest.evaluation.slices import Slice, SliceSummary
    from medgen_pytest.evaluation.spending import ModelSpending


_NOTHING = Spent()


class ExitCode(IntEnum):
    """What the gates of a run say to whoever started it; pytest's own codes 0 to 5 keep their meaning."""

    HOLDS = 0
    BREACHED = 1
    USAGE_ERROR = 4
    INCONCLUSIVE = 10
    INCOMPLETE = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class GatePolicy:
    """The gates of a run and how much evidence they need; `aggregate` makes one verdict of a sample's repeats.

    `baselines` are what gates are against, by the name that they give them. `early_stop` is the level at which a part
    of the samples decides them; None where all samples are asked.
    """

    gates: tuple[Gate, ...] = ()
    max_error_rate: float = 0.0
    min_samples: int = 1
    aggregate: Aggregation = "mean"
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    early_stop: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """A run under a profile and a policy: cases, slices and gates.

    A sample that is asked several times has a case for each repeat, and counts once in slices and gates.
    A run that is one shard has no gate verdicts: a gate over a part says nothing about the whole.
    One that ended early has no cases of what nobody had to ask; `early_stop` says how many those are.
    `facts` say how the run was made, `spending` what each model's answers took, `judge_spending` what
    each judge's judgements did, and `judging` how judging went.
    """

    profile: Profile
    policy: GatePolicy
    cases: Sequence[Case]
    repeats: Repeats
    slices: Mapping[Slice, SliceSummary]
    gates: Sequence[GateVerdict]
    facts: Mapping[str, object]
    spending: Sequence[ModelSpending] = ()
    judge_spending: Sequence[ModelSpending] = ()
    judging: Sequence[JudgingSummary] = ()
    early_stop: EarlyStop | None = None

    @property
    def models(self) -> list[str]:
        """The models of the run, sorted."""
        return sorted({part.model for part in self.slices})

    @property
    def metrics(self) -> list[str]:
        """The metrics that any result has a score or an outcome of, in the order in which they are shown."""
        return self.profile.in_order(
            name for part, summary in self.slices.items() if not part.where for name in summary.metrics
        )

    @property
    def left_out(self) -> dict[str, str]:
        """The metrics that have a threshold or were asked for and are not measured, with the reason."""
        return {str(name): str(reason) for name, reason in section_of(self.facts, "left_out").items()}

    @property
    def tally(self) -> Tally:
        """All samples of all models."""
        from medgen_pytest.evaluation.repeats import tally_of

        return tally_of(self.cases, aggregate=self.repeats.aggregate)

    @property
    def tally_of_repeats(self) -> Tally:
        """Every repeat of all samples of all models, counted by itself."""
        return Tally.of(case.verdict.outcome for case in self.cases)

    @property
    def held_back(self) -> list[SampleResult]:
        """The results of samples that the run itself did not ask."""
        results = (case.result for case in self.cases)
        return [result for result in results if result is not None and result.not_asked is not None]

    @property
    def budget(self) -> float | None:
        """What the run may cost, as its latest session said."""
        budget = section_of(self.facts, "settings").get("budget")
        return float(budget) if isinstance(budget, int | float) else None

    @property
    def cost(self) -> float | None:
        """What the answers of all models and what judges said cost, as far as they say; None where none says."""
        return Amount.of(spending.cost.total for spending in (*self.spending, *self.judge_spending)).total

    @property
    def shard(self) -> Shard | None:
        """The part of a run that this is; None for a whole run."""
        return _shard_of(self.facts)

    @property
    def leaves_gates_open(self) -> bool:
        """Whether there are blocking gates that only the whole run decides, of which this is a shard."""
        return any(gate.is_blocking for gate in self.policy.gates) and self.shard is not None

    @property
    def session_code(self) -> ExitCode | None:
        """What a session of the run ends with: as the gates say; a shard that leaves them open, as it is complete."""
        if not self.leaves_gates_open:
            return self.exit_code
        return ExitCode.INCOMPLETE if self.tally.missing else ExitCode.HOLDS

    @property
    def exit_code(self) -> ExitCode | None:
        """What the blocking gates say; None for a run without any, and for a shard."""
        from medgen_pytest.evaluation.gates import GateStatus

        statuses = {verdict.status for verdict in self.gates if verdict.is_blocking}
        if not statuses:
            return None
        if GateStatus.BREACHED in statuses:
            return ExitCode.BREACHED
        tally = self.tally
        if GateStatus.INCOMPLETE in statuses or tally.missing:
            return ExitCode.INCOMPLETE
        too_many_errors = (tally.error_rate or 0.0) > self.policy.max_error_rate
        if GateStatus.INCONCLUSIVE in statuses or too_many_errors:
            return ExitCode.INCONCLUSIVE
        return ExitCode.HOLDS


def evaluate_run(  # noqa: PLR0913 - each is one thing that a run is made of
    planned: Sequence[PlannedSample],
    results: Mapping[ResultKey, SampleResult],
    *,
    profile: Profile,
    policy: GatePolicy,
    facts: Mapping[str, object],
    measured: Container[str] | None = None,
    spent: Spent = _NOTHING,
) -> RunResult:
    """The result of a run: a pure function of its plan, its records and the settings.

    `measured` are the metrics that the run computes; None stands for all that have a threshold. `spent` is what all
    answers of the run took.

    Raises ConfigError for a gate whose metric has no threshold, and for one against a baseline that cannot be compared.
    """
    # Only here: whoever plans and asks loads nothing that computes results.
    from medgen_pytest.evaluation.early_stop import asked_cases, decide_stopped_gates, stop_early
    from medgen_pytest.evaluation.gates import check_baselines, check_gate_metrics, decide_gates
    from medgen_pytest.evaluation.judging import summarise_judging
    from medgen_pytest.evaluation.repeats import Repeats
    from medgen_pytest.evaluation.slices import summarise

    check_gate_metrics(policy.gates, profile)
    check_baselines(policy, Conditions.of(facts, profile))
    cases = judge_cases(planned, results, profile, measured=measured)
    is_whole = _shard_of(facts) is None
    gates = decide_gates(policy, cases, spent=spent) if is_whole else []
    stop = stop_early(cases, policy) if is_whole else None
    if stop is not None and stop.models:
        gates = decide_stopped_gates(gates, stop, policy, cases, spent=spent)
        cases = asked_cases(cases, stop.models)
    slices = summarise(cases, aggregate=policy.aggregate, metrics=profile.metrics)
    return RunResult(
        profile=profile,
        policy=policy,
        cases=cases,
        repeats=Repeats.of(cases, aggregate=policy.aggregate),
        slices=slices,
        gates=gates,
        facts=facts,
        spending=spent.models,
        judge_spending=spent.judges,
        judging=summarise_judging(cases, profile=profile, facts=facts),
        early_stop=stop,
    )


def _shard_of(facts: Mapping[str, object]) -> Shard | None:
    stored = facts.get("shard")
    return Shard.from_dict(stored) if isinstance(stored, Mapping) else None
