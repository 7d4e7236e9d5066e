"""What `medgen show` prints: texts of anybody's making, tables of many widths."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.reports.show.failures import failure_lines
from medgen_pytest.reports.show.header import head_lines, problem_lines
from medgen_pytest.reports.show.metric import metric_lines
from medgen_pytest.reports.show.sample import sample_lines

if TYPE_CHECKING:
    from medgen_pytest.reports.line import Line
    from tests.reports.conftest import RunBuilder

HOSTILE = "<b>\x1b[31m\u202e\x00 " + "long" * 80
FACTS = {"run_id": HOSTILE, "started": HOSTILE, "dataset": {"path": HOSTILE}, "git": {"commit": HOSTILE, "dirty": True}}


def texts(lines: list[Line]) -> list[str]:
    return [line.text for line in lines]


@pytest.mark.parametrize("width", [20, 80])
def test_nobodys_text_moves_the_terminal(new_run: type[RunBuilder], width: int) -> None:
    builder = new_run().add("invalid", model=HOSTILE, subtask=HOSTILE, reason=HOSTILE, text=HOSTILE)
    run = builder.build(facts=FACTS)
    keys = {case.planned.key: HOSTILE for case in run.cases}

    found = [
        *texts(head_lines(run, missing_images=2, width=width)),
        *texts(problem_lines({HOSTILE: HOSTILE}, checked=2, width=width)),
        *texts(failure_lines(run, run.cases, shown=1, metric=None, problems=keys, width=width)),
        *texts(sample_lines(run, run.cases, sample=None, unknown=HOSTILE, images={}, width=width)),
    ]

    assert not any(char in text for text in found for char in "\x1b\u202e\x00\n")
    assert [text for text in found if len(text) > max(width, 24)] == []


def test_a_run_of_which_little_is_known_still_has_a_head(new_run: type[RunBuilder]) -> None:
    found = texts(head_lines(new_run().add(scores={"bleu": 1.0}).build(), missing_images=0, width=80))

    assert found == [
        "run None, started None",
        "dataset None (None), profile medgen-2026.08",
        "model my-vlm (None)",
        "",
    ]


def test_infinite_missing_and_unscored_values_are_shown_as_what_they_are(new_run: type[RunBuilder]) -> None:
    scores = {"psnr": float("inf"), "ssim": None}
    run = new_run().add(task=Task.NOISE_RECONSTRUCTION, scores=scores).build()

    sample = texts(sample_lines(run, run.cases, sample=None, unknown="gone", images={}, width=100))
    table = texts(metric_lines(run, "psnr", width=100))
    failures = texts(failure_lines(run, run.cases, shown=1, metric="ssim", problems={}, width=100))

    assert [line.split()[:2] for line in sample if line.startswith(("psnr ", "ssim "))] == [
        ["psnr", "inf"],
        ["ssim", "-"],
    ]
    assert "ssim: it broke; resized from 10x10" in sample
    assert any("inf (n=1)" in line for line in table)
    assert failures[1].endswith("(CT)  it broke")


def test_an_image_path_is_one_line_that_can_be_copied(new_run: type[RunBuilder]) -> None:
    builder = new_run().add(task=Task.NOISE_RECONSTRUCTION, scores={"ssim": 0.5, "psnr": 1.0})
    key, result = next(iter(builder.results.items()))
    builder.results[key] = replace(result, output=replace(result.output, image="a.png", size=(3, 4)))
    run = builder.build()
    path = Path("a" * 200) / "a.png"

    found = sample_lines(run, run.cases, sample=None, unknown="gone", images={"a.png": (path, None)}, width=40)

    assert f"image: {path}, 3x4" in texts(found)
