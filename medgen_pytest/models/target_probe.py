"""Probe: a script that imports the target of a model, and says as JSON what came of it.

It runs in a process of its own, which foreign code may take down or hold up, and reads from its input the paths
that modules are imported from, the folder of the settings and the target.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from pathlib import Path

_CALLED = ("answer", "answer_batch")


def main() -> None:
    """Imports it; nothing is called and no class is built."""
    facts = os.dup(1)
    os.dup2(2, 1)  # what modules print is no fact
    sys.path[:] = json.loads(sys.stdin.readline())
    root, text = json.loads(sys.stdin.readline())
    os.write(facts, json.dumps({"problem": _problem(text, root=Path(root))}).encode("ascii"))


def _problem(text: str, *, root: Path) -> str | None:
    from medgen_pytest.errors import ConfigError
    from medgen_pytest.models.target import import_target

    try:
        value = import_target(text, root=root, name="").value
    except ConfigError as error:
        return str(error).removeprefix("model '': ")
    if any(callable(getattr(value, name, None)) for name in _CALLED):
        return None
    # Calling a class builds it; whether what it builds can be called is for its own method to say.
    called = "__call__" in dir(value) if not inspect.isclass(value) else _defines_call(value)
    return None if called else f"{text!r} is not callable and has no method 'answer' or 'answer_batch'"


def _defines_call(value: type) -> bool:
    return any("__call__" in vars(one) for one in value.__mro__)


if __name__ == "__main__":
    main()
