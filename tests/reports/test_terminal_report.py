from __future__ import annotations

import re
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import Modality, Task
from medgen_pytest.reports.line import Line, columns_of
from medgen_pytest.reports.terminal import summary_lines, verdict_line

if TYPE_CHECKING:
    from medgen_pytest.evaluation.run_result import RunResult
    from tests.reports.conftest import RunBuilder

HOSTILE = st.text(st.characters(), max_size=120)


def text_of(lines: list[Line]) -> str:
    return "\n".join(line.text for line in lines) + "\n"


def test_one_model_is_shown_by_format_task_and_modality(one_model: RunBuilder) -> None:
    run = one_model.build("image_editing/ssim >= 90%", "multiple-choice/accuracy >= 0.5")

    assert text_of(summary_lines(run, width=100)) == dedent(
        """\
        vqa
        model   exact_match >= 1  token_f1 mean  bleu >= 0.09            accuracy [95%]  invalid  errors
        my-vlm       50.0% (1/2)    0.625 (n=6)   37.5% (3/8)  50.0% (4/8) [21.5, 86.3]        1       1

        image_editing
        model    ssim >= 0.7     psnr >= 28             accuracy [95%]  invalid  errors  missing
        my-vlm  69.2% (9/13)  84.6% (11/13)  69.2% (9/13) [42.4, 98.6]        0       1        2

        by task
        task                             accuracy [95%]  invalid  errors  missing
        multiple-choice        50.0% (1/2)  [9.5, 90.5]        1       0        0
        question-answering     50.0% (3/6) [18.8, 90.3]        0       1        0
        noise-reconstruction  69.2% (9/13) [42.4, 98.6]        0       1        2

        by modality
        modality            accuracy [95%]  invalid  errors  missing
        CT        55.6% (5/9) [26.7, 98.0]        1       1        2
        MRI        0.0% (0/3)  [0.0, 79.2]        0       1        0
        X-Ray     88.9% (8/9) [56.5, 98.0]        0       0        0

        gates
        incomplete   image_editing/ssim >= 90% for my-vlm: 0.6923 (9 of 13); 2 planned samples never
            finished
        holds        multiple-choice/accuracy >= 0.5 for my-vlm: 0.5000 (1 of 2)

        samples: 21 planned, 13 accurate, 3 inaccurate, 1 invalid, 2 errors, 2 missing
        """
    )


def test_on_a_narrow_terminal_metrics_go_into_blocks_below_each_other(two_models: RunBuilder) -> None:
    lines = summary_lines(two_models.build(), width=60)

    assert text_of(lines).startswith(
        dedent(
            """\
            vqa
            model   exact_match >= 1  token_f1 mean  bleu >= 0.09
            my-vlm       50.0% (1/2)    0.625 (n=6)   37.5% (3/8)
            other                  -              -   66.7% (2/3)
            model              accuracy [95%]  invalid  errors
            my-vlm  50.0% (4/8)  [21.5, 86.3]        1       1
            other   66.7% (2/3) [20.8, 100.0]        0       1

            """
        )
    )


def test_several_models_stand_beside_each_other_in_the_tables_by_task(two_models: RunBuilder) -> None:
    lines = summary_lines(two_models.build(), width=80)

    assert dedent(
        """\
            by task
            task                                            my-vlm                 other
            multiple-choice                            50.0% (1/2)                     -
            question-answering                50.0% (3/6), 1 error  66.7% (2/3), 1 error
            noise-reconstruction  69.2% (9/13), 1 error, 2 missing                     -
            disease-prediction                                   -          100.0% (1/1)
            """
    ) in text_of(lines)


def test_more_verbosity_adds_subtasks_and_the_metrics_of_each_task(one_model: RunBuilder) -> None:
    text = text_of(summary_lines(one_model.build(), width=120, verbosity=1))

    assert re.search(r"\ntask +ssim >= 0.7.* +psnr >= 28.* +exact_match >= 1.* +token_f1 mean", text)
    assert "by subtask\nsubtask " in text
    assert "\ngaussian (noise" in text


