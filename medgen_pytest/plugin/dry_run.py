"""The dry run: a session that collects and prepares, says what the run would take, and runs no test."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.errors import MedgenError
from medgen_pytest.plugin.option_parser import hint_for

if TYPE_CHECKING:
    from medgen_pytest.evaluation.forecast import Forecast
    from medgen_pytest.plugin.state import SessionState


def stay_alone(config: pytest.Config) -> None:
    """Lets pytest-xdist start no workers: there will be nothing to run."""
    for name, value in (("dist", "no"), ("tx", [])):
        if hasattr(config.option, name):
            setattr(config.option, name, value)


class DryRun:
    """Hooks that take the place of the controller's."""

    def __init__(self, state: SessionState) -> None:
        self._state = state
        self._forecast: Forecast | None = None
        self._problem: str | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Looks into what would be asked, and runs no test."""
        try:
            self._forecast = self._looked_into()
        except MedgenError as error:
            self._problem = f"{error}{hint_for(error, session.config)}"
        return True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Sets the exit code: 4 if something keeps the run from working."""
        found = self._problem is not None or (self._forecast is not None and self._forecast.problems)
        if found or session.testsfailed:  # files that cannot be collected
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Prints what the run would take."""
        from medgen_pytest.reports.forecast import forecast_lines

        terminalreporter.section("medgen")
        if self._forecast is not None:
            for line in forecast_lines(self._forecast, width=shutil.get_terminal_size().columns):
                terminalreporter.write_line(line.text, **({line.style: True} if line.style else {}))
        if self._problem is not None:
            terminalreporter.write_line(f"medgen: dry run: {self._problem}", red=True)

    def pytest_unconfigure(self) -> None:
        """Ends what the session started."""
        self._state.close()

    def _looked_into(self) -> Forecast:
        from medgen_pytest.evaluation.forecast import Forecast
        from medgen_pytest.runs.dry_run import dry_run

        state = self._state
        if not state.planned:
            return Forecast(models=())
        resumes = state.run_settings.resume is not None
        finished = state.store.load().results if resumes else {}
        return dry_run(state.prepared, state.planned, finished=finished, spent=state.spent_before())
