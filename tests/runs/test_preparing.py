"""Preparing a run: what cannot work is told before the first sample, and paths start where they were written."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.config.load import load_settings
from medgen_pytest.errors import ConfigError, DatasetError
from medgen_pytest.models import embedded_adapters
from medgen_pytest.runs.prepare import open_chosen_dataset, prepare_run
from tests.runs.small_run import build_flaky, prepare
from tests.small_dataset import SAMPLES, write_small_dataset

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.datasets import BenchmarkDataset

ADAPTERS = {**embedded_adapters(), "flaky": build_flaky}
ANSWER = {"sample_id": "vqa:multiple-choice:000001", "response": "A"}


def test_a_plan_asks_each_model_what_it_can_answer(tmp_path: Path) -> None:
    everything = prepare(tmp_path, "oracle").planned()
    questions = prepare(tmp_path, "flaky").planned()

    assert len(everything) == SAMPLES
    assert {sample.format.value for sample in questions} == {"vqa"}
    assert [sample.key for sample in everything] == sorted(sample.key for sample in everything)


def open_named(folder: Path, dataset: str) -> BenchmarkDataset:
    """The dataset that a `medgen.yaml` in the folder names."""
    (folder / "medgen.yaml").write_text(f"dataset: {dataset}", encoding="utf-8")
    run = load_settings({}, models=[], config_path=folder / "medgen.yaml", invocation_dir=folder)
    return open_chosen_dataset(run.settings, root=run.root)


def test_the_embedded_dataset_has_a_name_that_other_folders_do_not_take_away(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "notebook.ipynb").touch()

    dataset = open_named(tmp_path, "demo")

    assert dataset.path == tmp_path / "medgen-runs" / "demo-dataset"


def test_a_folder_with_a_dataset_is_never_taken_for_the_embedded_one(tmp_path: Path) -> None:
    write_small_dataset(tmp_path / "demo")

    with pytest.raises(ConfigError, match=r"'demo' is the embedded one, but .* too: write \./demo for that one"):
        open_named(tmp_path, "demo")
    assert open_named(tmp_path, "./demo").path == tmp_path / "demo"


def test_a_path_to_nothing_is_never_taken_for_the_embedded_dataset(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="does not exist"):
        open_named(tmp_path, "data/demo")


def test_the_facts_of_a_run_are_plain_and_name_what_can_change_a_number(tmp_path: Path) -> None:
    facts = json.loads(json.dumps(prepare(tmp_path, "oracle", limit=3, threshold=["ssim=0.5"]).facts()))

    assert facts["dataset"]["layout"] == "tree"
    assert facts["dataset"]["samples"] == SAMPLES
    assert len(facts["models"]["oracle"]["digest"]) == 64
    assert facts["profile"]["name"] == "medgen-2026.08 (changed)"
    assert facts["metrics"]["ssim"] == "ssim/upstream@1"
    assert facts["settings"]["limit"] == 3
    assert {"versions", "git", "python", "platform", "scoring"} <= set(facts)


def test_the_facts_say_of_what_kind_each_model_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    config = "models: {a: {adapter: oracle}, b: {adapter: oracle, kind: compositional}, c: {adapter: flaky}}"

    write_small_dataset(tmp_path / "data")
    (tmp_path / "medgen.yaml").write_text(config, encoding="utf-8")
    run = load_settings(
        {"medgen_dataset": "data"},
        models=["a", "b", "c", "catalog:gpt-4o"],
        config_path=tmp_path / "medgen.yaml",
        invocation_dir=tmp_path,
    )
    models = prepare_run(replace(run, dry_run=True), adapters=ADAPTERS).facts()["models"]

    assert isinstance(models, dict)
    kinds = {name: facts["kind"] for name, facts in models.items()}
    assert kinds == {"a": "unified", "b": "compositional", "c": "vlm", "gpt-4o": "vlm"}


def test_a_kind_that_there_is_not_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"medgen.yaml:1: setting models\.a\.kind: .*'vlm', 'unified', 'edit'"):
        prepare(tmp_path, "a", config="models: {a: {adapter: oracle, kind: VLM}}")


def test_a_shard_keeps_the_samples_and_the_plan_of_the_whole_run(tmp_path: Path) -> None:
    whole, shard = prepare(tmp_path, "oracle"), prepare(tmp_path, "oracle", shard="1/2")

    assert shard.planned() == whole.planned()
    assert (whole.facts()["shard"], shard.facts()["shard"]) == (None, {"index": 1, "count": 2})


def test_a_shard_without_samples_is_told_before_the_run(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"shard 1/999 has none of the {SAMPLES} samples of this run: cut it into"):
        prepare(tmp_path, "oracle", shard="1/999", repeats=2)


def test_a_gate_is_checked_against_the_samples_of_all_shards(tmp_path: Path) -> None:
    gate = "noise-reconstruction[modality=CT]/ssim >= 0"

    prepared = [prepare(tmp_path, "oracle", shard=f"{index}/2", gate=[gate]) for index in (1, 2)]

    assert [len(one.policy.gates) for one in prepared] == [1, 1]


def test_recordings_named_on_the_command_line_are_looked_for_where_it_was_typed(tmp_path: Path) -> None:
    write_small_dataset(tmp_path / "data")
    (tmp_path / "medgen.yaml").write_text("dataset: data\nlimit: 1\nformats: [vqa]\n", encoding="utf-8")
    (tmp_path / "deep").mkdir()
    lines = [json.dumps({**ANSWER, "sample_id": f"vqa:multiple-choice:{number:06d}"}) for number in range(1, 5)]
    (tmp_path / "deep" / "answers.jsonl").write_text("\n".join(lines), encoding="utf-8")

    run = load_settings(
        {},
        models=["replay:answers.jsonl"],
        config_path=tmp_path / "medgen.yaml",
        invocation_dir=tmp_path / "deep",
    )

    assert list(prepare_run(run, adapters=embedded_adapters()).models) == ["replay:answers"]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("my-editr", "unknown model 'my-editr'; did you mean 'my-editor'"),
        ("copy_input", "unknown model 'copy_input'; did you mean 'copy-input'"),
        ("x=orakle", "unknown model adapter 'orakle'; did you mean 'oracle'"),
        ("replay:none.jsonl", "none.jsonl"),
    ],
)
def test_a_model_that_there_is_not_is_told_with_the_nearest_of_file_and_package(
    tmp_path: Path, model: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        prepare(tmp_path, model, config="models: {my-editor: {adapter: flaky}}")


def test_a_model_that_answers_none_of_the_chosen_formats_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'flaky': none of the chosen samples is of a format that it supports"):
        prepare(tmp_path, "flaky", formats=["image_editing"])
