"""Merging: shards and interrupted parts become the run that one session would have made."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from medgen_pytest.config.settings import ReportSettings
from medgen_pytest.datasets.demo import write_demo_dataset
from medgen_pytest.domain.judgement import Judgement
from medgen_pytest.errors import ConfigError, StoreError
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.reports.json_report import report_dict
from medgen_pytest.runs.baselines import keep_baselines, read_baseline
from medgen_pytest.runs.finish import Overrides, rescore_run, write_reports
from medgen_pytest.runs.merging.merge import Merging, merge_runs
from medgen_pytest.store import RunDirectory
from tests.runs.small_run import carry_out, comparable, edited_facts, prepare, save_baseline
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.domain.result import SampleResult

NOTHING = Overrides(thresholds={})
GATE = "all/accuracy >= 0"
LATER = "2026-11-23T10:00:00+00:00"


def merge(paths: Sequence[Path], output: Path, **given: object) -> Merging:
    overrides = Overrides(**{"thresholds": {}, **given})  # type: ignore[arg-type]  # keywords by name
    return merge_runs(paths, output, overrides=overrides, root=output.parent, progress=lambda _done, _total: None)


def shards(folder: Path, count: int, *, model: str = "copy-input", **typed: object) -> list[Path]:
    """The shards of a run, each carried out in a run directory of its own."""
    paths = [folder / f"shard-{index}" for index in range(1, count + 1)]
    for index, path in enumerate(paths, start=1):
        carry_out(prepare(folder, model, shard=f"{index}/{count}", **typed), path)  # type: ignore[arg-type]  # options by name
    return paths


def report(store: RunDirectory) -> dict[str, Any]:
    """The report of a run, as it can be compared with that of another."""
    found: dict[str, Any] = comparable(report_dict(rescore_run(store, NOTHING, root=Path.cwd())))
    return found


def append(path: Path, result: SampleResult) -> None:
    store = RunDirectory(path)
    store.append(result, worker="later")
    store.close()


@pytest.fixture
def twins(tmp_path: Path) -> tuple[Path, Path]:
    """Two runs of the same: one whole, one a copy of it."""
    carry_out(prepare(tmp_path, gate=[GATE]), tmp_path / "a")
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    return tmp_path / "a", tmp_path / "b"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo dataset, drawn once."""
    return write_demo_dataset(tmp_path_factory.mktemp("demo") / "data")


@pytest.mark.parametrize("model", ["copy-input", "classical"])
def test_four_shards_of_the_demo_dataset_make_the_report_of_one_run(tmp_path: Path, demo: Path, model: str) -> None:
    (tmp_path / "data").symlink_to(demo)
    paths = shards(tmp_path, 4, model=model, gate=["all/accuracy >= 0.05"])
    carry_out(prepare(tmp_path, model, gate=["all/accuracy >= 0.05"]), tmp_path / "whole")

    merged = merge(paths, tmp_path / "merged")

    assert report(merged.store) == report(RunDirectory(tmp_path / "whole"))
    assert merged.summary.shards == {4: [1, 2, 3, 4]}
    assert rescore_run(merged.store, NOTHING, root=tmp_path).exit_code is ExitCode.HOLDS


def test_repeats_models_and_errors_are_merged_alike(tmp_path: Path) -> None:
    typed = {"config": "models: {m: {adapter: flaky}, n: {adapter: flaky}}", "repeats": 2, "formats": ["vqa"]}
    paths = []
    for model in ("m", "n"):
        paths += [path.rename(tmp_path / f"{model}-{path.name}") for path in shards(tmp_path, 2, model=model, **typed)]
        carry_out(prepare(tmp_path, model, **typed), tmp_path / "whole", session=model)  # type: ignore[arg-type]  # options by name

    merged = merge(paths, tmp_path / "merged")

    assert report(merged.store) == report(RunDirectory(tmp_path / "whole"))


def test_what_a_missing_shard_would_have_asked_is_planned_and_missing(tmp_path: Path) -> None:
    paths = shards(tmp_path, 2, gate=[GATE])

    merged = merge(paths[:1], tmp_path / "merged")

    result = rescore_run(merged.store, NOTHING, root=tmp_path)
    assert result.tally.planned == SAMPLES
    assert result.tally.missing > 0
    assert result.exit_code is ExitCode.INCOMPLETE
    assert merged.summary.missing_shards == {2: [2]}


def test_a_merged_run_is_merged_with_the_shards_that_come_later(tmp_path: Path) -> None:
    paths = shards(tmp_path, 3)
    carry_out(prepare(tmp_path), tmp_path / "whole")

    early = merge(paths[:2], tmp_path / "early")
    merged = merge([early.store.path, paths[2]], tmp_path / "merged")

    assert report(merged.store) == report(RunDirectory(tmp_path / "whole"))
    assert merged.summary.shards == {3: [1, 2, 3]}