@pytest.mark.parametrize(
    ("width", "row"),
    [
        (120, "my-vlm  66.7% (4/6) [30.0, 90.3]  66.7% (4/6) [30.0, 90.3]  66.7% (4/6) [30.0, 90.3]        0       0"),
        (80, "my-vlm  66.7% (4/6)  66.7% (4/6)  66.7% (4/6) [30.0, 90.3]        0       0"),
        (72, "my-vlm  66.7% (4/6)  66.7% (4/6)  66.7% (4/6) [29, 91]        0       0"),
        (62, "my-vlm  66.7% (4/6)  66.7% (4/6)  66.7% (4/6)        0       0"),
    ],
)
def test_intervals_say_less_and_then_nothing_where_a_table_would_take_more_lines(
    new_run: type[RunBuilder], width: int, row: str
) -> None:
    good, bad = {"ssim": 0.9, "psnr": 30.0}, {"ssim": 0.1, "psnr": 10.0}
    builder = new_run().add(task=Task.NOISE_RECONSTRUCTION, scores=good, times=4)

    lines = summary_lines(builder.add(task=Task.NOISE_RECONSTRUCTION, scores=bad, times=2).build(), width=width)

    assert lines[2].text == row
    assert lines[1].text.endswith("accuracy [95%]  invalid  errors" if "[" in row else "accuracy  invalid  errors")


def test_intervals_cut_no_label_and_no_line(two_models: RunBuilder) -> None:
    lines = summary_lines(two_models.build(), width=64)

    labels = [line.text.split()[0] for line in lines if line.text]
    assert "noise-reconstruction" in labels
    assert all(columns_of(line.text) <= 64 and "…" not in line.text for line in lines)


def test_less_verbosity_leaves_gates_and_totals(one_model: RunBuilder) -> None:
    lines = summary_lines(one_model.build("vqa/bleu >= 0.9"), width=90, verbosity=-1)

    assert text_of(lines) == dedent(
        """\
        gates
        breached     vqa/bleu >= 0.9 for my-vlm: 0.3750 (3 of 8)

        samples: 21 planned, 13 accurate, 3 inaccurate, 1 invalid, 2 errors, 2 missing
        """
    )


def test_each_gate_has_the_colour_of_its_status(one_model: RunBuilder) -> None:
    run = one_model.build(
        "multiple-choice/accuracy >= 0.5", "vqa/bleu >= 0.9", "vqa/bleu >= 0.3", "image_editing/ssim >= 0.8"
    )

    lines = summary_lines(run, width=120, verbosity=-1)

    styles = {line.text.split()[0]: line.style for line in lines if " for my-vlm" in line.text}
    assert styles == {"holds": "green", "breached": "red", "inconclusive": "yellow", "incomplete": "yellow"}


def test_an_advisory_gate_that_is_breached_is_told_without_alarm(one_model: RunBuilder) -> None:
    run = one_model.build("advisory: vqa/bleu >= 0.9", "cost <= 5")

    lines = [line for line in summary_lines(run, width=120, verbosity=-1) if " for " in line.text]

    assert [(line.text, line.style) for line in lines] == [
        ("breached     advisory: vqa/bleu >= 0.9 for my-vlm: 0.3750 (3 of 8)", "yellow"),
        ("incomplete   cost <= 5 for the whole run: cost unknown; 2 planned samples never finished", "yellow"),
    ]


def test_advisory_gates_are_no_part_of_the_verdict(new_run: type[RunBuilder]) -> None:
    run = new_run().add(scores={"bleu": 0.5})

    both = verdict_line(run.build("vqa/bleu >= 0.5", "advisory: vqa/bleu mean >= 1"))
    alone = verdict_line(run.build("advisory: vqa/bleu mean >= 1"))

    assert both == Line(text="medgen: holds (exit code 0): every blocking gate holds for every model", style="green")
    assert alone == Line(text="medgen: no blocking gates are set; the exit code is pytest's own", style="bold")


