"""The examination: every check of one checkup, and what several of them ask for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from medgen_pytest.engine.selection import select
from medgen_pytest.errors import MedgenError
from medgen_pytest.metrics.diagnosis import examine, needs_of
from medgen_pytest.metrics.torch_install import look_at_torch
from medgen_pytest.runs.checkup.check import Check, Once, carry_out
from medgen_pytest.runs.checkup.dataset import dataset_of, look_at_dataset
from medgen_pytest.runs.checkup.disk import bytes_of_run, look_at_disk
from medgen_pytest.runs.checkup.interpreter import look_at_interpreter
from medgen_pytest.runs.checkup.judging import judging_findings
from medgen_pytest.runs.checkup.metrics import metric_findings, weight_findings
from medgen_pytest.runs.checkup.model_option import look_at_model_option
from medgen_pytest.runs.checkup.models import SECONDS, look_at_models
from medgen_pytest.runs.checkup.plugins import look_at_plugins
from medgen_pytest.runs.checkup.repository import look_at_repository
from medgen_pytest.runs.checkup.settings_file import look_at_settings, metric_fault
from medgen_pytest.runs.checkup.terminal import look_at_terminal
from medgen_pytest.runs.judge_doctor import examine_judging
from medgen_pytest.runs.prepare import selection_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TextIO

    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.evaluation.checkup import Checkup, Finding
    from medgen_pytest.judge.diagnosis import JudgingDiagnosis
    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.contract import MetricDefinition
    from medgen_pytest.metrics.diagnosis import Diagnosis

_TORCH_SECONDS = 150.0
"""More than importing torch has, and reading weights of some GiB beside it."""
_SLACK = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """The metrics that are looked at; `fault` says why it is not known which those are."""

    definitions: Mapping[str, MetricDefinition]
    context: MetricContext
    names: Sequence[str] = ()
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is examined: the settings that hold, what is wrong with the others, and the metrics.

    Endpoints have `patience`, in seconds; None leaves them alone. `quick` imports no torch and computes no digests of
    weights. `stream` is where the report will go.
    """

    run: RunSettings
    metrics: Metrics
    here: Path
    stream: TextIO
    package: str
    faults: Sequence[str] = ()
    patience: float | None = None
    quick: bool = False


class Examination:
    """Looks at a subject; what it learns of metrics and judges can be asked for afterwards."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._dataset = Once(partial(dataset_of, subject.run))
        self._judging = Once(self._examine_judging)
        self._diagnosis = Once(self._examine_metrics)

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The metrics, if the time for them sufficed."""
        return self._diagnosis.known

    @property
    def judging(self) -> JudgingDiagnosis | None:
        """The judging, if anybody is to judge and the time sufficed."""
        return self._judging.known

    def carry_out(self) -> Checkup:
        """Everything that is found."""
        one, run = self._subject, self._subject.run
        return carry_out(
            [
                Check(part="environment", look=look_at_interpreter),
                Check(part="environment", look=look_at_plugins),
                Check(part="environment", look=partial(look_at_model_option, one.here)),
                Check(part="settings", look=partial(look_at_settings, run, faults=one.faults, here=one.here)),
                Check(part="dataset", look=partial(look_at_dataset, run, self._dataset)),
                Check(
                    part="models", look=partial(look_at_models, run, patience=one.patience), seconds=SECONDS + _SLACK
                ),
                Check(part="judge", look=self._judge, seconds=SECONDS),
                Check(part="metrics", look=self._metrics, seconds=SECONDS + _TORCH_SECONDS),
                Check(part="weights", look=self._weights, seconds=SECONDS + _TORCH_SECONDS),
                Check(part="disk", look=partial(look_at_disk, run, need=self._bytes)),
                Check(part="terminal", look=partial(look_at_terminal, one.stream)),
                Check(part="git", look=partial(look_at_repository, run.root)),
            ]
        )

    def _judge(self) -> Iterator[Finding]:
        judging = self._judging()
        if judging is not None:
            yield from judging_findings(judging)

    def _metrics(self) -> Iterator[Finding]:
        metrics = self._subject.metrics
        if metrics.fault is not None:
            yield metric_fault(metrics.fault, todo="correct `metrics:` in medgen.yaml", here=self._subject.here)
            return
        others = [name for name, one in metrics.definitions.items() if _is_computed(one) and name not in metrics.names]
        yield from metric_findings(self._diagnosis(), others=others)

    def _weights(self) -> Iterator[Finding]:
        yield from weight_findings(self._diagnosis())

    def _bytes(self) -> int | None:
        """What a run takes on the disk; None where dataset or models are not known."""
        run = self._subject.run
        models = len(run.models or run.settings.models)
        try:
            dataset = self._dataset()
            if dataset is None or not models:
                return None
            taken = select(dataset, selection_of(run.settings), limit=run.settings.limit)
        except MedgenError:  # which the look at the dataset tells
            return None
        return bytes_of_run(taken, models=models, repeats=run.settings.repeats)

    def _examine_judging(self) -> JudgingDiagnosis | None:
        one = self._subject
        judged = any(name in one.metrics.context.judged for name in one.metrics.names)
        return examine_judging(one.run, patience=one.patience) if judged else None

    def _examine_metrics(self) -> Diagnosis:
        one, metrics = self._subject, self._subject.metrics
        diagnosis = examine(
            metrics.definitions,
            metrics.context,
            metrics.names,
            install=look_at_torch() if not one.quick and _needs_torch(metrics) else None,
            digests=not one.quick,
            package=one.package,
        )
        judging = self._judging()
        return diagnosis if judging is None or judging.is_well else diagnosis.without_judge()


def _is_computed(definition: MetricDefinition) -> bool:
    return definition.spec.kind != "judge"


def _needs_torch(metrics: Metrics) -> bool:
    """Whether a metric in use needs torch, or might: importing it takes seconds."""
    found = [needs_of(metrics.definitions[name], metrics.context) for name in metrics.names]
    return any(not isinstance(needs, str) and any(need.name == "torch" for need in needs) for needs in found)
