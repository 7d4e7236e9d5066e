"""Tables of systems as text, Markdown, LaTeX, CSV and JSON, whatever their systems are called."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from medgen_pytest.domain.taxonomy import Format, Modality
from medgen_pytest.evaluation.tables.row import Cell, Row, Source
from medgen_pytest.evaluation.tables.table import Table, arrange, columns_of
from medgen_pytest.metrics.registry import METRICS
from medgen_pytest.reports.line import columns_of as width_of
from medgen_pytest.reports.tables.csv import render_csv
from medgen_pytest.reports.tables.document import render_json
from medgen_pytest.reports.tables.latex import render_latex
from medgen_pytest.reports.tables.markdown import render_markdown
from medgen_pytest.reports.tables.text import render_text
from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.evaluation.tables.row import CellKind

RUN = Source(name="run-1")
HOSTILE = [
    "[x]* \\input{/etc/passwd} $a_b^c$ #1 %n ~ {} \" ` ' | < >",
    "</td></table><script>alert(1)</script>",
    "![x](javascript:alert(1)) @octocat #12",
    '=HYPERLINK("https://evil.example")',
    "@SUM(A1)\ttab\r\nnew line",
    "x" * 300,
    "模型 Modèle ß \u202e\u200b \ud800 \U0001f600 --- ,,",
    "",
]


def system(name: str, ssim: Cell, lpips: Cell = Cell(), *, source: Source = RUN) -> Row:  # noqa: B008 - frozen
    return Row(
        format=Format.IMAGE_EDITING,
        system=name,
        kind="edit",
        source=source,
        cells={"ssim": ssim, "lpips": lpips},
        samples=18,
    )


def table_of(*rows: Row, cells: CellKind = "rates", differences: tuple[str, ...] = ()) -> Table:
    columns = columns_of(("ssim", "lpips"), METRICS, cells=cells)
    return arrange(rows, columns, cells=cells, differences=differences)


@pytest.fixture
def small() -> Table:
    return table_of(
        system("a", Cell(value=71.284, planned=18), Cell(value=50.0, planned=18)),
        system("b", Cell(value=60.0, low=41.2, high=76.49, planned=18, unjudged=2)),
        system("c", Cell(value=10.0, planned=18), Cell(value=50.0, planned=18)),
    )


def test_text_has_a_star_at_the_best_and_a_plus_at_the_second(small: Table) -> None:
    assert render_text(small) == (
        "Accuracy rates in percent by format. Of each block and column the best has a * and the second best a +.\n"
        "\n"
        "Image editing\n"
        "kind        system                     SSIM   LPIPS\n"
        "Edit model  a                         71.28*  50.00*\n"
        "Edit model  b       60.00! (41.20 to 76.49)+      -\n"
        "Edit model  c                         10.00   50.00*\n"
        "\n"
        "! Samples without a verdict, counted as not accurate: b: 2 of 18.\n"
        "\n"
        "Not measured: b: LPIPS.\n"
    )


def test_markdown_has_the_best_bold_and_the_second_underlined(small: Table) -> None:
    lines = render_markdown(small).splitlines()

    assert lines[2:9] == [
        "**Image editing**",
        "",
        "| kind | system | SSIM \N{UPWARDS ARROW} | LPIPS \N{UPWARDS ARROW} |",
        "| --- | --- | ---: | ---: |",
        "| Edit model | a | **71.28** | **50.00** |",
        "| Edit model | b | <u>60.00</u>\N{DAGGER} (41.20 to 76.49) | - |",
        "| Edit model | c | 10.00 | **50.00** |",
    ]
    assert lines[10].startswith("\N{DAGGER} Samples without a verdict")


def test_latex_has_the_best_bold_and_the_second_underlined(small: Table) -> None:
    lines = render_latex(small).splitlines()

    assert r"    Edit model & a & \textbf{71.28} & \textbf{50.00} \\" in lines
    assert r"    Edit model & b & \underline{60.00}$^{\dagger}$ {\scriptsize (41.20 to 76.49)} & -- \\" in lines
    assert r"    \multicolumn{4}{l}{\textit{Image editing}} \\" in lines
    assert [line.strip() for line in lines if "rule" in line] == [r"\toprule", r"\midrule", r"\bottomrule"]


def test_csv_has_the_numbers_as_they_are(small: Table) -> None:
    first, second, _ = csv.DictReader(io.StringIO(render_csv(small), newline=""))

    assert (first["system"], first["ssim"], first["ssim_mark"], first["ssim_unjudged"]) == ("a", "71.284", "best", "0")
    assert (second["ssim_low"], second["ssim_high"], second["lpips"], second["lpips_planned"]) == (
        *("41.2", "76.49"),
        *("", ""),
    )


def test_json_has_every_fact_of_a_system_on_its_line(small: Table) -> None:
    text = render_json(small)

    document = json.loads(text)
    assert document["columns"] == ["ssim", "lpips"]
    assert document["sources"] == [{"name": "run-1", "conditions": None}]
    assert document["rows"][1] == {
        "format": "image_editing",
        "modality": None,
        "model": "b",
        "kind": "edit",
        "source": 0,
        "samples": 18,
        "sample_set": None,
        "sampling": None,
        "values": [60.0, None],
        "low": [41.2, None],
        "high": [76.49, None],
        "planned": [18, None],
        "unjudged": [2, 0],
        "marks": ["second", None],
    }
    assert sum('"model": "' in line for line in text.splitlines()) == 3


def test_means_say_which_way_is_better_and_in_which_units() -> None:
    rows = [system("a", Cell(value=0.5), Cell(value=0.4)), system("b", Cell(value=math.inf), Cell(value=0.3))]

    table = table_of(*rows, cells="means")

    assert "| Edit model | a | <u>0.500</u> | <u>0.400</u> |" in render_markdown(table)
    assert "| Edit model | b | **inf** | **0.300** |" in render_markdown(table)
    assert r"LPIPS $\downarrow$" in render_latex(table)
    assert r"\textbf{$\infty$}" in render_latex(table)
    assert json.loads(render_json(table))["rows"][1]["values"] == ["inf", 0.3]


def test_blocks_of_a_modality_are_titled_so() -> None:
    row = Row(format=Format.VQA, modality=Modality.CT, system="a", kind="vlm", source=RUN)

    text = render_text(table_of(row))

    assert "by format and modality" in text
    assert "\nVisual question answering, CT\n" in text


def test_what_is_not_comparable_is_said_below_the_table() -> None:
    rows = [system("a", Cell(value=1.0)), system("b", Cell(value=2.0), source=Source(name="paper"))]

    text = render_text(table_of(*rows, differences=("datasets of x and y",)))

    assert "Under conditions that are not known, so that its numbers may not compare: run-1; paper.\n" in text
    assert text.endswith("Not comparable, for what differs: datasets of x and y.\n")


def test_a_note_on_many_systems_is_cut() -> None:
    rows = [system(f"s{number}", Cell(value=1.0, planned=9, unjudged=1)) for number in range(30)]

    assert "s19: 1 of 9; and 10 more." in render_text(table_of(*rows))


def test_a_table_without_rows_is_a_table() -> None:
    table = table_of()

    assert [len(render(table).splitlines()) for render in (render_text, render_markdown)] == [1, 1]
    assert json.loads(render_json(table))["rows"] == []
    assert r"\bottomrule" in render_latex(table)


@settings(max_examples=60)
@given(st.one_of(st.sampled_from(HOSTILE), st.text(max_size=80)))
def test_a_system_of_any_name_stays_in_its_cell(name: str) -> None:
    table = table_of(system(name, Cell(value=50.0)), system("other", Cell(value=40.0)))

    tokens = MarkdownIt("commonmark").enable("table").parse(render_markdown(table))
    cells = [token for token in tokens if token.type == "inline"]
    given = next(csv.DictReader(io.StringIO(render_csv(table), newline="")))["system"]
    text_rows = render_text(table).splitlines()[3:6]
    latex_rows = [line for line in render_latex(table).splitlines() if line.startswith("    Edit model &")]
    assert {token.type for token in tokens if token.type.startswith("html")} == set()
    assert [len(row) for row in _rows_of([token.content for token in cells])] == [4, 4, 4]
    assert {part.type for token in cells for part in token.children or []} <= {
        *("text", "strong_open", "strong_close", "html_inline", "softbreak")
    }
    assert given in {visible(name), f"'{visible(name)}"}  # a quotation mark keeps spreadsheets from computing it
    assert len({width_of(line) for line in text_rows}) <= 2  # lines end where their text ends
    assert [len(re.findall(r"(?<!\\)&", line)) for line in latex_rows] == [3, 3]


def _rows_of(cells: list[str]) -> list[list[str]]:
    """The cells of the table, four a row, without caption and title."""
    return [cells[start : start + 4] for start in range(2, 14, 4)]


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex here to compile a table with")
def test_a_table_of_hostile_names_compiles(small: Table, tmp_path: Path) -> None:
    rows = [system(name, Cell(value=50.0, planned=3, unjudged=1)) for name in HOSTILE]
    texts = [render_latex(small), render_latex(table_of(*rows, differences=tuple(HOSTILE)))]
    document = "\n".join([r"\documentclass{article}\usepackage{booktabs}\begin{document}", *texts, r"\end{document}"])
    (tmp_path / "table.tex").write_text(document, encoding="ascii")

    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "table.tex"],  # noqa: S607 - as found
        cwd=tmp_path,
        capture_output=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    assert (tmp_path / "table.pdf").stat().st_size > 0