def test_a_wrapped_gate_keeps_its_colour(one_model: RunBuilder) -> None:
    lines = summary_lines(one_model.build("vqa/bleu >= 0.9"), width=40, verbosity=-1)

    assert [line.style for line in lines if line.text.startswith(("breached", "    my-vlm: 0.3750"))] == ["red", "red"]


def test_a_run_without_samples_says_so(new_run: type[RunBuilder]) -> None:
    lines = summary_lines(new_run().build(), width=90)

    assert [line.text for line in lines] == [
        "samples: 0 planned, 0 accurate, 0 inaccurate, 0 invalid, 0 errors, 0 missing"
    ]


def test_almost_all_is_not_shown_as_all_and_almost_none_not_as_none(new_run: type[RunBuilder]) -> None:
    builder = new_run().add(scores={"bleu": 0.5}, times=2999).add(scores={"bleu": 0.0})
    builder.add(scores={"bleu": 0.5}, task=Task.REPORT_GENERATION)
    builder.add(scores={"bleu": 0.0}, task=Task.REPORT_GENERATION, times=2999)

    text = text_of(summary_lines(builder.build()))

    assert "question-answering  >99.9% (2999/3000)" in text
    assert "report-generation       <0.1% (1/3000)" in text


def test_an_unscored_metric_without_threshold_has_no_mean(new_run: type[RunBuilder]) -> None:
    run = new_run().add(scores={"bleu": 0.5, "token_f1": None}).build()

    row = summary_lines(run)[2].text

    rate = ["100.0%", "(1/1)", "[20.7,", "100.0]"]
    assert row.split() == ["my-vlm", "-", *rate[:2], *rate, "0", "0"]


def test_an_infinite_mean_is_shown_as_infinite(new_run: type[RunBuilder]) -> None:
    run = new_run().add(scores={"bleu": 0.5, "future": float("inf")}).build()

    lines = summary_lines(run)

    assert "future mean" in lines[1].text
    assert "inf (n=1)" in lines[2].text


def test_models_with_long_and_like_names_are_told_apart(new_run: type[RunBuilder]) -> None:
    names = [f"vendor/{'very-' * 12}long-name-{number}-{'instruct-' * 5}" for number in (1, 2)]
    builder = new_run()
    for name in names:
        builder.add(model=name, scores={"bleu": 0.5})

    lines = summary_lines(builder.build(), width=60)

    labels = [line.text.split()[0] for line in lines if line.text.startswith("vendor/")]
    assert labels[0].endswith("~1")
    assert labels[1].endswith("~2")


def test_a_name_with_terminal_codes_and_line_breaks_stays_on_its_row(new_run: type[RunBuilder]) -> None:
    run = new_run().add(model="evil\x1b[2J\r\n|<b>", scores={"bleu": 0.5}).build()

    lines = summary_lines(run)

    assert lines[2].text.startswith(r"evil\x1b[2J\r\n|<b>  ")


@settings(max_examples=50)
@given(
    models=st.lists(HOSTILE, min_size=1, max_size=4, unique=True),
    subtask=HOSTILE,
    metric=HOSTILE,
    width=st.integers(min_value=-1, max_value=200),
    verbosity=st.integers(min_value=-1, max_value=2),
)
def test_any_names_at_any_width_give_lines_that_fit_and_hide_nothing(
    new_run: type[RunBuilder], models: list[str], subtask: str, metric: str, width: int, verbosity: int
) -> None:
    builder = new_run()
    for model in models:
        builder.add(model=model, subtask=subtask, scores={"bleu": 0.5, metric: 1.0}, reason=metric)

    lines = summary_lines(builder.build("all/accuracy >= 0.5"), width=width, verbosity=verbosity)

    assert all(columns_of(line.text) <= max(width, 0) for line in lines)
    assert all(len(line.text.splitlines()) <= 1 for line in lines)
    assert all("\x1b" not in line.text for line in lines)


