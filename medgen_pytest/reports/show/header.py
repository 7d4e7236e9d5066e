"""The head: which run it is, and what is wrong with what it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import section_of
from medgen_pytest.evaluation.tally import counted
from medgen_pytest.reports.doubts import doubt_lines, finds_faults
from medgen_pytest.reports.line import Line, wrapped
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from medgen_pytest.evaluation.run_result import RunResult

_SHOWN = 12


def head_lines(run: RunResult, *, missing_images: int, width: int) -> list[Line]:
    """Which run it is, then every doubt about its records, a line each."""
    gone = wrapped(*_gone(missing_images), width=width, style="yellow")
    return [*wrapped(*_facts(run), width=width), *doubt_lines(run.facts, width=width), *gone, Line(text="")]


def record_lines(run: RunResult, *, width: int) -> list[Line]:
    """Whether all that the run keeps in text is as it was written; nothing where nobody can tell."""
    if finds_faults(run.facts):
        return wrapped("the records are not all what was written", width=width, style="red")
    if "unsealed_files" in run.facts:
        return []
    return wrapped("records, plans and run.json: each is as it was written", width=width, style="green")


def problem_lines(problems: Mapping[str, str], *, checked: int, width: int) -> list[Line]:
    """What was found in output images, a line each."""
    if not problems:
        text = f"{counted(checked, 'output image')}: each holds what was stored"
        return wrapped(text, width=width, style="green")
    title = f"{len(problems)} of {counted(checked, 'output image')} are not what was stored"
    texts = [f"{visible(label)}: output image {visible(problem)}" for label, problem in problems.items()]
    return [*wrapped(title, width=width, style="red"), *wrapped(*texts, width=width)]


def _facts(run: RunResult) -> Iterator[str]:
    facts = run.facts
    dataset, git = section_of(facts, "dataset"), section_of(facts, "git")
    shard = f", shard {run.shard}" if run.shard is not None else ""
    yield f"run {visible(str(facts.get('run_id')))}, started {visible(str(facts.get('started')))}{shard}"
    fingerprint = str(dataset.get("fingerprint"))[:_SHOWN]
    yield f"dataset {visible(str(dataset.get('path')))} ({visible(fingerprint)}), profile {visible(run.profile.name)}"
    for model in run.models:
        digest = str(section_of(section_of(facts, "models"), model).get("digest"))[:_SHOWN]
        yield f"model {visible(model)} ({visible(digest)})"
    if git.get("commit") is not None:
        changed = ", with changes" if git.get("dirty") else ""
        yield f"commit {visible(str(git['commit'])[:_SHOWN])}{changed}"


def _gone(missing_images: int) -> Iterator[str]:
    if missing_images:
        verb = "is" if missing_images == 1 else "are"
        yield f"warning: {counted(missing_images, 'output image')} {verb} gone; --verify looks at what the others hold"
