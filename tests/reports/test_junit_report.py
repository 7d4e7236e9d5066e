from __future__ import annotations

import math
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import StoreError
from medgen_pytest.reports.case_properties import case_properties
from medgen_pytest.reports.junit import write_junit_report
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.evaluation.run_result import RunResult
    from tests.reports.conftest import RunBuilder

_KEPT = "\n\t"
HOSTILE = st.text(st.characters(), max_size=60)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("junit")


def root_of(run: RunResult, folder: Path) -> ET.Element:
    path = folder / "junit.xml"
    write_junit_report(run, path)
    return ET.fromstring(path.read_bytes())  # noqa: S314 - our own file


def cases_of(root: ET.Element, tag: str) -> list[ET.Element]:
    return [case for case in root.iter("testcase") if case.find(tag) is not None]


def properties_of(element: ET.Element) -> dict[str, str]:
    return {found.attrib["name"]: found.attrib["value"] for found in element.findall("./properties/property")}


def facts_of(case: ET.Element) -> dict[str, str]:
    """What the output of a case says of it: lines before the first empty one."""
    facts, _, _ = (case.findtext("system-out") or "").partition("\n\n")
    return dict(line.split(": ", 1) for line in facts.split("\n"))


def answer_of(case: ET.Element) -> str | None:
    """The answer of the model, where the output of a case holds it."""
    _, found, answer = (case.findtext("system-out") or "").partition("\n\nanswer: ")
    return answer if found else None


def test_every_task_is_a_suite_in_the_order_of_the_paper_and_gates_come_last(
    two_models: RunBuilder, tmp_path: Path
) -> None:
    root = root_of(two_models.build("vqa/bleu >= 0.3"), tmp_path)

    assert [suite.attrib["name"] for suite in root] == [
        "vqa/multiple-choice",
        "vqa/question-answering",
        "image_editing/noise-reconstruction",
        "multimodal_generation/disease-prediction",
        "gates",
    ]


def test_suites_and_root_count_what_they_hold(two_models: RunBuilder, tmp_path: Path) -> None:
    root = root_of(two_models.build("vqa/bleu >= 0.9", "all/accuracy >= 0.1"), tmp_path)

    for element in (root, *root):
        cases = list(element.iter("testcase"))
        counts = [len(cases), len(cases_of(element, "failure")), len(cases_of(element, "error"))]
        assert [int(element.attrib[name]) for name in ("tests", "failures", "errors")] == counts
    assert (root.attrib["tests"], root.attrib["failures"], root.attrib["errors"]) == ("29", "5", "8")


def test_a_case_is_named_by_task_model_and_sample(one_model: RunBuilder, tmp_path: Path) -> None:
    root = root_of(one_model.build(), tmp_path)

    case = root[0].findall("testcase")[0]

    assert case.attrib == {"classname": "vqa.multiple-choice", "name": "my-vlm|vqa:multiple-choice:000007"}
    assert facts_of(case) == {
        "model": "my-vlm",
        "format": "vqa",
        "task": "multiple-choice",
        "subtask": "organ",
        "modality": "CT",
        "outcome": "accurate",
        "score_exact_match": "1.0",
        "score_token_f1": "1.0",
    }


def test_failures_are_the_fault_of_the_model_and_errors_are_not(one_model: RunBuilder, tmp_path: Path) -> None:
    root = root_of(one_model.build(), tmp_path)

    problems = {tag: sorted({str(found.get("type")) for found in root.iter(tag)}) for tag in ("failure", "error")}

    assert problems == {"failure": ["inaccurate", "invalid"], "error": ["error", "missing"]}


def test_an_inaccurate_case_tells_why_and_what_the_model_answered(one_model: RunBuilder, tmp_path: Path) -> None:
    root = root_of(one_model.build(), tmp_path)

    case = cases_of(root[1], "failure")[0]

    assert [child.tag for child in case] == ["failure", "system-out"]
    assert case[0].attrib == {"type": "inaccurate", "message": "bleu 0.01, needs >= 0.09"}
    assert answer_of(case) == "no <idea> & none"


def test_a_long_answer_is_shortened_and_says_by_how_much(new_run: type[RunBuilder], tmp_path: Path) -> None:
    run = new_run().add("invalid", reason="too long", text="x" * 5000).build()

    [case] = root_of(run, tmp_path).iter("testcase")

    assert answer_of(case) == "x" * 4000 + "\n[1000 more characters]"


def test_a_missing_sample_is_an_error_without_scores(one_model: RunBuilder, tmp_path: Path) -> None:
    root = root_of(one_model.build(), tmp_path)

    case = next(case for case in cases_of(root, "error") if case.find("error[@type='missing']") is not None)

    assert facts_of(case)["outcome"] == "missing"
    assert not [name for name in facts_of(case) if name.startswith("score_")]
    assert case[0].get("message") == "planned, but never finished"


def test_times_are_of_the_samples_whose_time_is_known(one_model: RunBuilder, tmp_path: Path) -> None:
    one_model.add(scores={"bleu": 0.5}, seconds=math.inf).add(scores={"bleu": 0.5}, seconds=-1.0)

    root = root_of(one_model.build(), tmp_path)

    assert root.attrib["time"] == "6.500"
    assert [suite.get("time") for suite in root] == [None, "4.500", "2.000"]
    assert sorted(case.get("time", "") for case in root[1].iter("testcase")) == ["", "", "", "", "", *["1.500"] * 3]


