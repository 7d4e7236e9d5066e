"""Runs against baselines: found where they are named, refused before the run, kept with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.errors import ConfigError, StoreError
from medgen_pytest.runs.baselines import FOLDER, read_baseline
from medgen_pytest.runs.finish import Overrides, rescore_run
from medgen_pytest.store import RunDirectory
from tests.runs.small_run import carry_out, prepare, save_baseline
from tests.small_dataset import write_small_dataset

if TYPE_CHECKING:
    from pathlib import Path

GATE = "all/psnr drop <= 100% against main.json"
NOTHING_NEW = Overrides(thresholds={})


def test_a_run_like_its_baseline_has_no_drop(tmp_path: Path) -> None:
    save_baseline(tmp_path)

    run = carry_out(prepare(tmp_path, gate=[GATE]), tmp_path / "run")

    assert [(verdict.status.value, verdict.measured) for verdict in run.gates] == [("holds", 0.0)]


def test_a_worse_run_breaches_it(tmp_path: Path) -> None:
    save_baseline(tmp_path, model="oracle", limit=8)

    run = carry_out(
        prepare(tmp_path, gate=["image_editing/psnr drop <= 20% at 75% against main.json"]),
        tmp_path / "run",
    )

    assert [verdict.status.value for verdict in run.gates] == ["breached"]


def test_a_file_that_the_settings_name_starts_from_their_folder(tmp_path: Path) -> None:
    save_baseline(tmp_path, name="baselines/main.json")

    prepared = prepare(tmp_path, config=f"gates: ['{GATE.replace('main', 'baselines/main')}']")

    assert list(prepared.policy.baselines) == ["baselines/main.json"]


def test_a_file_that_the_command_line_names_starts_from_where_it_is_typed(tmp_path: Path) -> None:
    save_baseline(tmp_path)
    write_small_dataset(tmp_path / "deep" / "data")

    prepared = prepare(tmp_path / "deep", gate=[GATE.replace("main", "../main")])

    assert list(prepared.policy.baselines) == ["../main.json"]


def refusal(folder: Path, **typed: object) -> str:
    with pytest.raises(ConfigError) as caught:
        prepare(folder, **typed)  # type: ignore[arg-type]  # options of a command line
    return str(caught.value)


def test_a_baseline_that_is_not_there_is_refused_before_the_run(tmp_path: Path) -> None:
    assert refusal(tmp_path, gate=[GATE]) == (
        f"baseline {tmp_path / 'main.json'} cannot be read: No such file or directory;"
        " medgen baseline save RUN FILE makes one"
    )


def test_an_edited_one_is_refused_before_the_run(tmp_path: Path) -> None:
    path = save_baseline(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace('"inaccurate"', '"accurate"', 1), encoding="utf-8")

    assert "its digest does not fit what it holds" in refusal(tmp_path, gate=[GATE])


def test_one_of_another_dataset_is_refused_before_the_run(tmp_path: Path) -> None:
    save_baseline(tmp_path)
    (tmp_path / "data" / "VQA" / "multiple-choice" / "data.jsonl").unlink()

    message = refusal(tmp_path, gate=[GATE])

    assert "baseline and run cannot be compared: other datasets (fingerprints " in message
    assert message.endswith("; save a run that shares them: medgen baseline save RUN main.json")


@pytest.mark.parametrize(
    ("typed", "difference"),
    [
        ({"profile": "medgen-2025.11"}, "other profiles (medgen-2026.08 and medgen-2025.11)"),
        ({"threshold": ["psnr=1"]}, "other profiles (medgen-2026.08 and medgen-2026.08 (changed))"),
        ({"convention": "canonical"}, "other conventions of psnr (psnr/upstream@"),
    ],
)
def test_one_of_other_rules_is_refused_before_the_run(
    tmp_path: Path, typed: dict[str, object], difference: str
) -> None:
    save_baseline(tmp_path)

    assert difference in refusal(tmp_path, gate=[GATE], **typed)


def test_one_without_the_samples_of_the_run_is_refused_before_the_run(tmp_path: Path) -> None:
    save_baseline(tmp_path, modalities=["MRI"])

    message = refusal(tmp_path, gate=["vqa[modality=CT]/accuracy drop <= 1% against main.json"])

    assert "of the samples that this run plans in its slice, baseline main.json holds none;" in message


def kept(run: Path) -> list[Path]:
    return sorted((run / FOLDER).iterdir())


def stored(folder: Path) -> RunDirectory:
    """A run with a gate against a baseline, made as a session makes one."""
    save_baseline(folder)
    carry_out(prepare(folder, gate=[GATE]), folder / "run")
    return RunDirectory(folder / "run")


def test_a_run_keeps_a_copy_to_be_judged_again_without_the_file(tmp_path: Path) -> None:
    store = stored(tmp_path)
    assert [path.read_bytes() for path in kept(store.path)] == [(tmp_path / "main.json").read_bytes()]
    (tmp_path / "main.json").unlink()

    again = rescore_run(store, NOTHING_NEW, root=tmp_path)

    assert [(verdict.status.value, verdict.measured) for verdict in again.gates] == [("holds", 0.0)]


def test_a_lost_copy_is_told(tmp_path: Path) -> None:
    store = stored(tmp_path)
    kept(store.path)[0].unlink()

    with pytest.raises(StoreError) as caught:
        rescore_run(store, NOTHING_NEW, root=tmp_path)

    assert str(caught.value) == (
        f"{store.path} keeps no copy of baseline 'main.json', which its gates name; name gates with --gate"
    )


def test_an_edited_copy_is_told(tmp_path: Path) -> None:
    store = stored(tmp_path)
    kept(store.path)[0].write_text("{}", encoding="utf-8")

    with pytest.raises(StoreError, match="is damaged or no baseline"):
        rescore_run(store, NOTHING_NEW, root=tmp_path)


def test_new_gates_of_a_rescoring_name_files_from_where_it_is_typed(tmp_path: Path) -> None:
    store = stored(tmp_path)

    again = rescore_run(
        store, Overrides(thresholds={}, gates=("all/bleu drop <= 100% against main.json",)), root=tmp_path
    )

    assert [verdict.gate for verdict in again.gates] == ["all/bleu drop <= 100% against main.json"]


def test_a_rescoring_under_other_rules_than_the_baselines_is_refused(tmp_path: Path) -> None:
    store = stored(tmp_path)

    with pytest.raises(ConfigError, match=r"other profiles \(medgen-2026.08 and medgen-2026.08 \(changed\)\)"):
        rescore_run(store, Overrides(thresholds={"psnr": 1.0}), root=tmp_path)


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_baseline(tmp_path / "a\0b.json")


def test_what_is_kept_is_a_baseline_like_any_other(tmp_path: Path) -> None:
    store = stored(tmp_path)

    document = json.loads(kept(store.path)[0].read_text(encoding="utf-8"))

    assert (document["medgen_baseline"], list(document["samples"])) == (1, ["copy-input"])