def test_the_summary_is_the_same_whatever_the_order_of_the_samples(two_models: RunBuilder) -> None:
    before = summary_lines(two_models.build("vqa/bleu >= 0.3"))
    two_models.planned.reverse()

    assert summary_lines(two_models.build("vqa/bleu >= 0.3")) == before


@pytest.mark.parametrize(
    ("gates", "text", "style"),
    [
        ([], "medgen: no gates are set; the exit code is pytest's own", "bold"),
        (
            ["multiple-choice/accuracy >= 0.5", "vqa/bleu >= 0.9", "all/accuracy >= 0.95"],
            (
                "medgen: breached (exit code 1): vqa/bleu >= 0.9 for my-vlm: 0.3750 (3 of 8);"
                " all/accuracy >= 0.95 for my-vlm: 0.6190 (13 of 21)"
            ),
            "red",
        ),
        (
            ["image_editing/ssim >= 0.8"],
            (
                "medgen: incomplete (exit code 11): image_editing/ssim >= 0.8 for my-vlm: 0.6923 (9 of 13);"
                " 2 planned samples never finished"
            ),
            "yellow",
        ),
        (
            ["multiple-choice/accuracy >= 0.5"],
            "medgen: incomplete (exit code 11): 2 of 21 planned samples never finished",
            "yellow",
        ),
    ],
)
def test_the_verdict_names_exit_code_and_what_stands_in_the_way(
    one_model: RunBuilder, gates: list[str], text: str, style: str
) -> None:
    assert verdict_line(one_model.build(*gates)) == Line(text=text, style=style)  # type: ignore[arg-type]  # parametrised


def test_the_verdict_on_too_many_errors_outside_of_all_gates_counts_them(new_run: type[RunBuilder]) -> None:
    builder = new_run().add(scores={"bleu": 0.5}).add("error", task=Task.REPORT_GENERATION, modality=Modality.MRI)

    line = verdict_line(builder.build("question-answering/accuracy >= 0.5"))

    assert line == Line(
        text="medgen: inconclusive (exit code 10): 1 of 2 samples are errors, more than the 0.00% allowed",
        style="yellow",
    )


def test_the_verdict_on_gates_that_hold_is_green(new_run: type[RunBuilder]) -> None:
    run: RunResult = new_run().add(scores={"bleu": 0.5}).build("vqa/accuracy >= 0.5", "vqa/bleu >= 0.5")

    assert verdict_line(run) == Line(
        text="medgen: holds (exit code 0): every gate holds for every model", style="green"
    )


def test_repeats_are_said_beside_every_table_and_counted_in_the_totals(new_run: type[RunBuilder]) -> None:
    builder = new_run()
    for value in (1.0, 0.5, 0.0):
        builder.add(scores={"bleu": value})
    builder.add("error")
    builder.repeat_first(3)

    text = text_of(summary_lines(builder.build("all/accuracy >= 0.9"), width=100))

    assert text == dedent(
        """\
        vqa (mean of 1 to 3 repeats)
        model           bleu >= 0.09 [95%]              accuracy [95%]  invalid  errors
        my-vlm  33.3% (0.67/2) [4.5, 98.7]  33.3% (0.67/2) [4.5, 98.7]        0       1

        by task (mean of 1 to 3 repeats)
        task                            accuracy [95%]  invalid  errors
        question-answering  33.3% (0.67/2) [4.5, 98.7]        0       1

        by modality (mean of 1 to 3 repeats)
        modality              accuracy [95%]  invalid  errors
        CT        33.3% (0.67/2) [4.5, 98.7]        0       1

        gates (mean of 1 to 3 repeats)
        breached     all/accuracy >= 0.9 for my-vlm: 0.3333 (0.67 of 2)

        samples (mean of 1 to 3 repeats): 2 planned, 0.67 accurate, 0.33 inaccurate, 0 invalid, 1 error,
            0 missing
        repeats: 4 planned, 2 accurate, 1 inaccurate, 0 invalid, 1 error, 0 missing
        """
    )
