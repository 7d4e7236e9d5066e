"""Looking at the terminal: which characters it knows, how wide it is, and whether there are colours."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from medgen_pytest.config.environment import is_ci, wants_no_colour
from medgen_pytest.evaluation.checkup import Finding, warning, well

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

_NARROW = 60
_SHOWN = "…µ≥é"
"""Characters that texts of ours, and names of the benchmark, hold."""


def look_at_terminal(stream: TextIO) -> Iterator[Finding]:
    """What is known of the stream that the doctor's own report goes to."""
    encoding = stream.encoding or "ascii"
    if not knows_characters(encoding):
        yield warning(
            f"the output is {encoding}, so characters that it lacks are shown as escapes like \\u2026",
            todo="set PYTHONUTF8=1, and on Windows a UTF-8 code page: chcp 65001",
        )
    width = shutil.get_terminal_size().columns
    kind = "a terminal" if stream.isatty() else "no terminal"
    if is_ci():
        kind = f"{kind}, in a CI job: progress is told in plain lines"
    colours = "colours are not wanted (NO_COLOR)" if wants_no_colour() else "pytest colours what a terminal shows"
    text = f"{kind}, {encoding}, {width} columns"
    if width < _NARROW:
        yield warning(text, colours, todo="widen it: tables leave out columns, and names are cut")
    else:
        yield well(text, colours)


def knows_characters(encoding: str) -> bool:
    """Whether an encoding has the characters that tables and names hold."""
    try:
        _SHOWN.encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True
