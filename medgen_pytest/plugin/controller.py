"""The controller: in the process that the user started, follows the run, writes the reports and sets the exit code."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.errors import MedgenError
from medgen_pytest.plugin.failures import Failures
from medgen_pytest.plugin.keys import REPORT_ATTRIBUTE, USAGE_PREFIX
from medgen_pytest.plugin.state import WORKER_KEY

if TYPE_CHECKING:
    from collections.abc import Generator

    from medgen_pytest.plugin.claim_folder import ClaimFolder
    from medgen_pytest.plugin.ending import Ending
    from medgen_pytest.plugin.keys import Live
    from medgen_pytest.plugin.progress import Progress
    from medgen_pytest.plugin.settling import Settling
    from medgen_pytest.plugin.state import SessionState

_TERMINAL = "terminalreporter"
INCOMPLETE = 11
"""ExitCode.INCOMPLETE, without loading what computes it."""


class Controller:
    """Hooks of the process that reports; under pytest-xdist it runs no test itself."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._failures = Failures()
        self._progress: Progress | None = None
        self._ending: Ending | None = None
        self._claims: ClaimFolder | None = None
        self._settling: Settling | None = None
        self._usage_error = False
        self._forgotten_gates = False

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: object) -> None:
        """Tells a worker of pytest-xdist where the run lies, if there may be one."""
        state = self._state
        if not (state.options or state.models or state.config_path):
            return
        with contextlib.suppress(MedgenError):  # a faulty settings file: the worker says so if a test needs it
            if state.run_settings.settings.budget is not None:
                state.spent_before()  # once, before any worker adds to it
            state.note["claims"] = str(self._claim_folder().path)
            state.note["dist"] = str(state.config.getoption("dist", "no"))
            node.workerinput[WORKER_KEY] = state.note  # type: ignore[attr-defined]  # xdist's public WorkerController

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Notices tests that could not be collected because of what the user set."""
        if report.failed and str(report.longrepr).startswith(USAGE_PREFIX):
            self._usage_error = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Counts a finished sample, and failures that are none of the benchmark's."""
        live = getattr(report, REPORT_ATTRIBUTE, None)
        if live is None and not report.failed:
            return
        self._failures.add(report, live)
        maxfail = self._state.config.getoption("maxfail", 0)
        if self._claims is not None and maxfail and self._failures.total >= maxfail:
            self._claims.stop()
        if live is None:
            return
        delattr(report, REPORT_ATTRIBUTE)
        if self._progress is None:
            from medgen_pytest.plugin.progress import Progress

            self._progress = Progress(self._state, self._state.config.pluginmanager.get_plugin(_TERMINAL))
        self._progress.add(live)
        self._settle(live)

    def pytest_keyboard_interrupt(self) -> None:
        """Tells workers that survive the interruption not to wait for what nobody will want."""
        if self._claims is not None:
            self._claims.stop()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """After the last test, shows each gate as a test of its own, so that every reporter sees it."""
        result = yield
        if self._has_run() and not session.config.getoption("collectonly", default=False):
            self._end(session).show_gates()
        return result

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Writes the reports and lets the gates decide the exit code."""
        if self._usage_error and session.exitstatus in {
            pytest.ExitCode.TESTS_FAILED,
            pytest.ExitCode.INTERRUPTED,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        }:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        if session.config.getoption("collectonly", default=False):
            return
        if self._has_run():
            self._end(session).finish(session)
        elif session.exitstatus == pytest.ExitCode.OK and self._names_blocking_gates():
            self._forgotten_gates = True
            session.exitstatus = INCOMPLETE

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints the tables, the gates and where the reports lie."""
        if self._ending is not None:
            self._ending.print_summary(terminalreporter)
        elif self._forgotten_gates:
            terminalreporter.section("medgen")
            terminalreporter.write_line(
                f"medgen: no sample was evaluated, so no gate of the command line is decided (exit code {INCOMPLETE})",
                red=True,
            )

    def pytest_unconfigure(self) -> None:
        """Ends what the session started."""
        if self._claims is not None:
            self._claims.remove()
        self._state.close()

    def _settle(self, live: Live) -> None:
        """Lets a model be asked no more once its gates are decided, in a run that may end early."""
        if self._state.run_settings.settings.early_stop is None:
            return
        if self._settling is None:
            from medgen_pytest.plugin.settling import Settling

            self._settling = Settling(self._state, self._claims)
        self._settling.add(live)

    def _names_blocking_gates(self) -> bool:
        """Whether the command line names a gate that decides the exit code, as far as its text alone tells."""
        gates = self._state.options.get("medgen_gate")
        texts = gates if isinstance(gates, list) else []
        return any(not str(text).lstrip().startswith("advisory") for text in texts)

    def _claim_folder(self) -> ClaimFolder:
        if self._claims is None:
            from medgen_pytest.plugin.claim_folder import ClaimFolder

            self._claims = ClaimFolder.of_session(self._state.session)
        return self._claims

    def _has_run(self) -> bool:
        """Whether samples were planned, by this process or by a worker; also when their directory vanished since."""
        if self._progress is not None:
            return True
        state = self._state
        if not (state.options or state.models or state.config_path):
            return False
        try:
            return (state.store.path / f"plan-{state.session}.jsonl").exists()
        except MedgenError:
            return False

    def _end(self, session: pytest.Session) -> Ending:
        if self._ending is None:
            from medgen_pytest.plugin.ending import Ending

            self._ending = Ending(self._state, self._failures, session)
        return self._ending
