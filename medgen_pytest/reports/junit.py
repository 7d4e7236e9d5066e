"""The JUnit report: a suite a task, a test case for each model, sample and repeat, and a suite for the gates.

The schema of Jenkins' xUnit plugin has properties of suites but not of test cases, and a file that breaks it is
refused there. So what a case is of, and its scores, are lines of its output, which all that show test cases show.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Literal
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape, quoteattr

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.evaluation.gates import GateStatus
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.reports.case_properties import case_properties, identity_properties
from medgen_pytest.reports.files import write_text_atomically
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.gates import GateVerdict
    from medgen_pytest.evaluation.run_result import RunResult

    Problem = Literal["failure", "error"]

_LONGEST_MESSAGE = 300
_LONGEST_ANSWER = 4000
_BREAKS = "\n\t"
_NEW_LINE = "\n"

_SAMPLE_PROBLEMS: Mapping[Outcome, Problem] = {
    Outcome.INACCURATE: "failure",
    Outcome.INVALID: "failure",
    Outcome.ERROR: "error",
    Outcome.MISSING: "error",
}
_SKIPPED: Literal["skipped"] = "skipped"
_GATE_PROBLEMS: Mapping[GateStatus, Problem] = {
    GateStatus.BREACHED: "failure",
    GateStatus.INCONCLUSIVE: "error",
    GateStatus.INCOMPLETE: "error",
}


def write_junit_report(run: RunResult, path: Path) -> None:
    """Writes the report as JUnit XML. Raises StoreError naming the path."""
    write_text_atomically(path, _chunks(run))


def _chunks(run: RunResult) -> Iterator[str]:
    # One test case at a time is written, so that memory does not grow with the run.
    root = _counted("testsuites", _counts(run.cases, run.gates), seconds=_seconds(run.cases))
    opening, closing = _tags(root)
    yield f'<?xml version="1.0" encoding="utf-8"?>\n{opening}\n'
    for suite, cases in _suites(run):
        opening, closing_suite = _tags(suite)
        yield f"  {opening}\n"
        yield from cases
        yield f"  {closing_suite}\n"
    yield f"{closing}\n"


def _tags(element: ET.Element) -> tuple[str, str]:
    ET.indent(element, level=1)
    closing = f"</{element.tag}>"
    text = ET.tostring(element, encoding="unicode", short_empty_elements=False)
    return text.removesuffix(closing).rstrip(), closing


def _suites(run: RunResult) -> Iterator[tuple[ET.Element, Iterator[str]]]:
    """Each suite without its test cases, and these as text."""
    timestamp = run.facts.get("started")
    by_task: dict[Task, list[Case]] = {}
    for case in sorted(run.cases, key=lambda case: case.planned.key):
        by_task.setdefault(case.planned.task, []).append(case)
    is_repeated = not run.repeats.is_one
    for task in (task for task in Task if task in by_task):
        cases = (_sample_case(case, is_repeated=is_repeated) for case in by_task[task])
        yield _suite(task, by_task[task], run), cases
    if run.gates:
        yield _gate_suite(run, timestamp=timestamp), (_gate_case(gate) for gate in run.gates)


def _suite(task: Task, cases: Sequence[Case], run: RunResult) -> ET.Element:
    suite = _counted("testsuite", _counts(cases, ()), seconds=_seconds(cases), name=f"{task.format}/{task}")
    facts = {"format": task.format.value, "task": task.value}
    if not run.repeats.is_one:
        facts["repeats"] = str(run.repeats)
    for name, reason in run.left_out.items():
        if name in run.profile.metrics and run.profile.metrics[name].applies_to(task):
            facts[f"not_measured_{name}"] = reason
    _describe(suite, facts, timestamp=run.facts.get("started"))
    return suite


def _gate_suite(run: RunResult, *, timestamp: object) -> ET.Element:
    suite = _counted("testsuite", _counts((), run.gates), seconds=None, name="gates")
    properties = {} if run.repeats.is_one else {"repeats": str(run.repeats)}
    _describe(suite, properties, timestamp=timestamp, skipped=sum(map(_is_only_told, run.gates)))
    return suite


def _describe(suite: ET.Element, properties: Mapping[str, str], *, timestamp: object, skipped: int = 0) -> None:
    suite.set("skipped", str(skipped))
    if isinstance(timestamp, str):
        suite.set("timestamp", visible(timestamp))
    if properties:
        suite.append(_properties(properties.items()))


def _sample_case(case: Case, *, is_repeated: bool) -> str:
    planned, result, verdict = case.planned, case.result, case.verdict
    facts, answer, parts = _properties_of(case, is_repeated=is_repeated), None, []
    if verdict.outcome in _SAMPLE_PROBLEMS:
        parts.append(_problem(_SAMPLE_PROBLEMS[verdict.outcome], type_=verdict.outcome.value, reason=verdict.reason))
        answer = result.output.text if result is not None else None
    parts.append(_output(facts, _shorten(answer) if answer else None))
    name = planned.key.label(is_repeated=is_repeated)
    return _test_case(f"{planned.format}.{planned.task}", name, seconds=_seconds([case]), parts=parts)


def _gate_case(gate: GateVerdict) -> str:
    facts = {"gate": gate.gate, "model": gate.subject, "tier": gate.tier, "status": gate.status.value}
    counts = {name: str(value) for name, value in gate.tally.to_dict().items() if value is not None}
    parts = []
    problem = _gate_problem(gate)
    if problem is not None:
        parts.append(_problem(problem, type_=gate.status.value, reason=gate.reason))
    elif _is_only_told(gate):
        parts.append(_problem(_SKIPPED, type_=gate.status.value, reason=f"advisory, {gate.status}: {gate.reason}"))
    parts.append(_output({**facts, "reason": gate.reason, **counts}.items()))
    return _test_case("gates", f"{gate.subject}|{gate.gate}", seconds=None, parts=parts)


def _gate_problem(gate: GateVerdict) -> Problem | None:
    return _GATE_PROBLEMS.get(gate.status) if gate.is_blocking else None


def _is_only_told(gate: GateVerdict) -> bool:
    """Whether a gate does not hold and must not fail a build: readers show a skipped test apart, with its reason."""
    return not gate.is_blocking and gate.status is not GateStatus.HOLDS


# Test cases are written as text: building a tree for each takes most of the time of the whole report.
def _test_case(classname: str, name: str, *, seconds: float | None, parts: Iterable[str]) -> str:
    time = f" time={quoteattr(_time_text(seconds))}" if seconds is not None else ""
    opening = f"    <testcase classname={quoteattr(classname)} name={quoteattr(visible(name))}{time}>\n"
    return opening + "".join(parts) + "    </testcase>\n"


def _problem(tag: Problem | Literal["skipped"], *, type_: str, reason: str | None) -> str:
    text = reason or "no reason was recorded"
    message = quoteattr(visible(text)[:_LONGEST_MESSAGE])
    return f"      <{tag} type={quoteattr(type_)} message={message}>{escape(visible(text, keep=_BREAKS))}</{tag}>\n"


def _output(facts: Iterable[tuple[str, str]], answer: str | None = None) -> str:
    """Facts as lines `name: value`, each on a line of its own, and after an empty line what the model answered."""
    lines = [f"{visible(name)}: {visible(value)}" for name, value in facts]
    if answer is not None:
        lines += ["", f"answer: {visible(answer, keep=_BREAKS)}"]
    return f"      <system-out>{escape(_NEW_LINE.join(lines))}</system-out>\n"


def _properties_of(case: Case, *, is_repeated: bool) -> list[tuple[str, str]]:
    outcome = case.verdict.outcome.value
    if case.result is None:
        return [*identity_properties(case.planned, is_repeated=is_repeated), ("outcome", outcome)]
    return case_properties(case.result, outcome, is_repeated=is_repeated)


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
    problems += [_gate_problem(gate) for gate in gates]
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
        element.set("time", _time_text(seconds))


def _time_text(seconds: float) -> str:
    return f"{seconds:.3f}"
