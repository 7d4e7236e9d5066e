"""The processes of a program: itself and those that it starts, as far as the system lets them be ended together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medgen_pytest.models.process.program import Program

if sys.platform == "win32":
    _FLAGS = subprocess.CREATE_NEW_PROCESS_GROUP
else:
    _FLAGS = 0


class ProcessGroup:
    """A program that runs, in a session and process group of its own on POSIX.

    So Ctrl-C in a terminal does not reach it, and what it started ends with it. On Windows only the program
    itself is ended.
    """

    def __init__(self, program: Program) -> None:
        """Starts it. Raises OSError."""
        arguments = [program.executable() or program.name, *program.command[1:]]
        self.process = subprocess.Popen(  # noqa: S603 - the user's own command; no shell is involved
            arguments,
            cwd=program.cwd,
            env=program.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            creationflags=_FLAGS,
        )
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Waits until the program itself has ended, without forgetting it: its number stays taken."""
        if sys.platform == "win32" or not hasattr(os, "waitid"):
            self.process.wait()
            return
        with suppress(ChildProcessError):  # somebody else in this process has waited for it
            os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT)

    def has_ended(self) -> bool:
        """Whether the program itself has ended, as far as that can be seen without forgetting it."""
        with self._lock:
            if self.process.returncode is not None:
                return True
            if sys.platform == "win32" or not hasattr(os, "waitid"):
                return False
            with suppress(ChildProcessError):
                return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
            return True

    def signal(self, *, force: bool) -> None:
        """Asks program and offspring to end, or ends them; nothing once the program is forgotten."""
        with self._lock:
            if self.process.returncode is None:
                self._signal(force=force)

    def forget(self) -> int:
        """Ends what the program, which has ended, left behind; its exit code, negative for a signal."""
        with self._lock:
            self._signal(force=True)
            return self.process.wait()

    def _signal(self, *, force: bool) -> None:
        if sys.platform == "win32":
            self.process.terminate()
            return
        with suppress(ProcessLookupError, PermissionError):  # macOS refuses a group of nothing but the dead
            os.killpg(self.process.pid, signal.SIGKILL if force else signal.SIGTERM)


def describe_end(code: int) -> str:
    """How a program ended, as the end of a sentence.

    >>> describe_end(3)
    'ended with exit code 3'
    """
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"was ended by {name}{' (did the machine run out of memory?)' if name == 'SIGKILL' else ''}"
