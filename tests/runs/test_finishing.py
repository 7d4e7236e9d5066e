"""Finishing and rescoring: verdicts come from what the run directory holds, and from nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.config.settings import ReportSettings
from medgen_pytest.domain.judgement import Judgement
from medgen_pytest.domain.output import Usage
from medgen_pytest.domain.score import Score
from medgen_pytest.errors import ConfigError, StoreError
from medgen_pytest.evaluation.run_result import ExitCode, RunResult
from medgen_pytest.reports.json_report import report_dict
from medgen_pytest.runs.finish import Overrides, rescore_run, write_reports
from medgen_pytest.store import RunDirectory
from tests.runs.small_run import carry_out, edited_facts, prepare
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from medgen_pytest.domain.result import SampleResult

SESSION = "2026-11-23T10:00:00+00:00"


def rescore(path: Path, **changes: object) -> RunResult:
    overrides = Overrides(**{"thresholds": {}, **changes})  # type: ignore[arg-type]  # keywords by name
    return rescore_run(RunDirectory(path), overrides, root=path.parent)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run of copy-input with a gate that holds."""
    prepared = prepare(tmp_path, gate=["all/accuracy >= 0"])
    carry_out(prepared, tmp_path / "run")
    return tmp_path / "run"


def test_rescoring_without_changes_says_what_the_run_said(tmp_path: Path) -> None:
    prepared = prepare(tmp_path, gate=["all/accuracy >= 0.5", "vqa/bleu >= 0.1"], max_error_rate=0.2, min_samples=2)
    said = carry_out(prepared, tmp_path / "run")

    again = rescore(tmp_path / "run")

    assert report_dict(again) == report_dict(said)
    assert (again.profile, again.policy, again.exit_code) == (said.profile, said.policy, said.exit_code)


def test_rescoring_needs_neither_the_dataset_nor_the_model(run: Path) -> None:
    (run.parent / "data").rename(run.parent / "gone")

    assert rescore(run).tally.planned == SAMPLES


def test_other_thresholds_change_the_verdict(run: Path) -> None:
    strict = rescore(run, thresholds={"ssim": 1.0, "psnr": 100.0})
    generous = rescore(run, thresholds={"ssim": -1.0, "psnr": 0.0, "bleu": 0.0})

    assert strict.tally.accurate < generous.tally.accurate
    assert strict.profile.name == generous.profile.name == "medgen-2026.08 (changed)"


@pytest.mark.parametrize(
    ("gate", "code"),
    [
        ("all/accuracy >= 0", ExitCode.HOLDS),
        ("all/accuracy >= 1", ExitCode.BREACHED),
        ("image_editing/psnr >= 0.9", ExitCode.BREACHED),
    ],
)
def test_other_gates_decide_anew(run: Path, gate: str, code: ExitCode) -> None:
    assert rescore(run, gates=(gate,)).exit_code is code


def test_no_gates_at_all_leave_no_exit_code(run: Path) -> None:
    assert rescore(run, gates=()).exit_code is None


def test_too_little_evidence_is_inconclusive(run: Path) -> None:
    assert rescore(run, min_samples=100).exit_code is ExitCode.INCONCLUSIVE


def test_errors_are_inconclusive_until_they_are_allowed(tmp_path: Path) -> None:
    prepared = prepare(tmp_path, "flaky", formats=["vqa"], gate=["all/accuracy >= 0"])

    said = carry_out(prepared, tmp_path / "run")

    assert said.tally.error == 1
    assert said.exit_code is ExitCode.INCONCLUSIVE
    assert rescore(tmp_path / "run", max_error_rate=0.25).exit_code is ExitCode.HOLDS


def test_a_run_that_was_stopped_is_incomplete(tmp_path: Path) -> None:
    said = carry_out(prepare(tmp_path, gate=["all/accuracy >= 0"]), tmp_path / "run", stop_after=2)

    assert said.exit_code is ExitCode.INCOMPLETE
    assert rescore(tmp_path / "run").tally.missing == said.tally.planned - 2


def test_another_profile_of_the_same_convention_is_taken(run: Path) -> None:
    assert rescore(run, profile="medgen-2025.11").profile.name == "medgen-2025.11"


