"""The journal: what was asked and what came of it, without any key, and the counts that prove what was paid."""

from __future__ import annotations

import json
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import IO, TYPE_CHECKING, Literal

from medgen_pytest.config.secrets import without_secrets
from medgen_pytest.errors import ConfigError
from medgen_pytest.fake_server.content import summary_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medgen_pytest.fake_server.message import HttpRequest
    from medgen_pytest.fake_server.question import InputImage

SCHEMA_VERSION = 1
_QUESTIONS = ("ask", "judge")

Result = Literal["answered", "faulted", "refused", "limited", "abandoned"]
"""What came of a request: the whole right answer was sent, a fault was met, the request was wrong,
a limit was reached, or the client left before the reply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One request to a model or about models.

    `number` counts the questions as they arrived, from 1, and their `kind` is ask, or judge for those of a judge;
    0 is a request that asks no model (models, model, poll, cancel or file). `images` is how many came with a
    question, `dimensions` what a judge has to score. `attempt` says which question of the same `digest` this is.
    `content` is the body without what is long, `headers` are without secrets. `in_flight` is how many
    questions were open when this one had come, itself counted.
    """

    number: int
    kind: str
    endpoint: str
    method: str
    path: str
    digest: str
    attempt: int
    headers: Mapping[str, str]
    content: object
    body_bytes: int
    in_flight: int
    status: int
    result: Result
    fault: str | None = None
    problem: str | None = None
    images: int = 0
    dimensions: tuple[str, ...] = ()

    def to_plain(self) -> dict[str, object]:
        """The entry as plain values."""
        return {"schema_version": SCHEMA_VERSION, **asdict(self)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Counts since the start or the last reset; `by_digest` says asked and answered for each content.

    `judged` is how many of those asked were questions of a judge.

    A content whose answer was sent more than once was paid more than once: `answered_twice` counts these.
    """

    asked: int = 0
    judged: int = 0
    answered: int = 0
    faulted: int = 0
    refused: int = 0
    limited: int = 0
    abandoned: int = 0
    in_flight: int = 0
    max_in_flight: int = 0
    answered_twice: int = 0
    polls: int = 0
    files: int = 0
    connections: int = 0
    faults: Mapping[str, int] = field(default_factory=dict)
    by_digest: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def to_plain(self) -> dict[str, object]:
        """The counts as plain values."""
        return {"schema_version": SCHEMA_VERSION, **asdict(self)}


class Journal:
    """The entries, the newest of them in memory and all in the file if there is one."""

    def __init__(self, *, path: Path | None = None, room: int = 100_000) -> None:
        self._room = room
        self._entries: OrderedDict[int, Entry] = OrderedDict()
        self._next = 0
        self._file = _opened(path) if path is not None else None
        self.reset()

    def reset(self) -> None:
        """Forgets entries and counts; what is in flight stays, and so does the file."""
        self._entries.clear()
        self._results: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()
        self._answered: Counter[str] = Counter()

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries in the order in which they were answered."""
        return tuple(self._entries.values())

    def attempt(self, digest: str) -> int:
        """Notes another question of this content: which one it is, from 1."""
        self._asked[digest] += 1
        return self._asked[digest]

    def add(self, entry: Entry) -> int:
        """Notes an entry; a handle for `amend` and `write`."""
        self._next += 1
        self._entries[self._next] = entry
        while len(self._entries) > self._room:
            self._entries.popitem(last=False)
        self._kinds[entry.kind] += 1
        if entry.kind in _QUESTIONS:
            self._count(entry, by=1)
        return self._next

    def amend(self, handle: int, result: Result) -> None:
        """Replaces what came of an entry: the client may leave while its reply is sent."""
        entry = self._entries.get(handle)
        if entry is not None and entry.kind in _QUESTIONS:
            self._count(entry, by=-1)
            self._entries[handle] = replace(entry, result=result)
            self._count(self._entries[handle], by=1)

    def write(self, handle: int) -> None:
        """Writes an entry to the file, if there is one."""
        entry = self._entries.get(handle)
        if self._file is not None and entry is not None:
            self._file.write(json.dumps(entry.to_plain(), ensure_ascii=False) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()

    def stats(self, *, in_flight: int, max_in_flight: int, connections: int) -> Stats:
        """The counts."""
        digests = {
            digest: {"asked": count, "answered": self._answered[digest]}
            for digest, count in sorted(self._asked.items())
        }
        return Stats(
            asked=sum(self._results.values()),
            judged=self._kinds["judge"],
            **{name: self._results[name] for name in ("answered", "faulted", "refused", "limited", "abandoned")},
            in_flight=in_flight,
            max_in_flight=max_in_flight,
            answered_twice=sum(count > 1 for count in self._answered.values()),
            polls=self._kinds["poll"],
            files=self._kinds["file"],
            connections=connections,
            faults=dict(sorted(self._faults.items())),
            by_digest=digests,
        )

    def _count(self, entry: Entry, *, by: int) -> None:
        self._results[entry.result] += by
        if entry.fault is not None:
            self._faults[entry.fault] += by
        if entry.result == "answered":
            self._answered[entry.digest] += by


def shown_headers(request: HttpRequest) -> dict[str, str]:
    """The headers without secrets."""
    shown = without_secrets(dict(request.headers))
    return {str(name): str(value) for name, value in shown.items()} if isinstance(shown, Mapping) else {}


def shown_target(request: HttpRequest) -> str:
    """The path with its query, without secrets."""
    return str(without_secrets(request.target))


def shown_content(request: HttpRequest, images: Sequence[InputImage] = ()) -> object:
    """The body without what is long and without secrets; `images` are those that were read from it."""
    return without_secrets(summary_of(request, images))


def _opened(path: Path) -> IO[str]:
    try:
        return path.open("a", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"the journal {path} cannot be written: {error.strerror or error}") from error
