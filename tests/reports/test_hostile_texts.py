"""Texts of others in Markdown, LaTeX and CSV: they stay texts, whatever they hold."""

from __future__ import annotations

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from medgen_pytest.reports.csv_text import plain_cell
from medgen_pytest.reports.latex_text import latex_text
from medgen_pytest.reports.markdown_text import markdown_code, markdown_text
from medgen_pytest.reports.visible_text import visible

PIECES = st.sampled_from(
    [
        "|",
        "`",
        "``",
        "*",
        "_",
        "[a](b)",
        "![a](b)",
        "<script>",
        "</td>",
        "&lt;",
        "\\",
        "\n",
        "#",
        "- ",
        "1. ",
        "~~",
        "a",
    ]
)
HOSTILE = st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=12).map("".join)
ENGINE = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def cells_of(markdown: str) -> list[list[tuple[str, str]]]:
    """What the two cells of a row hold, whose first is the text: the kind and content of each part."""
    tokens = ENGINE.parse(f"| a | b |\n|---|---|\n| {markdown} | end |\n")
    inline = [token.children or [] for token in tokens if token.type == "inline"]
    return [[(part.type, part.content) for part in parts] for parts in inline[2:]]


@given(HOSTILE)
def test_a_text_in_a_cell_of_markdown_is_shown_as_it_is_and_does_nothing(text: str) -> None:
    parts, end = cells_of(markdown_text(text))

    shown = "".join(content for _, content in parts)
    assert {kind for kind, _ in parts} <= {"text"}
    assert shown.replace("\u200b", "").strip() == visible(text).strip()
    assert end == [("text", "end")]


@given(HOSTILE)
def test_a_text_that_begins_a_line_of_markdown_is_a_paragraph(text: str) -> None:
    page = ENGINE.render(markdown_text(text))

    assert re.sub(r"<p>.*</p>\n", "", page, count=1, flags=re.DOTALL) == ""
    assert page.count("<") in {0, 2}


@given(HOSTILE.filter(lambda text: visible(text).strip() != ""))
def test_a_text_as_code_is_one_code_in_its_cell(text: str) -> None:
    parts, end = cells_of(markdown_code(text))

    assert [kind for kind, _ in parts] == ["code_inline"]
    assert parts[0][1].strip() == visible(text).strip()
    assert end == [("text", "end")]


@pytest.mark.parametrize(
    "text", ["@octocat", "x@y.org", "see #12", "GH-7", "https://evil.example", "www.evil.example", ":bomb:", "!3"]
)
def test_what_code_hosts_would_link_call_or_draw_is_parted(text: str) -> None:
    assert "&#8203;" in markdown_text(text)


@given(st.text())
def test_a_text_of_latex_is_ascii_on_one_line_with_balanced_braces(text: str) -> None:
    shown = latex_text(text)

    bare = re.sub(r"\\[\\{}$&#%_]", "", shown)
    assert shown.isascii()
    assert shown.isprintable()
    assert bare.count("{") == bare.count("}")
    assert not set(bare) & set("$&#%_~") - set(re.findall(r"\\([~])", bare))
    assert "--" not in shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100% of a_b & c#d", r"100\% of a\_b \& c\#d"),
        (r"\input{/etc/passwd}", r"\textbackslash{}input\{/etc/passwd\}"),
        ("$x^2$ ~ <y>", r"\$x\textasciicircum{}2\$ \textasciitilde{} \textless{}y\textgreater{}"),
        ("[h]*", "{[}h{]}{*}"),
        ("Modèle ßæ ï", r"Mod\`{e}le \ss{}\ae{} \"{\i}"),
        ("a--b---c", "a-{}-b-{}-{}-c"),
        ("数\u202e", r"\texttt{[U+6570]}\textbackslash{}u202e"),
    ],
)
def test_special_characters_are_commands_of_latex(text: str, expected: str) -> None:
    assert latex_text(text) == expected


@given(st.text(max_size=20))
def test_a_cell_of_csv_is_no_formula_and_comes_back(text: str) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\r\n").writerow([plain_cell(text)])

    [[cell]] = csv.reader(io.StringIO(buffer.getvalue(), newline=""))

    assert cell.removeprefix("'") == text.removeprefix("'")
    assert not cell.lstrip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "\r"))
