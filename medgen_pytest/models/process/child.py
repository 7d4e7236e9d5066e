"""Children: one run of a program, from its start to its end, with threads that read and write its pipes."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, NamedTuple, cast

from medgen_pytest.models.process.group import ProcessGroup, describe_end
from medgen_pytest.models.process.log_file import LogStream
from medgen_pytest.models.process.messages import READY, key_of, read_message
from medgen_pytest.models.process.tail import Tail

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from medgen_pytest.models.process.log_file import LogFile
    from medgen_pytest.models.process.program import Program

FAREWELL = 5.0
"""Seconds that a program has to end by itself once its stdin is closed."""
_TERM = 2.0
"""Seconds that it has after that, asked by a signal."""
_MOMENT = 1.0
"""Seconds within which a program that closes a pipe because it ends has ended."""
_MOST_JUNK = 10_000
"""Lines on stdout in a row that are no reply: more are a fault, not a banner or a progress bar."""
_QUOTED = 1000
_CHUNK = 65_536


class Said(NamedTuple):
    """A line that answers what was asked; `message` is None when it cannot be read."""

    key: str
    message: Mapping[str, object] | None


class Broken(NamedTuple):
    """The program runs, and cannot be spoken to any more."""

    reason: str


class Ended(NamedTuple):
    """The program has ended."""

    how: str


Event = Said | Broken | Ended


class Child:
    """A program that runs. What happens to it is told, in one of its threads, by `tell(child, event)`.

    The first thing that it says must be that it is ready. Lines that nothing asked for are counted, and the
    last of them kept, but never told.
    """

    def __init__(
        self, program: Program, *, max_line: int, tell: Callable[[Child, Event], None], log: LogFile | None = None
    ) -> None:
        """Starts it; what it says on stderr goes to the log as well. Raises OSError."""
        self._group = ProcessGroup(program)
        self._log = log
        self._note(f"{program.name} starts as process {self._group.process.pid}")
        self._secrets = program.secrets()
        self._max_line = max_line
        self._tell = tell
        self._lock = threading.Lock()
        self._expected = {READY}
        self._requests: SimpleQueue[bytes | None] = SimpleQueue()
        self._complaints, self._junk = Tail(), Tail()
        self._junk_lines = 0
        self._exited = threading.Event()
        self._reader = self._thread(self._read, "stdout")
        self._drainer = self._thread(self._drain, "stderr")
        self._thread(self._write, "stdin")
        self._watcher = self._thread(self._watch, "end")

    def ask(self, key: str, line: bytes) -> None:
        """Sends a request; does not wait until it is read."""
        with self._lock:
            self._expected.add(key)
        self._requests.put(line)

    def has_ended(self) -> bool:
        """Whether it has ended, though that may not be told yet: then it must not be asked."""
        return self._exited.is_set() or self._group.has_ended()

    def end(self, *, gently: bool = False) -> None:
        """Ends it and waits until it has ended: by closing its stdin, then by signals. `gently` gives it time.

        Takes nine seconds at most.
        """
        self._requests.put(None)
        if not gently or not self._exited.wait(FAREWELL):
            self._group.signal(force=False)
            if not self._exited.wait(_TERM):
                self._group.signal(force=True)
        self._watcher.join(_TERM)

    def last_words(self) -> str:
        """What it last wrote besides replies, for the end of a message, without secrets."""
        complaints = self._secrets.mask(self._complaints.quote(length=_QUOTED))
        said = f"its stderr ends: {complaints}" if complaints else "it wrote nothing to stderr"
        if not self._junk_lines:
            return said
        junk = self._secrets.mask(self._junk.quote(length=_QUOTED // 4))
        return f"{said}; lines on stdout that are no reply: {self._junk_lines}, the last: {junk}"

    def _thread(self, target: Callable[[], None], name: str) -> threading.Thread:
        thread = threading.Thread(target=target, name=f"medgen-process-{name}", daemon=True)
        thread.start()
        return thread

    def _pipe(self, pipe: IO[bytes] | None) -> IO[bytes]:
        return cast("IO[bytes]", pipe)  # all three are pipes

    def _read(self) -> None:
        with self._pipe(self._group.process.stdout) as stdout:
            while line := stdout.readline(self._max_line + 1):
                if len(line) > self._max_line and not line.endswith(b"\n"):
                    self._tell(self, Broken(f"wrote a line of more than {self._max_line / 1e6:g} MB (max_line_mb)"))
                    while stdout.read(_CHUNK):
                        pass
                else:
                    self._take(line)
        if not self._exited.wait(_MOMENT):
            self._tell(self, Broken("closed its stdout, though it goes on running"))

    def _take(self, line: bytes) -> None:
        message = read_message(line)
        key = key_of(line, message)
        with self._lock:
            is_expected = key in self._expected
            if key is not None:
                self._expected.discard(key)
        if key is not None and is_expected:
            self._junk_lines = 0
            self._junk.clear()
            self._tell(self, Said(key, message))
            return
        self._junk_lines += 1
        self._junk.add(line)
        if self._junk_lines == _MOST_JUNK:
            self._tell(self, Broken(f"wrote {_MOST_JUNK} lines to stdout that are no reply"))

    def _drain(self) -> None:
        stream = LogStream(self._log) if self._log is not None else None
        with self._pipe(self._group.process.stderr) as stderr:
            # Past the buffer of the pipe: what there is comes at once, not in full chunks.
            while data := os.read(stderr.fileno(), _CHUNK):
                self._complaints.add(data)
                if stream is not None:
                    stream.add(data)
        if stream is not None:
            stream.end()

    def _note(self, text: str) -> None:
        if self._log is not None:
            self._log.note(text)

    def _write(self) -> None:
        stdin = self._pipe(self._group.process.stdin)
        try:
            while (line := self._requests.get()) is not None:
                stdin.write(line)
                stdin.flush()
        except OSError:
            if not self._exited.wait(_MOMENT):
                self._tell(self, Broken("closed its stdin, though it goes on running"))
        finally:
            with suppress(OSError):  # what is left to write cannot be written
                stdin.close()

    def _watch(self) -> None:
        self._group.wait()
        self._exited.set()
        # What it said last is taken, unless something that it started keeps the pipes open.
        self._reader.join(_MOMENT)
        code = self._group.forget()
        self._reader.join(_MOMENT)
        self._drainer.join(_MOMENT)
        how = describe_end(code)
        self._note(f"process {self._group.process.pid} {how}")
        self._tell(self, Ended(how))
