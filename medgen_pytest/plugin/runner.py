"""The runner: hooks of each process that runs tests, which plan the samples and send what is live."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.errors import MedgenError
from medgen_pytest.plugin.claim_folder import ClaimFolder
from medgen_pytest.plugin.collection import drop_idle, order_of, plan_of
from medgen_pytest.plugin.failure import SampleFailure
from medgen_pytest.plugin.keys import JUDGED, LIVE, REPORT_ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Generator

    from medgen_pytest.plugin.state import SessionState


class Runner:
    """Registered when the first test on the fixtures is collected; a session without one never sees it."""

    def __init__(self, state: SessionState) -> None:
        self._state = state

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Takes out tests that no sample was left for."""
        drop_idle(items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Writes down what will be asked, before anything is."""
        if session.config.getoption("collectonly", default=False) or not self._state.is_prepared:
            return
        planned = plan_of(session.items, self._state.prepared)
        if not (planned or self._state.plan_of_all_parts):
            return
        self._state.planned = planned
        if self._state.is_dry:
            return
        self._state.order = order_of(session.items)
        try:
            self._state.start(self._state.plan_of_all_parts or planned)
        except MedgenError as error:
            raise pytest.UsageError(f"medgen: {error}") from error
        # Tests and samples live until the end: a garbage collector that walks over all of them again and
        # again takes a tenth of a large run.
        gc.freeze()
        # Not when pytest unconfigures, where its own search would walk over all of them once more: it makes another
        # one after its cleanups, which are these.
        session.config.add_cleanup(gc.unfreeze)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Notes which test is running."""
        self._state.running = item

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Lets the reports of a test carry what is live about its sample, and say in one line why it failed."""
        report = yield
        live = item.stash.get(LIVE, None)
        if live is None:
            return report
        if call.when == "teardown":
            del item.stash[LIVE]
            if JUDGED in item.stash:
                del item.stash[JUDGED]  # it holds the output's pixels
        elif call.when == "call" or report.failed:
            setattr(report, REPORT_ATTRIBUTE, live)
            if call.excinfo is not None and isinstance(call.excinfo.value, SampleFailure):
                report.longrepr = str(call.excinfo.value)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Stores what this worker asked for and others may want, before the controller hears that it is done."""
        if not self._state.is_worker:
            return  # the controller's part, which is in this process too, closes everything before the reports
        folder = self._state.note_of_controller().get("claims")
        stopped = folder is not None and ClaimFolder(Path(folder)).is_stopped
        early = bool(session.shouldfail or session.shouldstop) or exitstatus == pytest.ExitCode.INTERRUPTED
        self._state.end_requests(early=early or stopped)

    def pytest_unconfigure(self) -> None:
        """Ends what this process started."""
        self._state.close()