def test_each_gate_is_a_case_with_its_tally(one_model: RunBuilder, tmp_path: Path) -> None:
    run = one_model.build("multiple-choice/accuracy >= 0.5", "vqa/bleu >= 0.9", "vqa/bleu >= 0.3", "all/ssim >= 0.8")

    suite = root_of(run, tmp_path)[-1]

    found = [(case.attrib["name"], case[0].tag, case[0].get("type")) for case in suite]
    assert found == [
        ("my-vlm|multiple-choice/accuracy >= 0.5", "system-out", None),
        ("my-vlm|vqa/bleu >= 0.9", "failure", "breached"),
        ("my-vlm|vqa/bleu >= 0.3", "error", "inconclusive"),
        ("my-vlm|all/ssim >= 0.8", "error", "incomplete"),
    ]
    assert facts_of(suite[1])["accuracy_rate"] == "0.375"
    assert suite[1][0].get("message") == facts_of(suite[1])["reason"] == "0.3750 (3 of 8)"


def test_an_advisory_gate_that_does_not_hold_is_skipped_with_its_reason(one_model: RunBuilder, tmp_path: Path) -> None:
    suite = root_of(one_model.build("advisory: vqa/bleu >= 0.9", "advisory: vqa/bleu >= 0"), tmp_path)[-1]

    breached, undecided = suite.findall("testcase")
    assert [case[0].tag for case in (breached, undecided)] == ["skipped", "skipped"]
    assert breached[0].attrib == {"type": "breached", "message": "advisory, breached: 0.3750 (3 of 8)"}
    assert [suite.attrib[name] for name in ("tests", "failures", "errors", "skipped")] == ["2", "0", "0", "2"]


def test_a_gate_on_the_whole_run_is_named_so(new_run: type[RunBuilder], tmp_path: Path) -> None:
    [suite] = [part for part in root_of(new_run().add().build("cost <= 5"), tmp_path) if part.get("name") == "gates"]

    assert [case.attrib["name"] for case in suite.findall("testcase")] == ["the whole run|cost <= 5"]


def test_the_start_of_the_run_is_the_timestamp_of_its_suites(one_model: RunBuilder, tmp_path: Path) -> None:
    root = root_of(one_model.build(facts={"started": "2026-08-01T10:00:00+00:00"}), tmp_path)

    assert {suite.get("timestamp") for suite in root} == {"2026-08-01T10:00:00+00:00"}


def test_repeats_of_a_sample_have_names_and_properties_of_their_own(new_run: type[RunBuilder], tmp_path: Path) -> None:
    run = new_run().add(scores={"bleu": 1.0}).add("missing").repeat_first(2).build("all/accuracy >= 0")

    root = root_of(run, tmp_path)

    first, second, _ = root.iter("testcase")
    assert first.attrib["name"] == "my-vlm|vqa:question-answering:000001|0"
    assert second.attrib["name"] == "my-vlm|vqa:question-answering:000001|1"
    assert [facts_of(case)["repeat"] for case in (first, second)] == ["0", "1"]
    assert [properties_of(suite)["repeats"] for suite in root] == ["mean of 2 repeats"] * 2


def test_a_run_without_samples_is_an_empty_report(new_run: type[RunBuilder], tmp_path: Path) -> None:
    root = root_of(new_run().build(), tmp_path)

    assert (root.tag, len(root), root.attrib["tests"]) == ("testsuites", 0, "0")


@settings(max_examples=40)
@given(model=HOSTILE, subtask=HOSTILE, reason=HOSTILE.filter(bool), metric=HOSTILE)
def test_any_text_comes_through_visibly(
    new_run: type[RunBuilder], folder: Path, model: str, subtask: str, reason: str, metric: str
) -> None:
    builder = new_run().add("invalid", model=model, subtask=subtask, reason=reason, text=reason, scores={metric: None})

    [case] = root_of(builder.build(), folder).iter("testcase")

    lines = (case.findtext("system-out") or "").split("\n")
    assert case.attrib["name"] == f"{visible(model)}|vqa:question-answering:000001"
    assert {f"model: {visible(model)}", f"subtask: {visible(subtask)}"} <= set(lines)
    assert f"score_{visible(metric)}: unscored: it broke" in lines
    assert case[0].attrib["message"] == visible(reason)
    assert case[0].text == visible(reason, keep="\n\t")
    assert (case.findtext("system-out") or "").endswith(f"\n\nanswer: {visible(reason, keep=_KEPT)}")


def test_properties_of_a_test_hold_what_it_is_of_its_outcome_and_its_scores(new_run: type[RunBuilder]) -> None:
    scores = {"ssim": 0.61, "psnr": math.inf, "bleu": None}
    builder = new_run().add(model="a\ud800b", task=Task.DISEASE_PREDICTION, scores=scores)
    [result] = builder.results.values()

    assert case_properties(result, "error") == [
        ("model", r"a\ud800b"),
        ("format", "multimodal_generation"),
        ("task", "disease-prediction"),
        ("modality", "CT"),
        ("outcome", "error"),
        ("score_bleu", "unscored: it broke"),
        ("score_psnr", "inf"),
        ("score_ssim", "0.61"),
    ]


def test_a_path_that_cannot_be_written_is_named(one_model: RunBuilder, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"report .* cannot be written"):
        write_junit_report(one_model.build(), tmp_path)
