"""The Markdown summary: what a reviewer must know, on half a page, whatever names and reasons hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.evaluation.baseline import baseline_of
from medgen_pytest.evaluation.gates import parse_gate
from medgen_pytest.evaluation.run_result import GatePolicy, evaluate_run
from medgen_pytest.reports.summary import render_summary

if TYPE_CHECKING:
    from markdown_it.token import Token

    from tests.reports.conftest import RunBuilder

ENGINE = MarkdownIt("commonmark").enable("table")
HOSTILE = [
    "</td><script>alert(1)</script>",
    "![x](javascript:alert(1)) [a](b)",
    "@octocat #1 `code` **bold** | pipe",
    "new\nline\r\n# heading",
    "\u202e\u200b\ud800",
    "x" * 300,
]
COMPARABLE = {"dataset": {"fingerprint": "f" * 64}, "metrics": {"bleu": "bleu/upstream@1"}}
FACTS = {"run_id": "20260801T100000Z-4f2a", "dataset": {"fingerprint": "9b1c" * 16}}


def tables_of(markdown: str) -> list[list[list[str]]]:
    """Every table as rows of cells."""
    found: list[list[list[str]]] = []
    for token in ENGINE.parse(markdown):
        if token.type == "table_open":
            found.append([])
        elif token.type == "tr_open":
            found[-1].append([])
        elif token.type == "inline" and found and token.level > 2:
            found[-1][-1].append("".join(part.content for part in token.children or []))
    return found


def test_it_begins_with_the_verdict_and_the_gate_that_decided_it(one_model: RunBuilder) -> None:
    lines = render_summary(one_model.build("vqa/bleu >= 0.9")).splitlines()

    assert lines[0] == "## medgen: breached"
    assert lines[2] == "medgen: breached (exit code 1): vqa/bleu &gt;= 0.9 for my-vlm: 0.3750 (3 of 8)"


def test_gates_stand_in_a_table_those_that_do_not_hold_first(one_model: RunBuilder) -> None:
    gates = ("multiple-choice/accuracy >= 0.5", "advisory: vqa/bleu >= 0.9", "vqa/bleu >= 0.9", "vqa/bleu >= 0")

    table = tables_of(render_summary(one_model.build(*gates)))[0]

    assert table[0] == ["gate", "model", "status", "measured", "interval"]
    assert [(row[0], row[2]) for row in table[1:]] == [
        ("vqa/bleu >= 0.9", "breached"),
        ("vqa/bleu >= 0", "inconclusive"),
        ("multiple-choice/accuracy >= 0.5", "holds"),
        ("advisory: vqa/bleu >= 0.9", "breached (advisory)"),
    ]
    assert table[1][3:] == ["0.3750 (3 of 8)", "-"]


def test_a_gate_has_its_interval_beside_what_was_measured(new_run: type[RunBuilder]) -> None:
    run = new_run().add(scores={"bleu": 0.5}, times=30).add(scores={"bleu": 0.0}, times=10).build("vqa/bleu >= 0.6")

    row = tables_of(render_summary(run))[0][1]

    assert row[2:] == ["holds", "0.7500 (30 of 40)", "0.5981 to 0.8581 (95%)"]


def test_models_and_their_worst_slices_stand_in_tables(two_models: RunBuilder) -> None:
    two_models.add(scores={"bleu": 0.01}, modality=Modality.MRI, times=5)

    models, worst = tables_of(render_summary(two_models.build()))

    assert [row[0] for row in models] == ["model", "my-vlm", "other"]
    assert models[2] == ["other", "75.0% (3/4)", "0", "0", "1", "0", "-"]
    assert worst[1] == [
        "my-vlm",
        "vqa, question-answering, MRI",
        "0.0% (0/7)",
        "0.0% to 47.1%",  # the error may have been accurate
        "1",
    ]


def test_the_change_against_a_baseline_is_told_where_a_gate_names_one(new_run: type[RunBuilder]) -> None:
    before = new_run().add(scores={"bleu": 1.0}, times=8).add(scores={"bleu": 0.0}, times=2)
    now = new_run().add(scores={"bleu": 1.0}, times=5).add(scores={"bleu": 0.0}, times=4).add(scores={"bleu": 1.0})
    policy = GatePolicy(
        gates=(parse_gate("all/accuracy drop <= 0.1 against main.json"),),
        baselines={"main.json": baseline_of(before.build(facts=COMPARABLE))},
    )
    run = evaluate_run(
        now.planned, now.results, profile=before.build().profile, policy=policy, facts=COMPARABLE, measured={"bleu"}
    )

    change = tables_of(render_summary(run))[2]

    assert change[0][:8] == ["baseline", "model", "samples", "before", "now", "change", "95% interval", "p"]
    assert change[1][:6] == ["main.json", "my-vlm", "10", "80.0%", "60.0%", "-20.0 pp"]
    assert change[1][8:10] == ["3", "1"]


def test_a_run_without_gates_says_so_with_its_rate(new_run: type[RunBuilder]) -> None:
    text = render_summary(new_run().add(scores={"bleu": 0.5}, times=3).build())

    assert text.startswith(
        "## medgen: no gates\n\nmedgen: no gates are set; 100.0% (3/3) of the samples are accurate\n"
    )
    assert "Worst slices" not in text


def test_a_run_without_samples_has_a_summary(new_run: type[RunBuilder]) -> None:
    assert "no gates are set; - of the samples" in render_summary(new_run().build())


def test_a_run_of_errors_alone_has_a_summary(new_run: type[RunBuilder]) -> None:
    text = render_summary(new_run().add("error", reason="down", times=4).build("all/accuracy >= 0.5"))

    assert text.startswith("## medgen: inconclusive\n")
    assert tables_of(text)[1][1] == ["my-vlm", "0.0% (0/4)", "0", "0", "4", "0", "-"]


def test_it_says_what_the_run_was(one_model: RunBuilder) -> None:
    text = render_summary(one_model.build(facts={**FACTS, "left_out": {"lpips": "no weights"}}))

    assert "Made by run `20260801T100000Z-4f2a`, dataset `9b1c9b1c9b1c`, profile `medgen-2026.08` (`" in text
    assert "left out: lpips." in text


def test_reports_are_linked_from_beside_them_and_named_from_elsewhere(one_model: RunBuilder) -> None:
    files = {"report.html": "a b/report.html"}

    assert render_summary(one_model.build(), files=files).endswith("Reports: [report.html](a%20b/report.html)\n")
    assert render_summary(one_model.build(), files=files, linked=False).endswith("Reports: `a b/report.html`\n")


def test_a_shard_says_which_part_it_is(one_model: RunBuilder) -> None:
    text = render_summary(one_model.build("all/accuracy >= 0", facts={"shard": {"index": 3, "count": 8}}))

    assert text.startswith("## medgen: shard 3/8\n")
    assert "medgen merge decides the gates" in text


def test_repeats_are_told(new_run: type[RunBuilder]) -> None:
    run = new_run().add(scores={"bleu": 1.0}).add(scores={"bleu": 0.0}).repeat_first(2).build()

    assert "Each sample counts once: mean of 2 repeats." in render_summary(run)
    assert tables_of(render_summary(run))[0][1][1] == "50.0% (0.50/1)"


@settings(max_examples=40)
@given(st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(), max_size=80)))
def test_no_name_or_reason_leaves_its_cell(new_run: type[RunBuilder], text: str) -> None:
    builder = new_run().add("invalid", model=text, subtask=text, reason=text, times=2)
    builder.add("error", model="other", reason=text)
    run = builder.build("all/accuracy >= 1", facts={"run_id": text, "left_out": {text: text}})

    markdown = render_summary(run, files={text: text})

    tokens = ENGINE.parse(markdown)
    assert not [token for token in _flat(tokens) if token.type.startswith(("html", "image", "hardbreak"))]
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h2", "h3"]
    assert [{len(row) for row in table} for table in tables_of(markdown)] == [{5}, {7}, {5}]
    links = [token for token in _flat(tokens) if token.type == "link_open"]
    assert len(links) <= 1


def _flat(tokens: list[Token]) -> list[Token]:
    return [part for token in tokens for part in (token, *(token.children or []))]


def test_it_stays_below_what_github_takes_however_much_there_is(new_run: type[RunBuilder]) -> None:
    builder = new_run()
    for number in range(400):
        builder.add("invalid", model=f"<{number}>" * 90, task=Task.STYLE_TRANSFER, reason="&|" * 5000)

    text = render_summary(builder.build(*(f"all/accuracy >= 0.{number:03d}" for number in range(1, 9))))

    assert len(text.encode()) < 1_000_000
    assert "and 350 more models" in text
    assert "and 3150 more gates" in text


def test_a_gate_on_the_whole_run_is_named_so(new_run: type[RunBuilder]) -> None:
    run = new_run().add(scores={"bleu": 1.0}).build("cost <= 5")

    assert tables_of(render_summary(run))[0][1][:2] == ["cost <= 5", "the whole run"]
