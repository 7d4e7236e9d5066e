"""Tables of systems: the rows of runs, what is best of a column, and what cannot stand beside each other."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.evaluation.conditions import Conditions
from medgen_pytest.evaluation.run_result import GatePolicy, RunResult, evaluate_run
from medgen_pytest.evaluation.tables.comparability import differences_of
from medgen_pytest.evaluation.tables.row import Cell, Row, Source
from medgen_pytest.evaluation.tables.run_rows import rows_of
from medgen_pytest.evaluation.tables.table import Column, arrange, columns_of, marks_of
from medgen_pytest.metrics.registry import METRICS
from tests.evaluation.records import PROFILE, by_key, plan, record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.domain.planned import Aggregation, PlannedSample
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.domain.system_kind import SystemKind
    from medgen_pytest.evaluation.tables.row import CellKind

HERE = Source(name="here", conditions=Conditions(dataset="d", profile="p", profile_digest="q", conventions={}))
RATE = Column(name="ssim", title="SSIM", digits=2)
LOWER = replace(RATE, higher_is_better=False)


def run_of(
    *results: SampleResult,
    planned: Sequence[PlannedSample] = (),
    facts: Mapping[str, object] | None = None,
    aggregate: Aggregation = "mean",
) -> RunResult:
    every = planned or [
        plan(result.task, model=result.model, modality=result.modality, number=int(result.sample_id[-6:]))
        for result in results
    ]
    policy = GatePolicy(aggregate=aggregate)
    return evaluate_run(every, by_key(results), profile=PROFILE, policy=policy, facts=facts or {})


def rows(run: RunResult, *, cells: CellKind = "rates", by_modality: bool = False) -> list[Row]:
    columns = ("ssim", "psnr", "bleu", "lpips", "accuracy")
    return rows_of(run, HERE, columns=columns, cells=cells, by_modality=by_modality)


def bare(cell: Cell) -> Cell:
    """The cell without its interval."""
    return replace(cell, low=None, high=None)


def row(system: str, value: float | None = None, *, kind: SystemKind = "vlm", source: Source = HERE) -> Row:
    return Row(format=Format.VQA, system=system, kind=kind, source=source, cells={"ssim": Cell(value=value)})


def test_a_rate_is_exact_in_percent() -> None:
    run = run_of(
        *(record(plan(number=number), ssim=0.9 if number <= 29 else 0.1, psnr=40.0) for number in range(1, 101))
    )

    [only] = rows(run)

    assert bare(only.cells["ssim"]) == Cell(value=29.0, planned=100)
    assert only.cells["psnr"].value == 100.0
    assert only.cells["accuracy"].value == 29.0
    assert (only.cells["bleu"], only.cells["lpips"]) == (Cell(), Cell())


def test_what_has_no_verdict_counts_as_not_accurate_and_is_told() -> None:
    results = [record(plan(number=1), ssim=0.9), record(plan(number=2), ssim=None), record(plan(number=3), ssim=0.9)]

    [only] = rows(run_of(*results, planned=[plan(number=number) for number in range(1, 5)]))

    assert bare(only.cells["ssim"]) == Cell(value=50.0, planned=4, unjudged=2)
    assert only.samples == 4


def test_a_mean_leaves_out_what_has_no_score_and_tells_how_many() -> None:
    results = [record(plan(number=1), ssim=0.5), record(plan(number=2), ssim=None), record(plan(number=3), ssim=0.75)]

    [only] = rows(run_of(*results), cells="means")

    assert bare(only.cells["ssim"]) == Cell(value=0.625, planned=3, unjudged=1)


@pytest.mark.parametrize(("values", "mean"), [((20.0, math.inf), math.inf), ((math.nan,), None)])
def test_an_infinite_mean_stays_and_one_that_is_none_is_none(values: tuple[float, ...], mean: float | None) -> None:
    results = [record(plan(number=number), psnr=value) for number, value in enumerate(values, start=1)]

    [only] = rows(run_of(*results), cells="means")

    assert only.cells["psnr"].value == mean


def test_a_rate_has_the_interval_of_wilson_from_none_to_all_of_what_has_no_verdict() -> None:
    scores = [0.9] * 6 + [0.1] * 3 + [None]
    run = run_of(*(record(plan(number=number), ssim=score) for number, score in enumerate(scores, start=1)))

    [only] = rows(run)

    low, high = (proportion_confint(accurate, 10, method="wilson") for accurate in (6, 7))
    assert only.cells["ssim"].low == pytest.approx(100 * low[0], abs=1e-9)
    assert only.cells["ssim"].high == pytest.approx(100 * high[1], abs=1e-9)
    assert only.cells["lpips"].low is None


def test_samples_that_belong_together_widen_an_interval() -> None:
    scores = [0.9] * 10 + [0.1] * 10
    results = [record(plan(number=number), ssim=score) for number, score in enumerate(scores, start=1)]
    alone, together = (
        run_of(*(replace(one, first_input=f"{place // size}") for place, one in enumerate(results))) for size in (1, 5)
    )

    widths = []
    for run in (alone, together):
        [only] = rows(run)
        assert only.cells["ssim"].low is not None
        assert only.cells["ssim"].high is not None
        widths.append(only.cells["ssim"].high - only.cells["ssim"].low)

    assert widths[1] > 1.5 * widths[0]


def test_a_mean_has_the_interval_of_a_bootstrap_unless_a_score_is_infinite() -> None:
    finite = run_of(*(record(plan(number=number), psnr=20.0 + number) for number in range(1, 21)))
    infinite = run_of(*(record(plan(number=number), psnr=math.inf if number == 1 else 20.0) for number in (1, 2, 3)))

    [of_finite], [of_infinite] = (rows(run, cells="means") for run in (finite, infinite))

    cell = of_finite.cells["psnr"]
    assert cell.low is not None
    assert cell.value is not None
    assert cell.high is not None
    assert 27.0 < cell.low < cell.value < cell.high < 34.0
    assert of_infinite.cells["psnr"].low is None


def test_each_model_has_a_row_for_each_format_or_each_modality_of_it() -> None:
    run = run_of(
        record(plan(model="b"), ssim=0.9),
        record(plan(model="b", number=2, modality=Modality.MRI), ssim=0.1),
        record(plan(Task.QUESTION_ANSWERING, model="a"), bleu=0.5),
    )

    by_format = [(one.system, one.format, one.modality, one.samples) for one in rows(run)]
    by_modality = [(one.system, one.modality, one.cells["ssim"].value) for one in rows(run, by_modality=True)]

    assert by_format == [("a", Format.VQA, None, 1), ("b", Format.IMAGE_EDITING, None, 2)]
    assert by_modality == [("a", Modality.CT, None), ("b", Modality.CT, 100.0), ("b", Modality.MRI, 0.0)]


def test_a_system_is_of_the_kind_that_the_run_says_else_what_it_was_asked() -> None:
    facts = {"models": {"told": {"kind": "compositional"}, "joint": {"adapter": "compositional"}, "odd": {"kind": 3}}}
    names = ("told", "joint", "odd", "unknown")

    found = rows(run_of(*(record(plan(model=name), ssim=0.9) for name in names), facts=facts))

    assert {one.system: one.kind for one in found} == {
        "told": "compositional",
        "joint": "compositional",
        "odd": "edit",
        "unknown": "edit",
    }


def test_repeats_are_told() -> None:
    planned = [plan(repeat=0), plan(repeat=1)]
    run = run_of(*(record(one, ssim=0.9) for one in planned), planned=planned, aggregate="all")

    [only] = rows(run)

    assert (only.samples, only.sampling) == (1, "all of 2 repeats")


@pytest.mark.parametrize(
    ("values", "marks"),
    [
        ([1.0, 3.0, 2.0], [None, "best", "second"]),
        ([3.0, 3.0, 2.0, 2.0, 1.0], ["best", "best", "second", "second", None]),
        ([3.0, 3.0], ["best", "best"]),
        ([1.004, 1.0, 0.5], ["best", "best", "second"]),  # equal as they are shown
        ([None, 2.0, None], [None, None, None]),  # with nothing to compare it with
        ([None, 2.0, 1.0], [None, "best", "second"]),
        ([], []),
        ([math.inf, 2.0], ["best", "second"]),
    ],
)
def test_the_best_and_the_second_best_are_marked(values: list[float | None], marks: list[str | None]) -> None:
    mirrored = [None if value is None else -value for value in values]

    assert marks_of(values, RATE) == marks
    assert marks_of(mirrored, LOWER) == marks


@given(st.lists(st.floats(0, 100, allow_nan=False) | st.none(), min_size=2))
def test_marks_agree_with_sorting(values: list[float | None]) -> None:
    shown = sorted({f"{value:.2f}" for value in values if value is not None}, key=float, reverse=True)

    marks = marks_of(values, RATE)

    if sum(value is not None for value in values) > 1:
        names = dict(zip(shown, ("best", "second"), strict=False))
        assert marks == [None if value is None else names.get(f"{value:.2f}") for value in values]


def test_blocks_stand_as_in_the_paper_and_systems_by_kind_in_the_order_in_which_they_came() -> None:
    made = [
        row("z", kind="unified"),
        row("b", kind="vlm"),
        row("a", kind="vlm"),
        replace(row("e", kind="edit"), format=Format.IMAGE_EDITING),
        replace(row("c", kind="compositional"), format=Format.MULTIMODAL_GENERATION),
        replace(row("u", kind="unified"), format=Format.IMAGE_EDITING),
    ]

    table = arrange(made, [RATE], cells="rates")

    assert [(block.format.value, [one.label for one in block.rows]) for block in table.blocks] == [
        ("multimodal_generation", ["c"]),
        ("image_editing", ["u", "e"]),
        ("vqa", ["b", "a", "z"]),
    ]


def test_two_systems_of_one_name_are_told_apart() -> None:
    there = Source(name="there")

    table = arrange([row("m"), row("m", source=there), row("m", source=there), row("n")], [RATE], cells="rates")

    assert [one.label for one in table.rows] == ["m (here)", "m (there) #1", "m (there) #2", "n"]


def test_columns_know_which_way_is_better_for_what_they_show() -> None:
    rates = columns_of(("lpips", "psnr", "accuracy"), METRICS, cells="rates")
    means = columns_of(("lpips", "psnr", "mine"), METRICS, cells="means")

    assert [column.higher_is_better for column in rates] == [True, True, True]
    assert [(column.higher_is_better, column.units, column.digits) for column in means] == [
        (False, "", 3),
        (True, "dB", 2),
        (True, "", 3),
    ]


CONDITIONS = Conditions(dataset="d1", profile="p", profile_digest="1", conventions={"ssim": "ssim/upstream@1"})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dataset": "d2"}, "datasets"),
        ({"profile_digest": "2"}, "profiles"),
        ({"conventions": {"ssim": "ssim/canonical@1"}}, "conventions of ssim"),
        ({"conventions": {"ssim": "ssim/upstream@1", "psnr": "other"}}, None),
        ({}, None),
    ],
)
def test_rows_under_different_conditions_are_told(changes: dict[str, object], said: str | None) -> None:
    ours = row("a", 1.0, source=Source(name="A", conditions=CONDITIONS))
    theirs = row("b", 2.0, source=Source(name="B", conditions=replace(CONDITIONS, **changes)))  # type: ignore[arg-type]  # fields by name

    found = differences_of([ours, theirs])

    assert bool(found) == (said is not None)
    assert all(text.startswith(str(said)) and text.endswith("of A and B") for text in found)


def test_a_metric_that_one_of_them_lacks_is_no_difference() -> None:
    ours = row("a", 1.0, source=Source(name="A", conditions=CONDITIONS))
    other = Source(name="B", conditions=replace(CONDITIONS, conventions={"ssim": "ssim/canonical@1"}))

    assert differences_of([ours, row("b", None, source=other)]) == []


def test_rows_of_other_samples_are_told_and_those_of_other_blocks_are_not() -> None:
    ours = replace(row("a", source=Source(name="A", conditions=CONDITIONS)), samples=3, sample_set="x")
    other = replace(row("b", source=Source(name="B", conditions=CONDITIONS)), samples=2, sample_set="y")

    assert differences_of([ours, other]) == ["samples of vqa (3 and 2) of A and B"]
    assert differences_of([ours, replace(other, format=Format.IMAGE_EDITING)]) == []


@pytest.mark.parametrize(
    ("sampling", "differs"), [("mean of 3 repeats", False), ("all of 3 repeats", True), (None, False)]
)
def test_rows_whose_repeats_count_otherwise_are_told(sampling: str | None, *, differs: bool) -> None:
    ours = row("a", source=Source(name="A", conditions=CONDITIONS))
    other = replace(row("b", source=Source(name="B", conditions=CONDITIONS)), sampling=sampling)

    assert bool(differences_of([ours, other])) == differs


def test_a_row_without_conditions_differs_from_none_but_hides_no_difference_of_others() -> None:
    published = row("p", 1.0, source=Source(name="paper"))
    ours = row("a", 1.0, source=Source(name="A", conditions=CONDITIONS))
    other = row("b", 1.0, source=Source(name="B", conditions=replace(CONDITIONS, dataset="d2")))

    assert differences_of([published, ours]) == []
    assert len(differences_of([published, ours, other])) == 1
