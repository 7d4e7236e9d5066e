"""The claim folder: where the workers of a session agree who asks for what, on this machine and for this session."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from medgen_pytest.engine.claim_table import create_table
from medgen_pytest.errors import StoreError

_STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ClaimFolder:
    """A temporary folder that the controller of pytest-xdist makes, names to its workers and removes."""

    path: Path

    @classmethod
    def create(cls, *, session: str) -> ClaimFolder:
        """A new one. Raises StoreError."""
        try:
            folder = cls(Path(tempfile.mkdtemp(prefix=f"medgen-{session}-")))
        except OSError as error:
            raise StoreError(f"the workers cannot be given a temporary folder: {error}") from error
        create_table(folder.path)
        return folder

    @property
    def is_stopped(self) -> bool:
        """Whether the session ends before its time."""
        return (self.path / _STOPPED).exists()

    def stop(self) -> None:
        """Says that the session ends before its time, so that no worker waits for what nobody will want."""
        (self.path / _STOPPED).touch()

    def remove(self) -> None:
        """Removes it, as far as the system lets go of it."""
        shutil.rmtree(self.path, ignore_errors=True)
