"""The JUnit report as those who read it want it: Jenkins' xUnit plugin by its schema, GitLab by what it takes up."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
import xmlschema

from medgen_pytest.reports.junit import write_junit_report

if TYPE_CHECKING:
    from medgen_pytest.evaluation.run_result import RunResult
    from tests.reports.conftest import RunBuilder

GATES = (
    "multiple-choice/accuracy >= 0.5",
    "vqa/bleu >= 0.9",
    "vqa/bleu >= 0.3",
    "all/ssim >= 0.8",
    "advisory: vqa/bleu >= 0.9",
    "cost <= 5",
)
EVERYTHING = "".join(map(chr, (*range(0x20), 0x7F, 0x85, 0xFFFE, 0xFFFF, 0x202E, 0x200B, 0xD800))) + "]]>&lt;<!--"


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema10:
    return xmlschema.XMLSchema10(Path(__file__).parent / "schemas" / "junit-10.xsd")


def written(run: RunResult, folder: Path) -> Path:
    path = folder / "junit.xml"
    write_junit_report(run, path)
    return path


def test_a_run_of_all_outcomes_and_gates_keeps_the_schema_of_jenkins(
    two_models: RunBuilder, schema: xmlschema.XMLSchema10, tmp_path: Path
) -> None:
    two_models.add(scores={"bleu": 0.5}, seconds=1234567.0)

    schema.validate(written(two_models.build(*GATES, facts={"left_out": {"bleu": "why"}, "started": "now"}), tmp_path))


def test_a_run_without_samples_keeps_it_too(
    new_run: type[RunBuilder], schema: xmlschema.XMLSchema10, tmp_path: Path
) -> None:
    schema.validate(written(new_run().build(), tmp_path))


def test_control_characters_and_markup_in_every_text_keep_it_too(
    new_run: type[RunBuilder], schema: xmlschema.XMLSchema10, tmp_path: Path
) -> None:
    builder = new_run()
    for ending in ("answered", "invalid", "error"):
        builder.add(
            ending,
            model=EVERYTHING * 4,
            subtask=EVERYTHING,
            reason=EVERYTHING,
            text=EVERYTHING,
            scores={"bleu": math.inf, EVERYTHING: None},
            times=2,
        )
    run = builder.repeat_first(2).build("all/accuracy >= 0", facts={"left_out": {"bleu": EVERYTHING}})

    schema.validate(written(run, tmp_path))


def test_the_schema_refuses_what_jenkins_refuses(schema: xmlschema.XMLSchema10) -> None:
    case = '<testcase name="t"><properties><property name="a" value="b"/></properties></testcase>'

    assert not schema.is_valid(f'<testsuite name="s" tests="1" failures="0" errors="0">{case}</testsuite>')
    assert not schema.is_valid('<testsuite name="s" tests="1" failures="0"/>')
    assert not schema.is_valid('<testsuite name="s" tests="1" failures="0" errors="0" time="1e3"/>')


def test_gitlab_finds_each_case_once_with_one_status_and_a_text_to_show(two_models: RunBuilder, tmp_path: Path) -> None:
    root = ET.parse(written(two_models.build(*GATES), tmp_path)).getroot()  # noqa: S314 - our own file

    # It tells cases apart by suite, classname and name, takes the first of failure, error and skipped for the
    # status, shows the text of that element, and reads `time` as a number.
    cases = [(suite, case) for suite in root.iter("testsuite") for case in suite.iter("testcase")]
    names = Counter((suite.get("name"), case.get("classname"), case.get("name")) for suite, case in cases)
    problems = [[child for child in case if child.tag in {"failure", "error", "skipped"}] for _, case in cases]
    assert (root.tag, set(names.values())) == ("testsuites", {1})
    assert all(case.get("classname") and case.get("name") for _, case in cases)
    assert max(map(len, problems)) == 1
    assert all(child.text for found in problems for child in found)
    assert all(float(case.get("time", "0")) >= 0 for _, case in cases)
