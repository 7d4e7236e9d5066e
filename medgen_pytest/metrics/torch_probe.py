"""Probe: a script that imports torch and torchvision, and says what came of it as a line of JSON each.

It runs in a process of its own, which a broken build may take down, and reads from its input the paths
that modules are imported from.
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from importlib import import_module
from typing import Any

_GIBIBYTE = 1024**3


def main() -> None:
    """Tells of torch, and of torchvision if that can be found."""
    facts = os.dup(1)
    os.dup2(2, 1)  # what libraries print is no fact
    sys.path[:] = json.loads(sys.stdin.readline())
    for name in json.loads(sys.stdin.readline()):
        line = json.dumps({"module": name, **_facts_of(name)})
        os.write(facts, line.encode("ascii") + b"\n")


def _facts_of(name: str) -> dict[str, object]:
    try:
        module = import_module(name)
        facts: dict[str, object] = {"version": str(getattr(module, "__version__", "unknown"))}
        if name == "torch":
            facts |= _devices_of(module)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a broken build raises anything
        return {"error": f"{type(error).__name__}: {error}"}
    return facts


def _devices_of(torch: Any) -> dict[str, object]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        devices = [f"cpu with {torch.get_num_threads()} threads"]
        if torch.cuda.is_available():
            devices += [_gpu(torch, index) for index in range(torch.cuda.device_count())]
        if torch.backends.mps.is_available():
            devices.append("mps")
    return {"devices": devices, "notes": [str(warning.message) for warning in caught]}


def _gpu(torch: Any, index: int) -> str:
    found = torch.cuda.get_device_properties(index)
    return f"cuda:{index} {found.name} with {found.total_memory / _GIBIBYTE:.0f} GiB"


if __name__ == "__main__":
    main()
