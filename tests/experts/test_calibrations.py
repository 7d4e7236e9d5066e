"""`medgen judge calibrate`: labels of experts become a report and a file of the run."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.evaluation.agreement.calibration import calibrate
from medgen_pytest.runs.experts.calibrating import labelled_outputs, read_calibrations
from medgen_pytest.runs.experts.export import ExportPolicy, export_run
from medgen_pytest.runs.experts.labels import read_labels
from medgen_pytest.store import RunDirectory
from tests.experts.filled import filled_csv, page_document, write_json
from tests.experts.judged_run import judged_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from medgen_pytest.runs.experts.export import Exported
    from tests.cli.conftest import Done
    from tests.experts.filled import Marks

    Medgen = Callable[..., Done]


def marks_of(exported: Exported, *, less: float = 0.0) -> Marks:
    """An expert who gives each output what the judge gives it, or somewhat less."""
    return {item.id: {"overall": max(1.0, item.judge_score - less)} for item in exported.key.items}


@pytest.fixture
def labels(exported: Exported, tmp_path: Path) -> list[Path]:
    """Of two experts: one like the judge in a table, one two points stricter from the page."""
    strict = page_document(exported, marks_of(exported, less=2), expert="Dr. B")
    return [
        filled_csv(exported, marks_of(exported), tmp_path / "a.csv"),
        write_json(strict, tmp_path / "b.json"),
    ]


def test_the_report_says_how_far_experts_and_judge_agree(
    medgen: Medgen, exported: Exported, run: Path, labels: list[Path]
) -> None:
    done = medgen("judge", "calibrate", *labels, "--export", exported.key_path)

    assert (done.code, done.err) == (0, "")
    for text in (
        "judge_with_reference, rubric medgen-holistic 1, threshold 8",
        "16 of 16 drawn outputs labelled, for 16 judged ones",
        "Dr. B: 16 outputs",
        "a: 16 outputs",
        "Krippendorff's alpha of scores: 0.",
        "Spearman of scores: ",
        "both accurate ",
        "all: +",
        "task noise-reconstruction: +",
        "modality Pathology: +",
        "agrees best with the experts",
        "the-first-model: ",
        ", corrected ",
        f"stored: {run / 'calibration.json'}",
    ):
        assert text in done.out


def test_the_calibration_is_stored_in_the_run_and_printed_as_json(
    medgen: Medgen, exported: Exported, run: Path, labels: list[Path]
) -> None:
    done = medgen("judge", "calibrate", *labels, "--export", exported.key_path, "--json")

    printed = json.loads(done.out)
    checked = read_labels(labels, exported.key)
    expected = calibrate(labelled_outputs(exported.key, checked), threshold=8.0, experts=checked.experts)
    assert read_calibrations(run) == {"judge_with_reference": printed}
    assert [file["name"] for file in printed["files"]] == ["a.csv", "b.json"]
    assert printed["results"]["confusion"] == expected.confusion.to_dict()
    assert printed["results"]["spearman"] == expected.spearman.to_dict()
    assert (printed["rubric_digest"], printed["export"]) == ("rubric-digest", exported.key.export)


def test_an_expert_like_the_judge_leaves_the_rates_as_they_are(
    medgen: Medgen, exported: Exported, labels: list[Path]
) -> None:
    done = medgen("judge", "calibrate", labels[0], "--export", exported.key_path, "--json")

    results = json.loads(done.out)["results"]
    assert results["kappa"]["value"] == pytest.approx(1)
    assert [rate["rate"] for rate in results["rates"]] == pytest.approx(
        [count.accurate / count.judged for count in exported.key.counts.values()]
    )


def test_one_expert_alone_is_said_to_be_alone(medgen: Medgen, exported: Exported, labels: list[Path]) -> None:
    done = medgen("judge", "calibrate", labels[0], "--export", exported.key_path)

    assert "with one expert it is not known how far experts agree" in done.out


def test_outputs_without_a_label_are_made_up_for_by_those_like_them(run: Path, tmp_path: Path) -> None:
    exported = export_run(RunDirectory(run), ExportPolicy(samples=6), folder=tmp_path / "out")
    marks = marks_of(exported)
    sizes = [stratum.size for stratum in exported.key.strata]
    missing = next(item for item in exported.key.items if exported.key.strata[item.stratum].drawn > 1)
    del marks[missing.id]
    checked = read_labels([filled_csv(exported, marks, tmp_path / "a.csv")], exported.key)

    pairs = labelled_outputs(exported.key, checked)

    assert len(pairs) == 5
    assert sum(pair.weight for pair in pairs) == pytest.approx(sum(sizes))


def test_kinds_without_any_label_are_counted(medgen: Medgen, exported: Exported, tmp_path: Path) -> None:
    marks = marks_of(exported)
    kept = dict(list(marks.items())[:4])

    done = medgen("judge", "calibrate", filled_csv(exported, kept, tmp_path / "a.csv"), "--export", exported.key_path)

    assert "4 of 16 drawn outputs labelled" in done.out
    assert "outputs are of kinds of which no output is labelled" in done.out


def test_both_tiers_of_a_run_keep_their_calibration(medgen: Medgen, tmp_path: Path) -> None:
    run = judged_run(tmp_path, tiers=["with_reference", "without_reference"])
    for tier in ("with_reference", "without_reference"):
        medgen("judge", "export", run, f"--tier={tier}", "--out", tmp_path / tier)
        key = tmp_path / tier / "export.json"
        items = json.loads(key.read_text(encoding="utf-8"))["items"]
        rows = "".join(f"{item['id']},{item['judge_score']}\n" for item in items)
        (tmp_path / f"{tier}.csv").write_text(f"id,overall\n{rows}", encoding="utf-8")
        assert medgen("judge", "calibrate", tmp_path / f"{tier}.csv", "--export", key).code == 0

    assert list(read_calibrations(run)) == ["judge_with_reference", "judge_without_reference"]


def test_labels_with_mistakes_are_told_line_by_line_and_nothing_is_stored(
    medgen: Medgen, exported: Exported, run: Path, tmp_path: Path
) -> None:
    first, second = (item.id for item in exported.key.items[:2])
    path = filled_csv(exported, {first: {"overall": 11}, second: {"overall": "good"}}, tmp_path / "a.csv")

    done = medgen("judge", "calibrate", path, "--export", exported.key_path)

    assert (done.code, done.out) == (4, "")
    assert done.err.splitlines() == [
        f"medgen: {path}, line 2: {first}: overall 11 is not on the scale from 1 to 10",
        f"medgen: {path}, line 3: {second}: overall is no number: 'good'",
    ]
    assert not (run / "calibration.json").exists()


def test_labels_without_a_mark_are_one_line(medgen: Medgen, exported: Exported) -> None:
    done = medgen("judge", "calibrate", exported.key_path.parent / "labels.csv", "--export", exported.key_path)

    assert done.code == 4
    assert done.err == "medgen: the labels hold no overall mark: nobody has judged anything yet\n"


def test_the_run_is_found_from_an_export_elsewhere(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    exported = export_run(RunDirectory(run), ExportPolicy(), folder=tmp_path / "out")
    path = filled_csv(exported, marks_of(exported), tmp_path / "a.csv")

    assert medgen("judge", "calibrate", path, "--export", exported.key_path).code == 0
    assert (run / "calibration.json").is_file()


def test_a_run_that_was_moved_must_be_named(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    exported = export_run(RunDirectory(run), ExportPolicy(), folder=tmp_path / "out")
    path = filled_csv(exported, marks_of(exported), tmp_path / "a.csv")
    shutil.move(run, tmp_path / "moved")

    lost = medgen("judge", "calibrate", path, "--export", exported.key_path)
    wrong = medgen("judge", "calibrate", path, "--export", exported.key_path, "--run", tmp_path)
    found = medgen("judge", "calibrate", path, "--export", exported.key_path, "--run", tmp_path / "moved")

    assert (lost.code, wrong.code, found.code) == (4, 4, 0)
    assert "name its directory with --run" in lost.err
    assert "is not the directory of run 'run'" in wrong.err


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"kind": "medgen-expert-export", "schema_version": 1}'])
def test_a_key_that_is_none_is_one_line(medgen: Medgen, tmp_path: Path, content: str) -> None:
    (tmp_path / "export.json").write_text(content, encoding="utf-8")

    done = medgen("judge", "calibrate", tmp_path / "x.csv", "--export", tmp_path / "export.json")

    assert done.code == 4
    assert "is no export.json of `medgen judge export`" in done.err
    assert done.err.count("\n") == 1


def test_a_damaged_calibration_is_not_written_over(
    medgen: Medgen, exported: Exported, run: Path, labels: list[Path]
) -> None:
    (run / "calibration.json").write_text("{", encoding="utf-8")

    done = medgen("judge", "calibrate", *labels, "--export", exported.key_path)

    assert done.code == 4
    assert "calibration.json cannot be read" in done.err
    assert (run / "calibration.json").read_text(encoding="utf-8") == "{"
