"""Comparing what a command line names: runs, baselines and models of them, and only what can be compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.errors import ConfigError, StoreError
from medgen_pytest.evaluation.baseline import baseline_of
from medgen_pytest.evaluation.comparison.metrics import BY
from medgen_pytest.reports.baseline import write_baseline
from medgen_pytest.runs.baselines import run_to_keep
from medgen_pytest.runs.comparing import Question, compare_operands, split_operand
from medgen_pytest.runs.finish import Overrides
from medgen_pytest.store import RunDirectory
from tests.runs.small_run import carry_out, edited_facts, prepare
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.evaluation.comparison import Comparisons

QUESTION = Question(metrics=None, by=BY)


def compare(*operands: Path | str, metrics: Sequence[str] | None = None, **given: object) -> Comparisons:
    overrides = Overrides(**{"thresholds": {}, "gates": (), **given})  # type: ignore[arg-type]  # keywords by name
    return compare_operands(
        [str(operand) for operand in operands], replace(QUESTION, metrics=metrics), overrides, root=Path.cwd()
    )


def sides(comparisons: Comparisons) -> list[tuple[str, str]]:
    return [
        (f"{one.first.letter} {one.first.model}", f"{one.second.letter} {one.second.model}")
        for one in comparisons.comparisons
    ]


def make(folder: Path, name: str, *models: str, **typed: object) -> Path:
    """A run of some models."""
    for model in models:
        carry_out(prepare(folder, model, **typed), folder / name, session=model)  # type: ignore[arg-type]  # options by name
    return folder / name


def test_two_runs_of_one_model_each_are_compared_whatever_the_models_are_called(tmp_path: Path) -> None:
    first, second = make(tmp_path, "a", "copy-input"), make(tmp_path, "b", "oracle")

    comparisons = compare(first, second)

    assert sides(comparisons) == [("A copy-input", "B oracle")]
    assert comparisons.comparisons[0].pairs == SAMPLES
    assert len(comparisons.comparisons[0].won) == SAMPLES


def test_every_other_operand_is_compared_with_the_first(tmp_path: Path) -> None:
    paths = [make(tmp_path, name, "copy-input") for name in ("a", "b", "c")]

    assert sides(compare(*paths)) == [("A copy-input", "B copy-input"), ("A copy-input", "C copy-input")]


def test_models_of_one_name_are_compared_and_those_without_counterpart_told(tmp_path: Path) -> None:
    first, second = make(tmp_path, "a", "copy-input", "classical"), make(tmp_path, "b", "copy-input", "oracle")

    comparisons = compare(first, second)

    assert sides(comparisons) == [("A copy-input", "B copy-input")]
    assert comparisons.unpaired == [("A", "classical"), ("B", "oracle")]


def test_two_models_of_one_run_are_compared_when_they_are_named(tmp_path: Path) -> None:
    run = make(tmp_path, "a", "copy-input", "oracle")

    assert sides(compare(f"{run}:copy-input", f"{run}:oracle")) == [("A copy-input", "B oracle")]
    assert sides(compare(f"{run}:copy-input", run)) == [("A copy-input", "B copy-input"), ("A copy-input", "B oracle")]


def test_models_that_nobody_pairs_must_be_named(tmp_path: Path) -> None:
    first, second = make(tmp_path, "a", "copy-input", "classical"), make(tmp_path, "b", "oracle")

    with pytest.raises(ConfigError, match=r"a holds classical, copy-input and .*b oracle: name the models to compare"):
        compare(first, second)


def test_a_run_is_compared_with_a_baseline_as_with_the_run_it_was_saved_of(tmp_path: Path) -> None:
    first, second = make(tmp_path, "a", "copy-input"), make(tmp_path, "b", "classical")
    store, overrides = RunDirectory(first), Overrides(thresholds={})
    write_baseline(baseline_of(run_to_keep(store, overrides, root=tmp_path)), tmp_path / "main.json")

    (with_run,) = compare(first, second).comparisons
    (with_file,) = compare(tmp_path / "main.json", second).comparisons

    rates = [
        [(one.metric, one.whole, one.slices) for one in found.metrics if one.kind == "rate"]
        for found in (with_run, with_file)
    ]
    assert rates[0] == rates[1]
    assert [flip.planned.sample_id for flip in with_run.flips] == [flip.planned.sample_id for flip in with_file.flips]


def test_runs_whose_numbers_mean_other_things_are_refused_with_all_that_differs(tmp_path: Path) -> None:
    first, second = make(tmp_path, "a", "copy-input"), make(tmp_path, "b", "copy-input")
    with edited_facts(second) as facts:
        facts["dataset"] = {"fingerprint": "other"}
        facts["metrics"]["ssim"] = "ssim/canonical@1"

    with pytest.raises(
        ConfigError,
        match=r"/a and .*/b cannot be compared: other datasets \(fingerprints \w+ and other\);"
        r" other conventions of ssim \(ssim/upstream@1 and ssim/canonical@1\)",
    ):
        compare(first, second)


def test_other_profiles_are_refused_until_one_is_named_for_all(tmp_path: Path) -> None:
    first, second = make(tmp_path, "a", "copy-input"), make(tmp_path, "b", "copy-input", threshold=["ssim=0.5"])

    with pytest.raises(ConfigError, match=r"other profiles \(medgen-2026.08 and medgen-2026.08 \(changed\)\)"):
        compare(first, second)
    (comparison,) = compare(first, second, profile="medgen-2025.11").comparisons

    assert comparison.second.run.profile.name == "medgen-2025.11"


def test_a_metric_of_another_convention_does_not_hinder_the_others(tmp_path: Path) -> None:
    first, second = make(tmp_path, "a", "copy-input"), make(tmp_path, "b", "copy-input")
    with edited_facts(second) as facts:
        facts["metrics"] |= {"token_f1": "token_f1/other@1"}

    (comparison,) = compare(first, second, metrics=["accuracy", "ssim"]).comparisons

    assert {one.metric for one in comparison.metrics} == {"accuracy", "ssim"}


def test_other_aggregations_of_repeats_are_refused(tmp_path: Path) -> None:
    first = make(tmp_path, "a", "copy-input", repeats=2)
    second = make(tmp_path, "b", "copy-input", repeats=2, aggregate="all")

    with pytest.raises(ConfigError, match=r"other aggregations of repeats \(mean and all\)"):
        compare(first, second)
    assert compare(first, second, aggregate="any").comparisons


def test_a_shard_is_compared_on_the_samples_that_it_has(tmp_path: Path) -> None:
    first, second = make(tmp_path, "a", "copy-input"), make(tmp_path, "b", "copy-input", shard="1/2")

    (comparison,) = compare(first, second).comparisons

    assert comparison.left_out == {"only first": SAMPLES - comparison.pairs}


def test_a_path_that_is_there_is_no_model(tmp_path: Path) -> None:
    for name in ("a", "a:b"):
        (tmp_path / name).mkdir()

    assert split_operand(str(tmp_path / "a:b")) == (tmp_path / "a:b", None)
    assert split_operand(f"{tmp_path / 'a'}:python:my:answer") == (tmp_path / "a", "python:my:answer")


@pytest.mark.parametrize(
    ("operands", "message"),
    [
        (["a"], "compare takes 2 to 26 runs or baselines, not 1"),
        (["a", "none"], "none is no run directory and no baseline file; name one, or one of its models as PATH:MODEL"),
        (["a", "a:copy-inptu"], "a: unknown model 'copy-inptu'; did you mean 'copy-input'"),
        (["a", "data"], "data is no run directory"),
        (["a", "a/run.json"], "baseline a/run.json is damaged or no baseline"),
    ],
)
def test_what_is_no_run_baseline_or_model_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operands: list[str], message: str
) -> None:
    make(tmp_path, "a", "copy-input")
    monkeypatch.chdir(tmp_path)

    with pytest.raises((ConfigError, StoreError), match=message):
        compare(*operands)


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        ("ssin", "unknown metric 'ssin'; did you mean 'ssim'"),
        ("lpips", "metric lpips was not measured on both sides; add it with: medgen score RUN --metrics=lpips"),
    ],
)
def test_a_metric_that_cannot_be_compared_is_told(tmp_path: Path, metric: str, message: str) -> None:
    run = make(tmp_path, "a", "copy-input")

    with pytest.raises(ConfigError, match=message):
        compare(run, run, metrics=[metric])


def test_thresholds_do_not_change_a_baseline(tmp_path: Path) -> None:
    run = make(tmp_path, "a", "copy-input")
    store, overrides = RunDirectory(run), Overrides(thresholds={})
    write_baseline(baseline_of(run_to_keep(store, overrides, root=tmp_path)), tmp_path / "main.json")

    with pytest.raises(ConfigError, match=r"main.json is a baseline, which keeps its thresholds; name the run"):
        compare(tmp_path / "main.json", run, thresholds={"ssim": 0.5})
