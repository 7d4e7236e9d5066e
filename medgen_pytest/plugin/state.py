"""The state of a session in one process: settings, the prepared run and the evaluator, made when first needed."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.config.location import check_place
from medgen_pytest.errors import ConfigError, MedgenError
from medgen_pytest.plugin.order import Order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.config.load import RunSettings
    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.engine.evaluator import Evaluator
    from medgen_pytest.metrics.contract import MetricDefinition
    from medgen_pytest.models import ModelFactory
    from medgen_pytest.runs.prepare import PreparedRun
    from medgen_pytest.store import RunDirectory

STATE = pytest.StashKey["SessionState"]()
WORKER_KEY = "medgen"
"""Where the controller leaves a note for its workers in xdist's `workerinput`."""


class SessionState:
    """What one process of a session knows; a session that does not use the plugin builds nothing of it.

    `planned` is what its tests ask for, `whole_plan` what those of all shards do, in a session of one shard.
    `plan_of_all_parts` is what they would ask for if pytest-split left them all. `settled` are the models that need
    not be asked any more. `closing` is what `close` ends after the evaluator.
    """

    def __init__(
        self,
        *,
        config: pytest.Config,
        options: Mapping[str, object],
        models: Sequence[str],
        config_path: Path | None,
    ) -> None:
        self.config = config
        self.options = options
        self.models = models
        self.config_path = config_path
        self.order = Order()
        self.planned: Sequence[PlannedSample] = ()
        self.whole_plan: Sequence[PlannedSample] = ()
        self.plan_of_all_parts: Sequence[PlannedSample] = ()
        self.settled: set[str] = set()
        self.closing = ExitStack()
        self._running: pytest.Item | None = None
        self._note: dict[str, str] | None = None
        self._run_settings: RunSettings | None = None
        self._prepared: PreparedRun | None = None
        self._store: RunDirectory | None = None
        self._evaluator: Evaluator | None = None
        self._samples: dict[str, Sample] | None = None

    @property
    def is_worker(self) -> bool:
        """Whether this process is a worker of pytest-xdist."""
        return hasattr(self.config, "workerinput")

    @property
    def is_dry(self) -> bool:
        """Whether this session only says what a run would take."""
        return bool(self.options.get("medgen_dry_run"))

    @property
    def worker(self) -> str:
        """The name of this process in records: `main`, or xdist's `gw0`, `gw1`, ..."""
        worker_input: Mapping[str, object] = getattr(self.config, "workerinput", {})
        return str(worker_input.get("workerid", "main"))

    @property
    def running(self) -> pytest.Item:
        """The test that is running."""
        if self._running is None:
            raise pytest.UsageError("medgen: the fixtures can only be used while a test runs")
        return self._running

    @running.setter
    def running(self, item: pytest.Item) -> None:
        self._running = item

    @property
    def run_settings(self) -> RunSettings:
        """The settings of the run. Raises ConfigError."""
        if self._run_settings is None:
            from medgen_pytest.config.load import load_settings

            # Whoever names the root folder says whose settings count.
            if "medgen_config" not in self.options and self.config.getoption("rootdir") is None:
                check_place(root=self.config.rootpath, here=self.config.invocation_params.dir)
            self._run_settings = load_settings(
                self.options,
                models=self.models,
                config_path=self.config_path,
                invocation_dir=self.config.invocation_params.dir,
            )
        return self._run_settings

    @property
    def prepared(self) -> PreparedRun:
        """The run, ready to start. Raises ConfigError or DatasetError."""
        if self._prepared is None:
            from medgen_pytest.runs.collecting import collection_paused

            with collection_paused():  # these two import nearly all that a run needs
                from medgen_pytest.plugin.making import make_meter
                from medgen_pytest.runs.prepare import prepare_run
            from medgen_pytest.plugin.parts import check_part

            prepared = prepare_run(
                self.run_settings,
                adapters=self._adapters(),
                definitions=self._definitions(),
                workers=self.workers,
                meter=make_meter(self),
            )
            check_part(self.config, prepared)
            self._check_dist()
            if self._runs_tests():
                prepared.load()
            self._prepared = prepared
        return self._prepared

    @property
    def is_prepared(self) -> bool:
        """Whether anything asked for the run yet."""
        return self._prepared is not None

    @property
    def store(self) -> RunDirectory:
        """The run directory; nothing is written before the first sample is planned."""
        if self._store is None:
            from medgen_pytest.store import RunDirectory

            self._store = RunDirectory(self._run_path())
        return self._store

    @property
    def session(self) -> str:
        """What tells the sessions of one run directory apart."""
        return str(self.note["session"])

    @property
    def note(self) -> dict[str, str]:
        """What the controller tells its workers: the run directory and the session."""
        if self._note is None:
            self._note = self.note_of_controller() or self._new_note()
        return self._note

    def note_of_controller(self) -> dict[str, str]:
        """What the controller told this worker; empty in the controller itself."""
        worker_input: Mapping[str, dict[str, str]] = getattr(self.config, "workerinput", {})
        return worker_input.get(WORKER_KEY) or {}

    @property
    def evaluator(self) -> Evaluator:
        """The evaluator of this process, made when first asked for. Raises StoreError."""
        if self._evaluator is None:
            from medgen_pytest.plugin.making import make_evaluator

            self._evaluator = make_evaluator(self)
        return self._evaluator

    @property
    def workers(self) -> int:
        """How many processes run the tests of the session."""
        worker_input: Mapping[str, int] = getattr(self.config, "workerinput", {})
        return worker_input.get("workercount", 1)

    def spent_before(self) -> float:
        """What the run that is resumed has cost so far. Raises StoreError."""
        if self.run_settings.resume is None:
            return 0.0
        if "spent" not in self.note:
            from medgen_pytest.evaluation.spending import cost_of

            stored = self.store.load()
            self.note["spent"] = repr(cost_of(stored.answers, rejudged=stored.rejudged))
        return float(self.note["spent"])

    def sample(self, sample_id: str) -> Sample:
        """A chosen sample by its id."""
        if self._samples is None:
            self._samples = {sample.sample_id: sample for sample in self.prepared.samples}
        return self._samples[sample_id]

    def prepare_early(self) -> None:
        """Prepares the run and looks at its directory, so that faults are said before the first test."""
        if not (self.options or self.models or self.config_path):
            return
        from medgen_pytest.runs.shards import check_resumed_run

        prepared = self.prepared
        if self.run_settings.resume is not None:
            check_resumed_run(self.store, prepared.shard)
        elif not self.config.getoption("collectonly", default=False):
            self.store.check_new()
        self._check_report_paths(prepared)

    def start(self, planned: Sequence[PlannedSample]) -> None:
        """Writes the manifest and the plan of this session. Raises StoreError."""
        session = {"run_id": self.store.path.name, "session": self.session, "started": self.note["started"]}
        self.store.create({**session, **self.prepared.facts()}, resumes=self.run_settings.resume is not None)
        self.prepared.keep_baselines(self.store.path)
        if self.whole_plan:
            self.store.plan_whole(self.whole_plan, session=self.session)
        self.store.plan(planned, session=self.session)

    def names_dataset_and_models(self) -> bool:
        """Whether the settings say what to evaluate on what, without anything being opened."""
        try:
            run = self.run_settings
        except MedgenError:
            return False
        return run.settings.dataset is not None and bool(run.models or run.settings.models)

    def end_requests(self, *, early: bool) -> None:
        """Waits for the requests that are still on their way, or cancels them if the session ends early."""
        if self._evaluator is not None and early:
            self._evaluator.stop()
        elif self._evaluator is not None:
            self._evaluator.finish()

    def close(self) -> None:
        """Ends what this process started."""
        with self.closing:
            if self._evaluator is not None:
                self._evaluator.close()
                self._evaluator = None

    def _adapters(self) -> Mapping[str, ModelFactory]:
        from medgen_pytest.models.registry import with_more

        return with_more(self.config.hook.pytest_medgen_models(config=self.config))

    def _definitions(self) -> Mapping[str, MetricDefinition]:
        from medgen_pytest.metrics.registry import with_more

        return with_more(more for some in self.config.hook.pytest_medgen_metrics(config=self.config) for more in some)

    def _runs_tests(self) -> bool:
        """Whether this process asks and scores: not the controller of pytest-xdist, no dry run, no --collect-only."""
        option = self.config.getoption
        runs = not self.is_dry and not option("collectonly", default=False)
        return runs and (self.is_worker or option("dist", "no") == "no")

    def _new_note(self) -> dict[str, str]:
        from medgen_pytest.store import new_run_id

        now = dt.datetime.now(dt.timezone.utc)
        session = new_run_id(now)
        return {
            "session": session,
            "started": now.isoformat(timespec="seconds"),
            "run_dir": str(self._new_path(session)),
        }

    def _new_path(self, session: str) -> Path:
        from medgen_pytest.runs.prepare import RUNS_FOLDER

        run = self.run_settings
        return run.resume or run.settings.run_dir or run.root / RUNS_FOLDER / session

    def _run_path(self) -> Path:
        from pathlib import Path

        return Path(self.note["run_dir"])

    def _check_dist(self) -> None:
        # Workers of pytest-xdist are not told by it.
        if (self.note_of_controller().get("dist") or self.config.getoption("dist", "no")) == "each":
            raise ConfigError("--dist each asks a model for every sample once a worker; use --dist load or worksteal")

    def _check_report_paths(self, prepared: PreparedRun) -> None:
        for path in prepared.settings.report.paths:
            if path.is_dir() or not path.parent.is_dir():
                what = (
                    "the path is a folder; name a file in it" if path.is_dir() else "its folder does not exist; make it"
                )
                raise ConfigError(f"report {path}: {what}")