def test_a_merged_run_is_resumed_and_asks_only_what_is_missing(tmp_path: Path) -> None:
    paths = shards(tmp_path, 2)
    merged = merge(paths[:1], tmp_path / "merged")
    before = len(merged.store.load().results)

    result = carry_out(prepare(tmp_path), merged.store.path, started=LATER, session="s2")

    written = (merged.store.path / "results-main.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(written) == SAMPLES - before
    assert result.tally.missing == 0


def test_a_merged_run_says_where_it_comes_from(tmp_path: Path) -> None:
    paths = shards(tmp_path, 2)

    merged = merge(paths, tmp_path / "merged").store.manifest()

    parts = merged["merged"]["parts"]  # type: ignore[index]  # a mapping
    assert [(part["run_id"], part["shard"]["index"]) for part in parts] == [("shard-1", 1), ("shard-2", 2)]
    assert (merged["run_id"], merged["shard"]) == ("merged", None)
    assert merged["settings"].keys().isdisjoint({"shard", "run_dir", "report"})  # type: ignore[attr-defined]  # a mapping


def test_the_parts_stay_as_they_are_and_a_merging_leaves_nothing_else(tmp_path: Path) -> None:
    paths = shards(tmp_path, 2)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    merged = merge(paths, tmp_path / "merged").store.path
    write_reports(rescore_run(RunDirectory(merged), NOTHING, root=tmp_path), RunDirectory(merged), ReportSettings())

    after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and merged not in path.parents}
    assert after == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "merged", "shard-1", "shard-2"]


def test_images_are_shared_with_the_parts_where_the_file_system_can(tmp_path: Path) -> None:
    (path, _) = paths = shards(tmp_path, 2)

    merged = merge(paths, tmp_path / "merged")

    image = next((path / "outputs").iterdir())
    assert merged.store.image_path(image.name).samefile(image)
    assert merged.images == len(list((tmp_path / "merged" / "outputs").iterdir()))


def test_a_record_that_is_in_two_runs_is_kept_once(twins: tuple[Path, Path], tmp_path: Path) -> None:
    merged = merge(twins, tmp_path / "merged")

    lines = (merged.store.path / "results-merged.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == SAMPLES
    assert merged.joined.choices == {"identical": SAMPLES, "hidden": 0}


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("digests", [True, False])
def test_an_answer_beats_a_later_error(
    twins: tuple[Path, Path],
    tmp_path: Path,
    order: int,
    digests: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    key, known = next(iter(RunDirectory(twins[0]).load().results.items()))
    broken = replace(known, status="error", reason="down", finished="2099-01-01T00:00:00.000+00:00", scores={})
    shutil.rmtree(twins[1] / "outputs")
    (twins[1] / "results-main.jsonl").unlink()
    append(twins[1], broken if digests else replace(broken, digests={}))

    merged = merge(twins[::order], tmp_path / "merged")

    assert merged.store.load().results[key] == known
    assert merged.joined.choices["finished"] == 1
    assert merged.joined.choices["hidden"] == (0 if digests else 1)


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_answers_the_newest_counts_and_both_were_paid_for(
    twins: tuple[Path, Path], tmp_path: Path, order: int
) -> None:
    key, known = next(iter(RunDirectory(twins[0]).load().results.items()))
    newer = replace(known, output=replace(known.output, text="newer"), finished="2099-01-01T00:00:00.000+00:00")
    append(twins[1], newer)

    merged = merge(twins[::order], tmp_path / "merged")

    stored = merged.store.load()
    assert stored.results[key] == newer
    assert stored.superseded == [known]
    assert merged.joined.choices["newest"] == 1


def test_a_result_of_another_revision_counts_as_missing_whenever_it_was_made(
    twins: tuple[Path, Path], tmp_path: Path
) -> None:
    key, known = next(iter(RunDirectory(twins[0]).load().results.items()))
    other = {**known.digests, "model": "another"}
    append(twins[1], replace(known, digests=other, finished="2099-01-01T00:00:00.000+00:00"))

    merged = merge(twins, tmp_path / "merged")

    assert merged.store.load().results[key] == known
    assert merged.joined.choices["hidden"] == 1


def test_judgements_are_taken_over(twins: tuple[Path, Path], tmp_path: Path) -> None:
    key, known = next(iter(RunDirectory(twins[0]).load().results.items()))
    said = Judgement(judge="j", tier="with_reference", replicate=0, overall=0.5)
    append(twins[0], replace(known, judgements=(said,), finished="2099-01-01T00:00:00.000+00:00"))

    merged = merge(twins, tmp_path / "merged")

    assert merged.store.load().results[key].judgements == (said,)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dataset": {"fingerprint": "f" * 64}}, r"dataset \(\w{12}\.\.\., f{12}\.\.\.\)"),
        ({"models": {"copy-input": {"digest": "0"}}}, r"model 'copy-input' \(\w{12}\.\.\., 0\)"),
        ({"metrics": {"ssim": "ssim/canonical@1"}}, r"convention of ssim \(ssim/upstream@1, ssim/canonical@1\)"),
        ({"scoring": "c:invalid"}, r"metrics and rule for sizes \(\w+:resize, c:invalid\)"),
        ({"profile": {"name": "own", "digest": "1"}}, r"profile \(medgen-2026.08, own\)$"),
        (
            {"profile": {"name": "medgen-2026.08", "digest": "1", "thresholds": {"ssim": 0.5}}},
            r"threshold of psnr \(28.0, none\); threshold of ssim \(0.7, 0.5\)$",
        ),
        ({"judge": {"conventions": {"judge_with_reference": "j@1"}}}, r"judge: judge_with_reference \(none, j@1\)"),
    ],
)
def test_runs_that_are_no_parts_of_one_run_are_refused_with_what_differs(
    twins: tuple[Path, Path], tmp_path: Path, change: dict[str, object], message: str
) -> None:
    with edited_facts(twins[1]) as facts:
        facts.update(change)

    with pytest.raises(ConfigError, match=f"/a and .*/b are no parts of one run: .*{message}"):
        merge(twins, tmp_path / "merged")

    assert not (tmp_path / "merged").exists()


