"""The installed torch: what importing it shows, in a process that it may take down."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from medgen_pytest.metrics.packages import module_exists

_PROBE = Path(__file__).with_name("torch_probe.py")
_LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleState:
    """What became of importing a module: its version, or the error."""

    version: str | None = None
    error: str | None = None
    devices: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TorchInstall:
    """The installed torch and torchvision; None for one that is not installed."""

    torch: ModuleState | None = None
    torchvision: ModuleState | None = None

    def to_dict(self) -> dict[str, object]:
        """The install as plain data."""
        return {"torch": _plain(self.torch), "torchvision": _plain(self.torchvision)}


def look_at_torch(*, seconds: float = 120.0) -> TorchInstall:
    """What importing torch and torchvision shows, within a time limit. Never raises for what it finds."""
    names = [name for name in ("torch", "torchvision") if module_exists(name)]
    if "torch" not in names:
        return TorchInstall()
    run = _probe(names, seconds=seconds)
    states = {name: run.states.get(name, ModuleState(error=run.ending)) for name in names}
    return TorchInstall(torch=states["torch"], torchvision=states.get("torchvision"))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What the probe told, and why it told no more."""

    ending: str
    states: dict[str, ModuleState] = field(default_factory=dict)


def _probe(names: list[str], *, seconds: float) -> _Run:
    # Isolated, so that the paths of imports are those of this process and not of where it was started.
    command = [sys.executable, "-I", str(_PROBE)]
    paths = [str(path) for path in sys.path]  # whatever somebody put there
    given = f"{json.dumps(paths)}\n{json.dumps(names)}\n".encode("ascii")
    try:
        done = subprocess.run(  # noqa: S603 - our own script, no shell
            command, input=given, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        return _Run(ending=f"importing it takes more than {seconds:g} s", states=_read(error.stdout or b""))
    except OSError as error:
        return _Run(ending=f"no process could be started to import it: {error.strerror or error}")
    return _Run(ending=f"importing it ends Python with exit code {done.returncode}", states=_read(done.stdout))


def _read(output: bytes) -> dict[str, ModuleState]:
    states: dict[str, ModuleState] = {}
    for line in output.splitlines():
        try:
            fact = json.loads(line)
        except ValueError:  # a line that a dying process has left half
            continue
        states[fact["module"]] = ModuleState(
            version=fact.get("version"),
            error=_one_line(fact["error"]) if "error" in fact else None,
            devices=tuple(fact.get("devices", ())),
            notes=tuple(_one_line(note) for note in fact.get("notes", ())),
        )
    return states


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def _plain(state: ModuleState | None) -> dict[str, object] | None:
    if state is None:
        return None
    return {
        "version": state.version,
        "error": state.error,
        "devices": list(state.devices),
        "notes": list(state.notes),
    }
