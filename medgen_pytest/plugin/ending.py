"""The ending: a run's verdict, shown as gate tests, reports, a summary and an exit code."""

from __future__ import annotations

import datetime as dt
import shutil
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.result import SampleResult
from medgen_pytest.errors import MedgenError
from medgen_pytest.plugin.gate_report import gate_ending, gate_report
from medgen_pytest.plugin.github_job import GithubJob
from medgen_pytest.plugin.parts import part_line
from medgen_pytest.reports.doubts import doubt_lines
from medgen_pytest.reports.line import wrapped
from medgen_pytest.reports.terminal import summary_lines, verdict_line
from medgen_pytest.runs.finish import finish_run, write_reports

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.evaluation.gates import GateVerdict
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.plugin.failures import Failures
    from medgen_pytest.plugin.state import SessionState


class Ending:
    """What follows the last sample; the run's result is computed once, from the run directory."""

    def __init__(self, state: SessionState, failures: Failures, session: pytest.Session) -> None:
        self._state = state
        self._failures = failures
        self._session = session
        self._run: RunResult | None = None
        self._reports: tuple[Path, ...] = ()
        self._problem: str | None = None
        self._github = GithubJob(allowed=False)
        try:
            self._record_crashed()
            state.close()  # what evaluating needed is not needed for the reports
            prepared = state.prepared
            self._github = GithubJob(allowed=prepared.settings.report.github == "auto")
            self._run = finish_run(state.store, profile=prepared.profile, policy=prepared.policy)
        except MedgenError as error:
            self._problem = str(error)

    def show_gates(self) -> None:
        """Fires one report a gate and model, which JUnit files, the terminal and other plugins take up."""
        gates = self._run.gates if self._run else ()
        self._session.testscollected += len(gates)  # else the terminal's progress would pass 100 %
        for verdict in gates:
            self._show(verdict)

    def finish(self, session: pytest.Session) -> None:
        """Writes the reports and sets the exit code."""
        if self._run is not None:
            try:
                prepared = self._state.prepared
                self._reports = write_reports(
                    self._run, self._state.store, prepared.settings.report, dataset=prepared.dataset
                )
                self._github.add_summary(self._run, self._reports)
            except (MedgenError, OSError) as error:
                self._problem = str(error)
        if self._problem is not None and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        elif self._run is not None and self._run.session_code is not None and self._gates_decide(session):
            session.exitstatus = self._run.session_code

    def print_summary(self, terminal: pytest.TerminalReporter) -> None:
        """Prints tables, gates, verdict and where the reports lie."""
        terminal.section("medgen")
        if self._run is not None:
            width, verbosity = shutil.get_terminal_size().columns, self._state.config.get_verbosity()
            verdict = verdict_line(self._run, ends_with=int(self._session.exitstatus))
            summary = summary_lines(self._run, width=width, verbosity=verbosity, resume=self._path_as_typed())
            doubts = doubt_lines(self._run.facts, width=width)
            told = self._github.lines(self._run, ends_with=int(self._session.exitstatus))
            # A terminal would break it within words; in a log it stays one line, which can be searched for.
            said = wrapped(verdict.text, width=width, style=verdict.style) if terminal.isatty else [verdict]
            for line in (*summary, *doubts, *said, *told):
                terminal.write_line(line.text, **({line.style: True} if line.style else {}))
        part = part_line(self._state.config)
        if part is not None:
            terminal.write_line(part, yellow=True)
        if self._problem is not None:
            terminal.write_line(f"medgen: the reports could not be made: {self._problem}", red=True)
        terminal.write_line(f"run directory: {self._state.store.path}")
        for path in self._reports:
            terminal.write_line(f"report: {path}")

    def _path_as_typed(self) -> str:
        """The run directory as somebody would type it who starts pytest where this session was started."""
        path, here = self._state.store.path, self._state.config.invocation_params.dir
        return str(path.relative_to(here) if path.is_relative_to(here) else path)

    def _gates_decide(self, session: pytest.Session) -> bool:
        """Whether nothing but samples and gates can have failed; Ctrl-C and other trouble keep pytest's code."""
        maxfail = self._state.config.getoption("maxfail", 0)
        stopped_by_maxfail = bool(maxfail) and self._failures.total >= maxfail
        ended = {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}
        if stopped_by_maxfail:  # pytest-xdist reports a reached --maxfail as an interruption
            ended.add(pytest.ExitCode.INTERRUPTED)
        return session.exitstatus in ended and not self._failures.unexplained

    def _record_crashed(self) -> None:
        if not self._failures.crashed:
            return
        stored = self._state.store.load()
        by_node = {nodeid: planned for planned in stored.planned for nodeid in planned.nodeids}
        for nodeid, message in self._failures.crashed:
            planned = by_node.get(nodeid)
            if planned is None:
                self._failures.unexplained += 1
            elif planned.key not in stored.results:
                self._state.store.append(_crashed(planned, message), worker="controller")
        self._state.store.close()

    def _show(self, verdict: GateVerdict) -> None:
        report = gate_report(verdict)
        hook = self._session.config.hook
        hook.pytest_runtest_logstart(nodeid=report.nodeid, location=report.location)
        hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logreport(report=gate_ending(report))
        hook.pytest_runtest_logfinish(nodeid=report.nodeid, location=report.location)


def _crashed(planned: PlannedSample, message: str) -> SampleResult:
    return SampleResult(
        model=planned.model,
        sample_id=planned.sample_id,
        repeat=planned.repeat,
        task=planned.task,
        modality=planned.modality,
        subtask=planned.subtask,
        status="error",
        reason=f"the test process died while it ran this sample: {' '.join(message.split())[:500]}",
        finished=dt.datetime.now(dt.timezone.utc).isoformat(timespec="milliseconds"),
        worker="controller",
    )