def test_runs_with_other_gates_are_merged_once_it_is_said_which_count(twins: tuple[Path, Path], tmp_path: Path) -> None:
    with edited_facts(twins[1]) as facts:
        facts["settings"].update(gates=["all/accuracy >= 0.9"], min_samples=3)

    with pytest.raises(
        ConfigError, match=r"gates \(all/accuracy >= 0, all/accuracy >= 0.9; say which count with --gate"
    ):
        merge(twins, tmp_path / "merged")
    merged = merge(twins, tmp_path / "merged", gates=(GATE,), min_samples=2)

    policy = rescore_run(merged.store, NOTHING, root=tmp_path).policy
    assert ([gate.text for gate in policy.gates], policy.min_samples) == ([GATE], 2)


def test_a_gate_against_a_baseline_has_the_copy_that_the_shards_keep(tmp_path: Path) -> None:
    file = save_baseline(tmp_path, "oracle")
    paths = shards(tmp_path, 2, gate=["all/accuracy drop <= 0.1 against main.json"])
    file.unlink()

    merged = merge(paths, tmp_path / "merged")

    result = rescore_run(merged.store, NOTHING, root=tmp_path)
    assert result.policy.baselines["main.json"].models == ["oracle"]
    assert len(result.gates) == 1


def test_shards_that_were_held_against_different_baselines_are_refused(tmp_path: Path) -> None:
    baseline = read_baseline(save_baseline(tmp_path, "oracle"))
    paths = shards(tmp_path, 2, gate=["all/accuracy drop <= 0.1 against main.json"])
    keep_baselines({"main.json": replace(baseline, aggregate="all")}, paths[1])

    with pytest.raises(ConfigError, match=r"were held against different files of the name 'main.json'; say which"):
        merge(paths, tmp_path / "merged")


def test_an_image_that_is_not_what_was_stored_is_told_and_nothing_is_made(
    twins: tuple[Path, Path], tmp_path: Path
) -> None:
    first, second = sorted((twins[0] / "outputs").iterdir())[:2]
    first.write_bytes(second.read_bytes())
    second.unlink()

    with pytest.raises(
        StoreError, match=r"the output of copy-input to .* holds other pixels .* \(and 1 more\); put the"
    ):
        merge(twins[:1], tmp_path / "merged")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "data"]


def test_an_image_of_an_answer_that_does_not_count_may_be_gone(twins: tuple[Path, Path], tmp_path: Path) -> None:
    known = next(result for result in RunDirectory(twins[0]).load().results.values() if result.output.image)
    gone = replace(known.output, image=f"{'0' * 64}.png")
    append(twins[0], replace(known, output=gone, finished="2000-01-01T00:00:00.000+00:00"))

    merged = merge(twins[:1], tmp_path / "merged")

    assert merged.store.load().results[known.key] == known


def test_a_shard_that_lost_the_plan_of_all_shards_is_refused(tmp_path: Path) -> None:
    (path, _) = shards(tmp_path, 2)
    next(path.glob("whole-*.jsonl")).unlink()

    with pytest.raises(StoreError, match=r"is shard 1/2, but whole-\*.jsonl is gone"):
        merge([path], tmp_path / "merged")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"judged_run": "a"}, "is a judging; merge the runs that were judged"),
        ({"shard": {"index": 9, "count": 2}}, "run.json: shard holds what is no shard"),
        ({"schema_version": 2}, "was written with schema version 2"),
    ],
)
def test_what_is_no_part_is_refused(
    twins: tuple[Path, Path], tmp_path: Path, change: dict[str, object], message: str
) -> None:
    with edited_facts(twins[1]) as facts:
        facts.update(change)

    with pytest.raises((ConfigError, StoreError), match=message):
        merge(twins, tmp_path / "merged")


def test_a_run_directory_that_is_there_is_not_touched(twins: tuple[Path, Path]) -> None:
    with pytest.raises(StoreError, match="already exists"):
        merge(twins, twins[0])


def test_a_run_that_ended_before_its_plan_is_told(twins: tuple[Path, Path], tmp_path: Path) -> None:
    next(twins[1].glob("plan-*.jsonl")).unlink()

    with pytest.raises(StoreError, match=r"/b holds no plan-\*.jsonl: the run ended before its first sample; leave it"):
        merge(twins, tmp_path / "merged")
