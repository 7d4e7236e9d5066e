"""Programs: a command as it is found on this machine, what it inherits, and what makes it this program."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medgen_pytest.config.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_READ_WHOLE = 1_000_000
"""Larger files named in a command are weights or binaries: of them the size alone counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A command, the folder that it runs in, and the variables that it gets beside those it inherits."""

    command: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """What messages call it: the program as the settings name it."""
        return self.command[0]

    def problems(self) -> list[str]:
        """Why it cannot be started, one line each; empty when nothing is known against it."""
        if not self.cwd.is_dir():
            return [f"its folder {str(self.cwd)!r} (cwd) does not exist"]
        if self.executable() is None:
            place = self._place()
            if place is not None and place.is_file():
                return [f"command {self.name!r} is not executable"]
            return [f"command {self.name!r} is not found"]
        return []

    def executable(self) -> str | None:
        """The file that the command names: relative to `cwd`, or on the search path; None if there is none."""
        place = self._place()
        # A link is not followed: the interpreter of a virtual environment finds it by the link.
        if place is not None:
            return shutil.which(place)
        return shutil.which(self.name, path=self.env.get("PATH"))

    def environment(self) -> dict[str, str]:
        """All variables that it gets. Python programs write without a buffer, in case they forget to flush."""
        inherited = dict(os.environ)  # noqa: TID251 - handed on as a whole; no setting is read from it
        return {"PYTHONUNBUFFERED": "1", **inherited, **self.env}

    def secrets(self) -> Secrets:
        """What must not be quoted of what it says: the values of variables whose names say so."""
        return Secrets([self.environment()])

    def digest(self) -> str:
        """SHA-256 over the files that the command names, an interpreter from elsewhere apart.

        Files over a megabyte count with their size alone. Raises OSError.
        """
        digest = hashlib.sha256()
        for place, path in self._files():
            size = path.stat().st_size
            digest.update(f"{place}\0{size}\n".encode())
            if size <= _READ_WHOLE:
                digest.update(path.read_bytes())
        return digest.hexdigest()

    def _place(self) -> Path | None:
        separators = {os.sep, os.altsep} - {None}
        return self.cwd / self.name if separators.intersection(self.name) else None

    def _files(self) -> Iterator[tuple[int, Path]]:
        for place, word in enumerate(self.command):
            path = self.cwd / word
            is_interpreter = place == 0 and not (self._place() and path.is_relative_to(self.cwd))
            try:
                if not is_interpreter and path.is_file():
                    yield place, path
            except OSError:  # a word that is too long to be a path
                continue
