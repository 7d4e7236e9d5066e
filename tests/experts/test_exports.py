"""`medgen judge export`: what experts get, what they must not learn, and what maps it back."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.runs.experts.export import ExportPolicy, export_run
from medgen_pytest.runs.experts.key import ExportKey, read_key
from medgen_pytest.store import RunDirectory
from tests.experts.judged_run import MODELS, RUBRIC, judged_run, rejudged
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from medgen_pytest.runs.experts.export import Exported
    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]

FILES = ["expert.html", "export.json", "label-studio.json", "label-studio.xml", "labels.csv"]


def rows(folder: Path) -> list[dict[str, str]]:
    text = (folder / "labels.csv").read_bytes().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_it_writes_every_form_and_says_which_file_to_keep(medgen: Medgen, run: Path) -> None:
    done = medgen("judge", "export", run)

    folder = run / "experts"
    assert (done.code, done.err) == (0, "")
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert (
        "drew 16 of 16 judged outputs (judge_with_reference) of 2 models, stratified by task, modality, band"
        in done.out
    )
    assert f"keep from experts: {folder / 'export.json'}" in done.out


def test_the_same_seed_writes_the_same_files(run: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        export_run(RunDirectory(run), ExportPolicy(samples=7, seed=3), folder=tmp_path / name)

    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_the_key_is_read_back_as_it_was(exported: Exported) -> None:
    assert read_key(exported.key_path) == exported.key
    assert ExportKey.from_dict(json.loads(json.dumps(exported.key.to_dict()))) == exported.key


def test_the_key_holds_what_the_judge_said_and_by_what_it_was_made(exported: Exported, run: Path) -> None:
    key = exported.key
    results = RunDirectory(run).load().results

    assert {item.key: item.judge_score for item in key.items} == {
        found: result.scores["judge_with_reference"].value for found, result in results.items()
    }
    assert (key.run_id, key.threshold, key.near, key.tier) == ("run", 8.0, 1.0, "with_reference")
    assert key.judge == {"judge": ["judge-digest"], "rubric": ["rubric-digest"]}
    accurate = {name: sum(item.judge_score >= 8 for item in key.items if item.model == name) for name in MODELS}
    assert {name: (count.accurate, count.judged) for name, count in key.counts.items()} == {
        name: (accurate[name], SAMPLES) for name in MODELS
    }
    assert key.items[0].dimensions == {"relevance": key.items[0].judge_score}


def test_no_file_for_experts_names_a_model_a_sample_or_a_score(exported: Exported) -> None:
    for path in exported.paths:
        text = path.read_text(encoding="utf-8")
        assert [name for name in (*MODELS, "vqa:multiple-choice", "judge_score", "8.5") if name in text] == []


def test_models_are_letters_in_the_table_and_nothing_on_the_page(exported: Exported) -> None:
    folder = exported.key_path.parent
    labels = {item.id: exported.key.labels[item.model] for item in exported.key.items}

    assert {row["id"]: row["model"] for row in rows(folder)} == labels
    assert sorted(exported.key.labels.values()) == ["A", "B"]
    assert ", CT <span" in (folder / "expert.html").read_text(encoding="utf-8")


def test_models_are_named_where_that_is_wanted(medgen: Medgen, run: Path) -> None:
    medgen("judge", "export", run, "--no-blind")

    assert {row["model"] for row in rows(run / "experts")} == set(MODELS)
    assert MODELS[0] in (run / "experts" / "expert.html").read_text(encoding="utf-8")
    assert read_key(run / "experts" / "export.json").is_blind is False


@pytest.mark.parametrize(
    ("options", "count"),
    [(["--samples=5"], 5), (["--models=the-first-model"], SAMPLES), (["--samples=9999"], 16)],
    ids=["samples", "models", "more than there are"],
)
def test_options_choose_what_is_drawn(medgen: Medgen, run: Path, options: list[str], count: int) -> None:
    done = medgen("judge", "export", run, *options)

    assert done.code == 0
    assert len(read_key(run / "experts" / "export.json").items) == count


def test_one_form_alone_can_be_written_elsewhere(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    medgen("judge", "export", run, "--format=csv", "--out", tmp_path / "out")

    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["export.json", "labels.csv"]


@pytest.mark.parametrize("tier", ["with_reference", "without_reference"])
def test_experts_see_the_reference_where_the_judge_saw_it(medgen: Medgen, tmp_path: Path, tier: str) -> None:
    run = judged_run(tmp_path, tiers=["with_reference", "without_reference"])

    medgen("judge", "export", run, f"--tier={tier}")

    page = (run / "experts" / "expert.html").read_text(encoding="utf-8")
    tasks = json.loads((run / "experts" / "label-studio.json").read_text(encoding="utf-8"))
    assert ("<h3>Reference</h3>" in page) is (tier == "with_reference")
    assert all(("reference_text" in task["data"]) is (tier == "with_reference") for task in tasks)
    assert read_key(run / "experts" / "export.json").metric == f"judge_{tier}"


def test_a_dimension_is_asked_only_of_its_formats(exported: Exported) -> None:
    page = (exported.key_path.parent / "expert.html").read_text(encoding="utf-8")
    articles = dict(zip([item.id for item in exported.key.items], page.split("<article")[1:], strict=True))

    asked = {item.task.format for item in exported.key.items if 'data-field="coherence"' in articles[item.id]}
    assert asked == {Format.MULTIMODAL_GENERATION}
    assert all('data-field="overall"' in article for article in articles.values())


def test_every_task_of_label_studio_holds_what_its_interface_shows(exported: Exported) -> None:
    folder = exported.key_path.parent
    view = ET.fromstring((folder / "label-studio.xml").read_text(encoding="utf-8"))  # noqa: S314 - written above
    tasks = json.loads((folder / "label-studio.json").read_text(encoding="utf-8"))

    used = {element.get("value", "")[1:] for element in view if element.get("value", "").startswith("$")}
    shown = {element.get("name") for element in view if element.tag in {"Text", "Image"}}
    assert all(used <= task["data"].keys() for task in tasks)
    assert all(
        value.startswith("data:image/png;base64,")
        for task in tasks
        for name, value in task["data"].items()
        if "image" in name or name.startswith("input_")
    )
    assert {element.get("toName") for element in view if element.get("toName")} <= shown


def test_the_table_is_utf_8_with_a_mark_and_has_a_column_for_each_mark(exported: Exported) -> None:
    path = exported.key_path.parent / "labels.csv"

    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert list(rows(path.parent)[0]) == [
        *("id", "model", "task", "modality", "instruction", "output_text"),
        *("coherence", "content_accuracy", "relevance", "overall", "comment", "expert"),
    ]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\uff1d1+1"])
def test_no_cell_is_a_formula(tmp_path: Path, text: str) -> None:
    run = judged_run(tmp_path, text=text)

    export_run(RunDirectory(run), ExportPolicy())

    cells = {row["output_text"] for row in rows(run / "experts") if row["output_text"]}
    assert cells == {f"'{text}"}


def test_an_export_is_never_written_over(medgen: Medgen, run: Path) -> None:
    medgen("judge", "export", run)
    (run / "experts" / "labels.csv").write_text("filled in", encoding="utf-8")

    done = medgen("judge", "export", run, "--seed=1")

    assert (done.code, done.out) == (4, "")
    assert "holds an export already" in done.err
    assert (run / "experts" / "labels.csv").read_text(encoding="utf-8") == "filled in"


def test_a_run_without_judge_scores_is_one_line(medgen: Medgen, tmp_path: Path) -> None:
    run = judged_run(tmp_path, tiers=[])

    done = medgen("judge", "export", run)

    assert (done.code, done.out) == (4, "")
    assert done.err == (
        f"medgen: {run} holds no scores of a judge (judge_with_reference, judge_without_reference): evaluate with a"
        " judge in medgen.yaml\n"
    )
    assert not (run / "experts").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--models=the-frist-model"], "unknown model 'the-frist-model'; did you mean 'the-first-model'?"),
        (["--format=pdf"], "unknown format 'pdf'"),
        (["--samples=0"], "at least 1 is needed"),
        (["--tier=without_reference"], "holds no scores of a judge (judge_without_reference)"),
        (["--dataset=nowhere"], "nowhere"),
    ],
)
def test_what_cannot_work_is_one_line_and_writes_nothing(
    medgen: Medgen, run: Path, options: list[str], message: str
) -> None:
    done = medgen("judge", "export", run, *options)

    assert (done.code, done.out) == (4, "")
    assert message in done.err
    assert done.err.count("\n") == 1
    assert not (run / "experts").exists()


def test_a_run_without_a_threshold_wants_one(medgen: Medgen, tmp_path: Path) -> None:
    run = judged_run(tmp_path, threshold=None)

    refused = medgen("judge", "export", run)
    done = medgen("judge", "export", run, "--threshold=6")

    assert (refused.code, done.code) == (4, 0)
    assert "give it with --threshold" in refused.err
    assert read_key(run / "experts" / "export.json").threshold == 6.0


@pytest.mark.parametrize(
    "rubric",
    [
        {},
        {**RUBRIC, "low": 10},
        {**RUBRIC, "dimensions": [{"name": "overall", "title": "O", "question": "?", "formats": []}]},
    ],
    ids=["none", "scale", "name"],
)
def test_a_run_that_does_not_say_its_rubric_is_refused(
    medgen: Medgen, tmp_path: Path, rubric: dict[str, object]
) -> None:
    done = medgen("judge", "export", judged_run(tmp_path, rubric=rubric))

    assert done.code == 4
    assert "run.json does not say by which rubric was judged" in done.err


def test_a_rubric_in_the_form_of_its_file_is_read_too(medgen: Medgen, tmp_path: Path) -> None:
    rubric = {
        "name": "own",
        "version": "2",
        "scale": {"low": 0, "high": 1},
        "dimensions": {"truth": {"title": "Truth", "question": "Is it true?", "formats": []}},
    }
    run = judged_run(tmp_path, rubric=rubric, threshold=0.5)

    done = medgen("judge", "export", run)

    found = read_key(run / "experts" / "export.json").rubric
    assert done.code == 0
    assert (found.low, found.high, [question.name for question in found.questions]) == (0.0, 1.0, ["truth"])


def test_labels_cannot_be_taken_for_those_of_other_scores(run: Path, tmp_path: Path) -> None:
    before = export_run(RunDirectory(run), ExportPolicy(), folder=tmp_path / "a").key
    rejudged(run, 5.0)
    after = export_run(RunDirectory(run), ExportPolicy(), folder=tmp_path / "b").key

    assert before.export != after.export
    assert {item.id for item in before.items}.isdisjoint(item.id for item in after.items)


def test_a_judging_of_a_run_shows_the_images_of_the_run(tmp_path: Path) -> None:
    run = judged_run(tmp_path)
    judging = run / "judgings" / "other"
    judging.mkdir(parents=True)
    for path in [*run.glob("*.json"), *run.glob("*.jsonl")]:
        (judging / path.name).write_bytes(path.read_bytes())

    exported = export_run(RunDirectory(judging), ExportPolicy())

    assert len(exported.key.items) == 16
    assert exported.key_path == judging / "experts" / "export.json"
