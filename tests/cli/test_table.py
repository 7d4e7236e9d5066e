"""`medgen table`: the paper's table from stored runs and from published tables, beside each other or refused."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.stored_runs import report
from tests.evaluation.paper_table import Shown, expected, paper_rows, write_paper_run
from tests.runs.small_run import carry_out, edited_facts, prepare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]

COLUMNS = "--columns=ssim,psnr,bleu,accuracy"
TITLES = {
    "Contextual multimodal generation": "multimodal_generation",
    "Image editing": "image_editing",
    "Visual question answering": "vqa",
}


def published(folder: Path, **changes: object) -> Path:
    """A table of one published system, changed."""
    row = {"format": "image_editing", "model": "their-model", "kind": "edit", "values": [50.0, 25.5]}
    document = {"source": "somebody's paper", "columns": ["ssim", "psnr"], "rows": [row], **changes}
    path = folder / "published.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def from_markdown(text: str) -> dict[tuple[str, str], list[Shown]]:
    """The cells of a table in Markdown, by format and system, in its order."""
    found, block = {}, ""
    for line in text.splitlines():
        if line.startswith("**"):
            block = TITLES[line.strip("*")]
        elif line.startswith("| ") and "---" not in line and not line.startswith("| kind"):
            _, name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
            found[block, name.replace("&amp;", "&")] = [_markdown_cell(cell) for cell in cells]
    return found


def _markdown_cell(text: str) -> Shown:
    bare = re.sub(r"\*\*|</?u>", "", text)
    return Shown(bare, bold=text == f"**{bare}**", underlined=text == f"<u>{bare}</u>")


def from_latex(text: str) -> dict[tuple[str, str], list[Shown]]:
    """The same of a table in LaTeX."""
    found, block = {}, ""
    for line in text.splitlines():
        title = re.search(r"\\textit\{(.+?)\}", line)
        if title is not None:
            block = TITLES[title[1]]
        elif line.startswith("    ") and line.endswith(r" \\") and "shortstack" not in line:
            cells = re.split(r"(?<!\\)&", line.removesuffix(r" \\"))
            found[block, cells[1].strip().replace(r"\&", "&")] = [_latex_cell(cell.strip()) for cell in cells[2:]]
    return found


def _latex_cell(text: str) -> Shown:
    bare = re.sub(r"\\(?:textbf|underline)\{(.+)\}", r"\1", text)
    return Shown(bare.replace("--", "-"), bold=text.startswith(r"\textbf"), underlined=text.startswith(r"\underline"))


READERS = pytest.mark.parametrize(("form", "read"), [("markdown", from_markdown), ("latex", from_latex)])


@READERS
def test_the_paper_table_is_the_paper_s_bold_and_underline_included(
    medgen: Medgen, shared: Path, form: str, read: Callable[[str], dict[tuple[str, str], list[Shown]]]
) -> None:
    done = medgen("table", shared / "reference/table3.json", f"--format={form}")

    wanted = expected(paper_rows(shared))
    assert (done.code, done.err) == (0, "")
    assert list(read(done.out).items()) == list(wanted.items())
    assert sum(cell.bold for cells in wanted.values() for cell in cells) == 14


@pytest.mark.slow
def test_stored_runs_with_the_rates_of_the_paper_give_its_table(medgen: Medgen, shared: Path, tmp_path: Path) -> None:
    rows = paper_rows(shared)
    runs = [write_paper_run(tmp_path / f"run-{number}", [row]) for number, row in enumerate(rows)]

    # Which shares round to these rates differs, so the systems of a block are of different numbers of samples.
    done = medgen("table", *runs, "--mixed", "--format=markdown")

    assert (done.code, done.err) == (0, "")
    assert list(from_markdown(done.out).items()) == list(expected(rows).items())
    assert "differs: samples of image\\_editing (" in done.out


def test_a_run_has_a_block_for_each_format_it_was_asked(medgen: Medgen, run: Path) -> None:
    done = medgen("table", run, COLUMNS)

    assert (done.code, done.err) == (0, "")
    lines = [line.split() for line in done.out.splitlines()]
    found = [line for line in lines if line[:2] in (["Unified", "copy-input"], ["kind", "system"])]
    assert found[0] == ["kind", "system", "SSIM", "PSNR", "BLEU-4", "Accuracy"]
    assert len(found) == 6
    assert found[3] == ["Unified", "copy-input", "50.00", "0.00", "-", "0.00"]


def test_modalities_can_have_the_blocks(medgen: Medgen, run: Path) -> None:
    done = medgen("table", run, COLUMNS, "--by=modality")

    assert "\nImage editing, CT\n" in done.out
    assert "\nImage editing, MRI\n" in done.out


def test_intervals_are_shown_and_written_where_they_are_wanted(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    with_them = medgen("table", run, "--columns=ssim", "--intervals")
    medgen("table", run, "--columns=ssim", "--intervals", "--format=json", "--output", tmp_path / "t.json")

    assert "50.00 (9.45 to 90.55)" in with_them.out
    assert medgen("table", tmp_path / "t.json", "--columns=ssim", "--intervals").out == with_them.out
    assert " to " not in medgen("table", tmp_path / "t.json", "--columns=ssim").out


def test_means_can_stand_in_the_cells(medgen: Medgen, run: Path) -> None:
    done = medgen("table", run, "--columns=psnr", "--cells=means", "--format=csv")

    found = {row["format"]: row for row in csv.DictReader(io.StringIO(done.out, newline=""))}
    medgen("rescore", run)
    mean = {
        entry["format"]: entry["metrics"]["psnr"]["mean"]
        for entry in report(run / "rescored")["by_format"]
        if entry["metrics"].get("psnr")
    }
    assert float(found["image_editing"]["psnr"]) == mean["image_editing"]
    assert found["vqa"]["psnr"] == ""


def test_what_json_says_is_read_back_as_it_was(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    written = tmp_path / "table.json"

    done = medgen("table", run, COLUMNS, "--format=json", "--output", written)

    assert (done.code, done.out) == (0, "")
    for form in ("text", "markdown", "latex", "csv", "json"):
        assert (
            medgen("table", written, COLUMNS, f"--format={form}").out
            == medgen("table", run, COLUMNS, f"--format={form}").out
        )


def test_published_rows_stand_beside_those_of_a_run_with_a_note(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    done = medgen("table", run, published(tmp_path), "--columns=ssim,psnr", "--format=markdown")

    assert done.code == 0
    assert "| Edit model | their-model | **50.00** | **25.50** |" in done.out
    assert "may not compare: somebody's paper." in done.out


def test_a_baseline_stands_for_the_run_that_it_is_of(medgen: Medgen, run: Path, tmp_path: Path) -> None:
    medgen("baseline", "save", run, tmp_path / "main.json")

    done = medgen("table", tmp_path / "main.json", COLUMNS)

    assert (done.code, done.err) == (0, "")
    assert done.out == medgen("table", run, COLUMNS).out


def test_runs_under_other_thresholds_are_refused_until_they_are_under_the_same(
    medgen: Medgen, run: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    carry_out(prepare(tmp_path, "oracle", threshold=["ssim=0.9"]), other)

    refused = medgen("table", run, other, COLUMNS)
    mixed = medgen("table", run, other, COLUMNS, "--mixed")
    same = medgen("table", run, other, COLUMNS, "--profile=medgen-2026.08")

    assert refused.code == 4
    assert "medgen: these cannot stand in one table, for they differ in profiles (medgen-2026.08" in refused.err
    assert "of run and other: --mixed shows them all the same" in refused.err
    assert "Not comparable, for what differs: profiles" in mixed.out
    assert (same.code, "Not comparable" in same.out) == (0, False)
    assert "oracle" in same.out


def test_a_kind_can_be_given(medgen: Medgen, run: Path) -> None:
    done = medgen("table", run, COLUMNS, "--kind=copy-input=compositional")

    assert "Compositional  copy-input" in done.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--columns=ssin"], "unknown column 'ssin'; did you mean 'ssim'"),
        (["--columns=,"], "--columns names nothing"),
        (["--columns=ssim,ssim"], "a column is named twice"),
        (["--kind=edit"], "--kind 'edit' is not MODEL=KIND"),
        (["--kind=m=big"], "--kind 'm=big' is not MODEL=KIND; the kinds are vlm, unified, edit, compositional"),
        (["--kind=m=edit"], "unknown model 'm'; known: copy-input"),
        (["--profile=medgen-2025.12"], "unknown profile 'medgen-2025.12'"),
        (["--threshold=ssim=x"], "--threshold"),
    ],
)
def test_options_that_cannot_work_are_told(medgen: Medgen, run: Path, options: list[str], message: str) -> None:
    done = medgen("table", run, *options)

    assert (done.code, done.out) == (4, "")
    assert message in done.err
    assert done.err.count("\n") == 1


ROW: dict[str, Any] = {"format": "vqa", "model": "m", "kind": "vlm", "values": [1.0, 2.0]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rows": [{**ROW, "values": [1.0]}]}, "row 1: values holds 1, but the table has 2 columns"),
        ({"rows": [ROW, {**ROW, "values": [1.0, 100.5]}]}, "row 2: a rate is in percent, from 0 to 100, not 100.5"),
        ({"rows": [{**ROW, "values": [1.0, "nan"]}]}, "nan is no number of a table"),
        ({"rows": [{**ROW, "values": [1.0, "big"]}]}, "not a number"),
        ({"rows": [{**ROW, "kind": "big"}]}, "'rows.0.kind'"),
        ({"rows": [{**ROW, "format": "video"}]}, "'rows.0.format'"),
        ({"rows": [{**ROW, "source": 2}]}, "row 1: there is no source 2; there are 1, from 0"),
        ({"rows": [{**ROW, "modality": "CT"}]}, "row 1 is by modality: give --by=modality"),
        ({"rows": [{**ROW, "extra": 1}]}, "unknown key 'rows.0.extra'"),
        ({"columns": []}, "'columns'"),
        ({"cells": "means"}, "holds means, not rates; give --cells=means"),
        ({"schema_version": 2}, "'schema_version'"),
        ({"rows": 3}, "'rows'"),
    ],
)
def test_a_table_that_is_none_is_told(medgen: Medgen, tmp_path: Path, changes: dict[str, object], message: str) -> None:
    path = published(tmp_path, **changes)

    done = medgen("table", path, "--columns=ssim,psnr")

    assert (done.code, done.out) == (4, "")
    assert message in done.err
    assert str(path) in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no JSON"),
        ("[1]", "holds no table"),
        ("{" * 99_999, "is no JSON"),
        ('{"a": 1}', "unknown key 'a'"),
    ],
)
def test_a_file_that_is_no_table_is_told(medgen: Medgen, tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.json").write_text(text, encoding="utf-8")

    done = medgen("table", tmp_path / "t.json")

    assert done.code == 4
    assert message in done.err
    assert "Traceback" not in done.err


def test_a_folder_that_is_no_run_is_told(medgen: Medgen, tmp_path: Path) -> None:
    done = medgen("table", tmp_path)

    assert done.code == 4
    assert "is no run directory" in done.err


def test_a_run_of_another_schema_version_is_refused(medgen: Medgen, run: Path) -> None:
    with edited_facts(run) as facts:
        facts["schema_version"] = 99

    done = medgen("table", run)

    assert done.code == 4
    assert "was written with schema version 99" in done.err
