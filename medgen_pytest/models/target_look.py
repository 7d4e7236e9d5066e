"""Looking at the target of a python model: whether it can be imported, in a process that it may take down."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import cast

_PROBE = Path(__file__).with_name("target_probe.py")


def target_problem(text: str, *, root: Path, seconds: float) -> str | None:
    """Why `module:attr` cannot be a model, in one line; None if nothing is seen to be wrong. Never raises for it."""
    # Isolated, so that the paths of imports are those of this process and not of where it was started.
    command = [sys.executable, "-I", str(_PROBE)]
    given = "\n".join([json.dumps([str(path) for path in sys.path]), json.dumps([str(root), text]), ""])
    try:
        done = subprocess.run(  # noqa: S603 - our own script, no shell
            command, input=given.encode("ascii"), capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return f"importing {text!r} takes more than {seconds:g} s"
    except OSError as error:
        return f"no process could be started to import {text!r}: {error.strerror or error}"
    try:
        return cast("str | None", json.loads(done.stdout)["problem"])
    except (ValueError, LookupError, TypeError):
        return f"importing {text!r} ends Python with exit code {done.returncode}"