@pytest.mark.parametrize(
    ("change", "wants"),
    [
        (("convention: upstream", "convention: canonical"), "canonical/resize"),
        (("on_size_mismatch: resize", "on_size_mismatch: invalid"), "upstream/invalid"),
    ],
)
def test_a_profile_that_needs_other_scores_is_refused(run: Path, change: tuple[str, str], wants: str) -> None:
    own = (
        "name: own\nconvention: upstream\non_size_mismatch: resize\nthresholds: {ssim: 0.5, bleu: 0.1}\n"
        "required: {image_editing: [ssim], multimodal_generation: [ssim], vqa: [bleu]}\n"
    )
    (run.parent / "own.yaml").write_text(own, encoding="utf-8")
    (run.parent / "other.yaml").write_text(own.replace(*change), encoding="utf-8")

    accepted = rescore(run, profile="own.yaml")

    assert accepted.profile.name == "own"
    with pytest.raises(ConfigError, match=f"computed as upstream/resize, but profile own wants {wants}: run again"):
        rescore(run, profile="other.yaml")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"profile": "medgen-2025.12"}, "unknown profile 'medgen-2025.12'; did you mean 'medgen-2025.11'"),
        ({"thresholds": {"ssin": 0.5}}, "unknown metric 'ssin'; did you mean 'ssim'"),
        ({"thresholds": {"ssim": 7.0}}, "threshold ssim=7.0 is out of range"),
        ({"gates": ("all/ssim > big",)}, "is not understood"),
        ({"gates": ("style-transfer/ssim >= 0.5",)}, "no sample of this run lies in its slice"),
        ({"max_error_rate": 2.0}, "max-error-rate 2: a share from 0 to 1 is needed"),
        ({"max_error_rate": -0.1}, "a share from 0 to 1 is needed"),
        ({"max_error_rate": float("nan")}, "max-error-rate nan: a share from 0 to 1"),
        ({"min_samples": 0}, "min-samples 0: at least 1 is needed"),
    ],
)
def test_changes_that_cannot_work_are_refused(run: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        rescore(run, **changes)


def test_a_run_that_ended_before_its_plan_has_no_verdict(tmp_path: Path) -> None:
    RunDirectory(tmp_path / "run").create(prepare(tmp_path).facts())

    with pytest.raises(StoreError, match="the run ended before its first sample"):
        rescore(tmp_path / "run")


@pytest.mark.parametrize("section", ["profile", "settings"])
def test_a_run_file_that_was_edited_is_told(run: Path, section: str) -> None:
    with edited_facts(run) as facts:
        del facts[section]

    with pytest.raises(StoreError, match=f"run.json has no section '{section}'"):
        rescore(run)


def test_damaged_lines_are_counted_in_the_report(run: Path) -> None:
    with (run / "results-main.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"torn": ')

    assert rescore(run).facts["damaged_lines"] == 1


def test_a_later_session_with_other_thresholds_and_gates_is_what_rescoring_repeats(tmp_path: Path) -> None:
    carry_out(prepare(tmp_path, gate=["all/accuracy >= 0"]), tmp_path / "run")
    later = prepare(tmp_path, gate=["all/accuracy >= 1"], threshold=["ssim=0.99"])

    said = carry_out(later, tmp_path / "run", started=SESSION, session="s2")
    again = rescore(tmp_path / "run")

    assert said.exit_code is again.exit_code is ExitCode.BREACHED
    assert again.profile == later.profile
    assert report_dict(again) == report_dict(said)


@pytest.mark.parametrize(
    "later",
    [
        lambda folder: prepare(folder, "m", config="models: {m: {adapter: flaky, revision: '2'}}", formats=["vqa"]),
        lambda folder: prepare(
            folder, "m", config="models: {m: {adapter: flaky}}", formats=["vqa"], convention="canonical"
        ),
        lambda folder: prepare(
            folder, "m", config="models: {m: {adapter: flaky}}", formats=["vqa"], on_size_mismatch="invalid"
        ),
    ],
    ids=["model", "convention", "size rule"],
)
def test_results_of_an_earlier_revision_or_convention_do_not_count_for_the_present_one(
    tmp_path: Path, later: Callable[[Path], object]
) -> None:
    config = "models: {m: {adapter: flaky}}"
    before = carry_out(prepare(tmp_path, "m", config=config, formats=["vqa"]), tmp_path / "run")

    prepared = later(tmp_path)
    stopped = carry_out(prepared, tmp_path / "run", started=SESSION, stop_after=1, session="s2")  # type: ignore[arg-type]  # a PreparedRun

    assert before.tally.missing == 0
    assert stopped.tally.missing == before.tally.planned - 1
    assert stopped.facts["outdated_results"] == before.tally.planned - 1


def test_results_of_another_model_of_the_run_still_count(tmp_path: Path) -> None:
    config = "models: {a: {adapter: flaky}, b: {adapter: flaky, revision: '2'}}"
    carry_out(prepare(tmp_path, "a", config=config, formats=["vqa"]), tmp_path / "run")

    said = carry_out(
        prepare(tmp_path, "b", config=config, formats=["vqa"]), tmp_path / "run", started=SESSION, session="s2"
    )

    assert said.models == ["a", "b"]
    assert said.tally.missing == 0


def judged(result: SampleResult, *, judge: str, convention: str, finished: str) -> SampleResult:
    """A result as a judge of some convention leaves it."""
    metric = "judge_with_reference"
    said = Judgement(judge=judge, tier="with_reference", overall=9.0, steering=("delimiter",), usage=Usage(cost=0.5))
    score = Score(metric=metric, value=9.0, direction="higher", convention=convention)
    return replace(result, judgements=(said,), scores={**result.scores, metric: score}, finished=finished)


def test_what_an_earlier_judge_said_does_not_count_for_the_present_one_but_is_paid_for(run: Path) -> None:
    with edited_facts(run) as facts:
        facts["judge"] = {"tiers": ["with_reference"], "conventions": {"judge_with_reference": "new"}}
    store = RunDirectory(run)
    results = list(store.load().results.values())
    for result in results:
        store.append(judged(result, judge="a", convention="old", finished="2100-01-01T10:00:00.000+00:00"), worker="x")
    store.append(judged(results[0], judge="b", convention="new", finished="2100-01-01T11:00:00.000+00:00"), worker="x")
    store.close()

    found = rescore(run, thresholds={"judge_with_reference": 8.0})

    (summary,) = found.judging
    assert (summary.due, summary.scored, summary.steered, summary.judges) == (SAMPLES, 1, 1, None)
    assert [(one.model, one.asked, one.cost.total) for one in found.judge_spending] == [("a", 8, 4.0), ("b", 1, 0.5)]


def test_reports_go_into_the_run_directory_or_where_the_settings_say(run: Path, tmp_path: Path) -> None:
    result, store = rescore(run), RunDirectory(run)

    inside = write_reports(result, store, ReportSettings())
    outside = write_reports(
        result,
        store,
        ReportSettings(json=tmp_path / "new" / "a.json", junit=tmp_path / "new" / "b.xml", html=tmp_path / "c.html"),
    )
    without_page = write_reports(result, store, ReportSettings(html=False))

    assert inside == (run / "report.json", run / "junit.xml", run / "report.html")
    assert without_page == inside[:2]
    assert all(path.is_file() for path in (*inside, *outside))
    assert [path.read_bytes() for path in inside[::2]] == [path.read_bytes() for path in outside[::2]]


def test_a_page_that_is_written_again_shows_no_more_images_than_the_run_wanted(tmp_path: Path) -> None:
    carry_out(prepare(tmp_path, report_images="none"), tmp_path / "run")
    hidden, store = rescore(tmp_path / "run"), RunDirectory(tmp_path / "run")

    [*_, page] = write_reports(hidden, store, ReportSettings())
    before = page.read_text(encoding="utf-8")
    write_reports(hidden, store, ReportSettings(images="thumbs"))

    assert "data:image" not in before
    assert "data:image" in page.read_text(encoding="utf-8")


def test_a_run_that_wants_no_page_gets_none_later_either(tmp_path: Path) -> None:
    carry_out(prepare(tmp_path, report_html="false"), tmp_path / "run")
    run, store = rescore(tmp_path / "run"), RunDirectory(tmp_path / "run")

    reports = write_reports(run, store, ReportSettings())

    assert [path.name for path in reports] == ["report.json", "junit.xml"]
    assert not (tmp_path / "run" / "report.html").exists()
