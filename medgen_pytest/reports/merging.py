"""What a merging did, in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.doubts import record_doubts
from medgen_pytest.reports.line import Line, wrapped
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.evaluation.merge_summary import Choice, MergeSummary

_CHOICES: dict[Choice, str] = {
    "identical": "the same record twice, kept once",
    "finished": "an answer takes the place of an error",
    "newest": "the newest of several answers counts",
    "hidden": "a record of another revision, or of nobody's answer, is left out",
}


def merging_lines(summary: MergeSummary, *, width: int) -> list[Line]:
    """The lines: what was joined, which shards are here, how samples that are in several parts were decided."""
    warnings = wrapped(*_doubts(summary), *_missing(summary), width=width, style="yellow")
    return [*wrapped(*_texts(summary), width=width), *warnings, Line(text="")]


def _texts(summary: MergeSummary) -> Iterator[str]:
    joined = (
        f"{counted(summary.parts, 'run')} joined: {summary.results} of {counted(summary.planned, 'planned sample')}"
    )
    yield f"{joined}, {counted(summary.images, 'image')}"
    for choice, text in _CHOICES.items():
        if summary.choices.get(choice):
            yield f"{counted(summary.choices[choice], 'time')}: {text}"
    for name, values in summary.unlike.items():
        yield f"the runs were made with different {visible(name)}: {visible(', '.join(values))}"
    for count, here in summary.shards.items():
        if len(here) == count:
            yield f"all {count} shards are here"


def _doubts(summary: MergeSummary) -> Iterator[str]:
    for part, facts in summary.doubts.items():
        yield from (f"warning: {visible(part)}: {doubt}" for doubt in record_doubts(facts))


def _missing(summary: MergeSummary) -> Iterator[str]:
    for count, missing in summary.missing_shards.items():
        names = ", ".join(map(str, missing))
        yield f"{count - len(missing)} of {count} shards are here; missing: {names}"
