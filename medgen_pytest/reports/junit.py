"""The JUnit report: a suite a task, a test case a sample and model, and a suite for the gates."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from medgen_pytest.domain.score import dump_number
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.evaluation.gate import GateStatus
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.reports.files import write_text_atomically
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import Literal

    from medgen_pytest.domain.planned import PlannedSample
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.domain.score import Score
    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.gate import GateVerdict
    from medgen_pytest.evaluation.run_result import RunResult

    Problem = Literal["failure", "error"]

_LONGEST_MESSAGE = 300
_LONGEST_ANSWER = 4000
_BREAKS = "\n\t"

_SAMPLE_PROBLEMS: Mapping[Outcome, Problem] = {
    Outcome.INACCURATE: "failure",
    Outcome.INVALID: "failure",
    Outcome.ERROR: "error",
    Outcome.MISSING: "error",
}
_GATE_PROBLEMS: Mapping[GateStatus, Problem] = {
    GateStatus.BREACHED: "failure",
    GateStatus.INCONCLUSIVE: "error",
    GateStatus.INCOMPLETE: "error",
}


def write_junit_report(run: RunResult, path: Path) -> None:
    """Writes the report as JUnit XML. Raises StoreError naming the path."""
    write_text_atomically(path, _chunks(run))


def case_properties(case_result: SampleResult, outcome: str) -> list[tuple[str, str]]:
    """Name and value of each property of a test: what it is of, its outcome and a `score_METRIC` for each score.

    Every text is visible and free of lone surrogates, so that it can cross processes and stand in XML.
    """
    scores = [(f"score_{visible(name)}", _score_text(score)) for name, score in sorted(case_result.scores.items())]
    return [*_identity(case_result), ("outcome", visible(outcome)), *scores]


def _chunks(run: RunResult) -> Iterator[str]:
    # One suite at a time is built as a tree, so that memory does not grow with the whole run.
    root = _counted("testsuites", _counts(run.cases, run.gates), seconds=_seconds(run.cases))
    opening, closing = _tags(root)
    yield f'<?xml version="1.0" encoding="utf-8"?>\n{opening}\n'
    for suite in _suites(run):
        ET.indent(suite, level=1)
        yield f"  {ET.tostring(suite, encoding='unicode')}\n"
    yield f"{closing}\n"


def _tags(element: ET.Element) -> tuple[str, str]:
    closing = f"</{element.tag}>"
    return ET.tostring(element, encoding="unicode", short_empty_elements=False).removesuffix(closing), closing


def _suites(run: RunResult) -> Iterator[ET.Element]:
    timestamp = run.facts.get("started")
    by_task: dict[Task, list[Case]] = {}
    for case in sorted(run.cases, key=lambda case: case.planned.key):
        by_task.setdefault(case.planned.task, []).append(case)
    for task in (task for task in Task if task in by_task):
        yield _suite(task, by_task[task], timestamp=timestamp)
    if run.gates:
        yield _gate_suite(run.gates, timestamp=timestamp)


def _suite(task: Task, cases: Sequence[Case], *, timestamp: object) -> ET.Element:
    suite = _counted("testsuite", _counts(cases, ()), seconds=_seconds(cases), name=f"{task.format}/{task}")
    _describe(suite, {"format": task.format.value, "task": task.value}, timestamp=timestamp)
    suite.extend(_sample_case(case) for case in cases)
    return suite


def _gate_suite(gates: Sequence[GateVerdict], *, timestamp: object) -> ET.Element:
    suite = _counted("testsuite", _counts((), gates), seconds=None, name="gates")
    _describe(suite, {}, timestamp=timestamp)
    suite.extend(_gate_case(gate) for gate in gates)
    return suite


def _describe(suite: ET.Element, properties: Mapping[str, str], *, timestamp: object) -> None:
    suite.set("skipped", "0")
    if isinstance(timestamp, str):
        suite.set("timestamp", visible(timestamp))
    if properties:
        suite.append(_properties(properties.items()))


def _sample_case(case: Case) -> ET.Element:
    planned, result, verdict = case.planned, case.result, case.verdict
    repeat = f"#{planned.repeat}" if planned.repeat else ""
    element = ET.Element(
        "testcase",
        classname=f"{planned.format}.{planned.task}",
        name=visible(f"{planned.model}|{planned.sample_id}{repeat}"),
    )
    _set_time(element, _seconds([case]))
    element.append(_properties(_properties_of(case)))
    if verdict.outcome in _SAMPLE_PROBLEMS:
        tag = _SAMPLE_PROBLEMS[verdict.outcome]
        element.append(_problem(tag, type_=verdict.outcome.value, reason=verdict.reason))
        if result is not None and result.output.text:
            ET.SubElement(element, "system-out").text = visible(_shorten(result.output.text), keep=_BREAKS)
    return element


def _gate_case(gate: GateVerdict) -> ET.Element:
    element = ET.Element("testcase", classname="gates", name=visible(f"{gate.model}|{gate.gate}"))
    facts = {"gate": gate.gate, "model": gate.model, "status": gate.status.value}
    counts = {name: str(value) for name, value in gate.tally.to_dict().items() if value is not None}
    element.append(_properties({**facts, **counts}.items()))
    if gate.status in _GATE_PROBLEMS:
        element.append(_problem(_GATE_PROBLEMS[gate.status], type_=gate.status.value, reason=gate.reason))
    else:
        ET.SubElement(element, "system-out").text = visible(gate.reason, keep=_BREAKS)
    return element


def _problem(tag: Problem, *, type_: str, reason: str | None) -> ET.Element:
    text = reason or "no reason was recorded"
    element = ET.Element(str(tag), type=type_, message=visible(text)[:_LONGEST_MESSAGE])
    element.text = visible(text, keep=_BREAKS)
    return element


def _properties_of(case: Case) -> list[tuple[str, str]]:
    outcome = case.verdict.outcome.value
    if case.result is None:
        return [*_identity(case.planned), ("outcome", outcome)]
    return case_properties(case.result, outcome)


def _identity(record: SampleResult | PlannedSample) -> list[tuple[str, str]]:
    subtask = [("subtask", visible(record.subtask))] if record.subtask is not None else []
    return [
        ("model", visible(record.model)),
        ("format", record.format.value),
        ("task", record.task.value),
        *subtask,
        ("modality", record.modality.value),
    ]


def _score_text(score: Score) -> str:
    if not score.is_scored:
        return f"unscored: {visible(score.reason or 'no reason was recorded')}"
    return str(dump_number(score.value))


def _properties(pairs: Iterable[tuple[str, str]]) -> ET.Element:
    element = ET.Element("properties")
    element.extend(ET.Element("property", name=visible(name), value=visible(value)) for name, value in pairs)
    return element


def _shorten(text: str) -> str:
    if len(text) <= _LONGEST_ANSWER:
        return text
    return f"{text[:_LONGEST_ANSWER]}\n[{len(text) - _LONGEST_ANSWER} more characters]"


def _counts(cases: Iterable[Case], gates: Iterable[GateVerdict]) -> Counter[str]:
    problems = [_SAMPLE_PROBLEMS.get(case.verdict.outcome) for case in cases]
    problems += [_GATE_PROBLEMS.get(gate.status) for gate in gates]
    return Counter({"tests": len(problems), "failures": problems.count("failure"), "errors": problems.count("error")})


def _counted(tag: str, counts: Mapping[str, int], *, seconds: float | None, name: str = "medgen") -> ET.Element:
    numbers = {key: str(counts[key]) for key in ("tests", "failures", "errors")}
    element = ET.Element(tag, {"name": name, **numbers})
    _set_time(element, seconds)
    return element


def _seconds(cases: Iterable[Case]) -> float | None:
    """The time the models worked, as far as it is known."""
    known = [case.result.output.seconds for case in cases if case.result and case.result.output.seconds is not None]
    usable = [seconds for seconds in known if math.isfinite(seconds) and seconds >= 0]
    return math.fsum(usable) if usable else None


def _set_time(element: ET.Element, seconds: float | None) -> None:
    # Unknown is no attribute, never 0.
    if seconds is not None:
        element.set("time", f"{seconds:.3f}")
