"""Comparisons in the terminal, as Markdown and as JSON: every number stands there, and nobody's text does anything."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.comparison import Comparisons, Side, compare_runs
from medgen_pytest.reports.comparison.document import comparison_dict, write_json_comparison
from medgen_pytest.reports.comparison.figures import p_text
from medgen_pytest.reports.comparison.markdown import MOST_FLIPS, markdown_comparison, write_markdown_comparison
from medgen_pytest.reports.comparison.terminal import comparison_lines

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reports.conftest import RunBuilder

EDIT = Task.NOISE_RECONSTRUCTION
GOOD, BAD = {"ssim": 0.9, "psnr": 30.0}, {"ssim": 0.61, "psnr": 30.0}
HOSTILE = "m|<script>alert(1)</script>\n\x1b[31m`*_[x](javascript:y)\u202e"


def side(builder: RunBuilder, *, letter: str = "A", name: str = "runs/a") -> Side:
    run = builder.build(facts={"run_id": f"id-{letter}"})
    return Side(letter=letter, name=name, model=run.models[0], run=run)


def compared(first: RunBuilder, second: RunBuilder) -> Comparisons:
    sides = side(first), side(second, letter="B", name="runs/b")
    return Comparisons(level=0.95, comparisons=[compare_runs(*sides)])


@pytest.fixture
def comparisons(new_run: type[RunBuilder]) -> Comparisons:
    """Ten pairs, one sample lost and three won; an error on one side."""
    first, second = new_run(), new_run()
    for number in range(10):
        modality = Modality.CT if number < 5 else Modality.MRI
        first.add(task=EDIT, modality=modality, scores=BAD if number in {1, 2, 6} else GOOD)
        second.add(task=EDIT, modality=modality, scores=BAD if number == 9 else GOOD)
    first.add("error", task=EDIT, reason="down")
    second.add(task=EDIT, scores=GOOD)
    return compared(first, second)


def texts(comparisons: Comparisons, *, width: int = 200, flips: int = 20) -> list[str]:
    return [line.text for line in comparison_lines(comparisons, width=width, flips=flips)]


def test_the_terminal_says_what_is_compared_and_what_is_left_out(comparisons: Comparisons) -> None:
    assert texts(comparisons)[:4] == [
        "B against A",
        "A  my-vlm of runs/a (run id-A)",
        "B  my-vlm of runs/b (run id-B)",
        "10 samples that both finished; left out: 1 error in A",
    ]


def test_the_terminal_gives_each_metric_its_difference_interval_p_value_and_detectable_difference(
    comparisons: Comparisons,
) -> None:
    lines = texts(comparisons)

    heading = next(line for line in lines if line.startswith("metric"))
    row = next(line for line in lines if line.startswith("accuracy rate "))
    assert " ".join(heading.split()) == "metric n A B B - A 95% interval p better A / B alone detectable"
    assert " ".join(row.split()) == "accuracy rate 10 70.0% 90.0% +20.0 pp [-21.7, +55.1] 0.62 - 1 / 3 61.6 pp"
    assert [line.split("  ")[0] for line in lines if line.startswith(("ssim", "psnr"))] == [
        "psnr >= 28",
        "psnr mean",
        "ssim >= 0.7",
        "ssim mean",
    ]


def test_the_terminal_shows_the_slices_of_accuracy_in_the_order_of_the_taxonomy(comparisons: Comparisons) -> None:
    lines = texts(comparisons)

    start = lines.index("accuracy rate, by slice; p by Holm's correction for 4 slices")
    assert [line.split()[0] for line in lines[start + 2 : start + 6]] == [
        "image_editing",
        "noise-reconstruction",
        "CT",
        "MRI",
    ]


def test_the_terminal_lists_flips_and_says_how_to_see_all(comparisons: Comparisons) -> None:
    lines = texts(comparisons, flips=2)

    assert lines[lines.index("flipped: 1 lost, 3 won") + 1] == (
        "lost  edit:noise-reconstruction:000010  accurate -> inaccurate  ssim 0.9 -> 0.61, psnr 30 -> 30"
        "  (ssim 0.61, needs >= 0.7)"
    )
    assert [line[:4] for line in lines[-4:-2]] == ["lost", "won "]
    assert "and 2 more: --flips 4 shows all" in lines


def test_runs_that_agree_have_no_flips_and_a_difference_of_nothing(new_run: type[RunBuilder]) -> None:
    builder = new_run().add(task=EDIT, scores=GOOD, times=3)

    lines = texts(compared(builder, builder))

    assert "no sample flipped" in lines
    assert sum("0.0 pp" in line for line in lines) > 0
    assert [line for line in lines if "+0.0" in line or "-0.0" in line] == []


@pytest.mark.parametrize("width", [20, 60, 80, 200])
def test_no_line_is_wider_than_the_terminal(comparisons: Comparisons, width: int) -> None:
    assert all(len(text) <= width for text in texts(comparisons, width=width))


def test_what_one_side_alone_measured_and_models_without_counterpart_are_told(new_run: type[RunBuilder]) -> None:
    first = new_run().add(task=EDIT, scores=GOOD)
    second = new_run().add(task=EDIT, scores={**GOOD, "lpips": 0.1})
    found = replace(compared(first, second), unpaired=[("B", "other")])

    lines = texts(found)

    assert "not compared: lpips, which B alone measured" in lines
    assert lines[-1] == "not compared: other of B, which has no counterpart"


def test_the_markdown_page_has_the_tables_and_folds_slices_and_flips(comparisons: Comparisons, tmp_path: Path) -> None:
    write_markdown_comparison(comparisons, tmp_path / "c.md")

    text = (tmp_path / "c.md").read_text(encoding="utf-8")
    assert text.startswith("## B against A\n\n- A: `my-vlm` of `runs/a`\n- B: `my-vlm` of `runs/b`\n")
    assert "| accuracy rate | 10 | 70.0% | 90.0% | +20.0 pp | \\[-21.7, +55.1] | 0.62 | - | 1 / 3 | 61.6 pp |" in text
    assert "<summary>Flipped: 1 lost, 3 won</summary>" in text
    assert (
        text.count("<details>")
        == text.count("</details>")
        == 1 + len([one for one in comparisons.comparisons[0].metrics if one.slices])
    )


def test_the_markdown_page_stops_after_a_hundred_flips(new_run: type[RunBuilder]) -> None:
    first, second = (new_run().add(task=EDIT, scores=scores, times=MOST_FLIPS + 5) for scores in (GOOD, BAD))

    lines = list(markdown_comparison(compared(first, second)))

    assert sum("edit:noise-reconstruction:" in line for line in lines) == MOST_FLIPS
    assert "and 5 more" in lines


def test_nobodys_text_marks_up_or_breaks_a_line(new_run: type[RunBuilder]) -> None:
    first = new_run().add(task=EDIT, model=HOSTILE, subtask=HOSTILE, scores=GOOD)
    second = new_run().add("invalid", task=EDIT, model=HOSTILE, subtask=HOSTILE, reason=HOSTILE)
    sides = side(first, name=HOSTILE), side(second, letter="B", name=HOSTILE)
    found = Comparisons(level=0.9, comparisons=[compare_runs(*sides, by=[("subtask",)])], unpaired=[("B", HOSTILE)])

    markdown = "\n".join(markdown_comparison(found))
    terminal = texts(found, width=1000)

    assert "<script>" not in markdown.replace("`m\\|<script>", "")
    assert not any(char in text for text in (markdown, *terminal) for char in "\x1b\u202e")
    assert all("\n" not in text for text in terminal)
    tables = [line for line in markdown.splitlines() if line.startswith("| m")]
    assert tables
    assert all(line.count(" | ") in {3, 8, 9} for line in tables)


def test_the_document_holds_every_number_and_flip(comparisons: Comparisons, tmp_path: Path) -> None:
    write_json_comparison(comparisons, tmp_path / "c.json")

    document = json.loads((tmp_path / "c.json").read_text(encoding="ascii"))
    (comparison,) = document["comparisons"]
    accuracy = comparison["metrics"][0]
    assert (document["schema_version"], document["level"], document["unpaired"]) == (1, 0.95, [])
    assert comparison["second"] == {
        "side": "B",
        "name": "runs/b",
        "model": "my-vlm",
        "run_id": "id-B",
        "damaged_lines": 0,
        "edited_records": [],
        "outdated_results": 0,
    }
    assert (comparison["pairs"], comparison["left_out"]) == (10, {"first error": 1})
    assert (accuracy["metric"], accuracy["kind"], accuracy["better"], accuracy["pairs"]) == (
        "accuracy",
        "rate",
        None,
        10,
    )
    assert accuracy["difference"] == pytest.approx(0.2)
    assert accuracy["interval"]["level"] == 0.95
    assert [one["where"] for one in accuracy["slices"]] == [
        {"format": "image_editing"},
        {"task": "noise-reconstruction"},
        {"modality": "CT"},
        {"modality": "MRI"},
    ]
    assert comparison["flips"][0] == {
        "sample_id": "edit:noise-reconstruction:000010",
        "format": "image_editing",
        "task": "noise-reconstruction",
        "subtask": None,
        "modality": "MRI",
        "change": -1.0,
        "first": {"outcomes": ["accurate"], "reason": None},
        "second": {"outcomes": ["inaccurate"], "reason": "ssim 0.61, needs >= 0.7"},
        "scores": {"ssim": [0.9, 0.61], "psnr": [30.0, 30.0]},
    }


def test_infinite_scores_and_samples_without_any_are_plain_json(new_run: type[RunBuilder]) -> None:
    first = new_run().add(task=EDIT, scores={"ssim": 1.0, "psnr": float("inf")}).add("error", task=EDIT)
    second = new_run().add(task=EDIT, scores=BAD).add("error", task=EDIT)

    document = comparison_dict(compared(first, second))

    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["comparisons"][0]["flips"][0]["scores"]["psnr"] == ["inf", 30.0]  # type: ignore[index]  # plain values


def test_records_that_are_not_what_was_stored_are_told(new_run: type[RunBuilder]) -> None:
    run = new_run().add(task=EDIT, scores=GOOD).build(facts={"damaged_lines": 2, "outdated_results": 1})
    sides = (Side(letter=letter, name="runs/a", model="my-vlm", run=run) for letter in "AB")
    found = Comparisons(level=0.95, comparisons=[compare_runs(*sides)])

    told = [
        "B: 2 lines of the records cannot be read: torn by a kill, or edited",
        "B: 1 result of another revision or convention than the latest session's counts as missing",
    ]
    assert [f"warning: {text}" in texts(found) for text in told] == [True, True]
    assert [f"- **warning**: {text}" in list(markdown_comparison(found)) for text in told] == [True, True]
    assert comparison_dict(found)["comparisons"][0]["second"]["damaged_lines"] == 2  # type: ignore[index]  # plain values


def test_without_any_pair_there_are_no_numbers(new_run: type[RunBuilder]) -> None:
    builder = new_run().add("error", task=EDIT, reason="down", times=2)

    lines = texts(compared(builder, builder))

    assert "0 samples that both finished; left out: 2 errors in A" in lines
    assert next(line for line in lines if line.startswith("accuracy rate")).split() == (
        ["accuracy", "rate", "0", "-", "-", "-", "-", "-", "-", "0", "/", "0", "-"]
    )


def test_a_p_value_is_never_shown_as_nothing() -> None:
    assert (p_text(1e-300), p_text(0.0), p_text(0.5)) == ("<0.0001", "<0.0001", "0.5")
