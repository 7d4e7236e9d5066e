"""The claim folder: where the workers of a session agree who asks for what, on this machine and for this session."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_STOPPED = "stopped"
_SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class ClaimFolder:
    """A temporary folder that the controller of pytest-xdist names to its workers and removes.

    The first worker that needs it makes it, so that a session without such a worker leaves no trace.
    """

    path: Path

    @classmethod
    def of_session(cls, session: str) -> ClaimFolder:
        """A folder that no other session has, and whose name nobody can foresee."""
        return cls(Path(tempfile.gettempdir()) / f"medgen-{session}-{secrets.token_hex(8)}")

    @property
    def is_stopped(self) -> bool:
        """Whether the session ends before its time."""
        return (self.path / _STOPPED).exists()

    def stop(self) -> None:
        """Says that the session ends before its time, so that no worker waits for what nobody will want."""
        with suppress(OSError):  # no worker has made the folder; or the disk is full, and then workers wait
            (self.path / _STOPPED).touch()

    def has_settled(self, model: str) -> bool:
        """Whether a model is asked no more, because its gates are decided."""
        return self._settled(model).exists()

    def settle(self, model: str) -> None:
        """Says that a model is asked no more."""
        with suppress(OSError):  # the disk is full, and then workers go on
            self.path.mkdir(mode=0o700, exist_ok=True)
            self._settled(model).touch()

    def _settled(self, model: str) -> Path:
        return self.path / f"{_SETTLED}-{hashlib.sha256(model.encode()).hexdigest()[:16]}"

    def remove(self) -> None:
        """Removes it, as far as the system lets go of it."""
        shutil.rmtree(self.path, ignore_errors=True)
