"""MLflow and Weights & Biases: a run a model, on this machine, without a connection to anywhere."""

from __future__ import annotations

import importlib.util
import json
import math
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.errors import ConfigError
from medgen_pytest.reports.exports.mlflow_store import local_store
from medgen_pytest.reports.exports.tracked import facts_of, numbers_of
from tests.runs.small_run import carry_out, prepare

if TYPE_CHECKING:
    from pathlib import Path

    from tests.reports.conftest import RunBuilder

WITH_MLFLOW = pytest.mark.skipif(importlib.util.find_spec("mlflow") is None, reason="mlflow is not installed")
WITH_WANDB = pytest.mark.skipif(importlib.util.find_spec("wandb") is None, reason="wandb is not installed")
# Sockets of the internet can be made, but not connected, not even to this machine.
OFFLINE = """
import socket, sys
from medgen_pytest.cli import main
connect = socket.socket.connect
def refuse(self, address):
    if self.family in {socket.AF_INET, socket.AF_INET6}:
        print("connects to", address, file=sys.stderr)
        sys.exit(99)
    return connect(self, address)
socket.socket.connect = socket.socket.connect_ex = refuse
sys.exit(main())
"""


def export(run: Path, kind: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", OFFLINE, "export", str(run), "--format", kind]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_numbers_are_of_all_and_of_each_format(two_models: RunBuilder) -> None:
    numbers = numbers_of(two_models.build(), "other")

    assert numbers["all/accuracy.accuracy_rate"] == 0.75
    assert numbers["vqa/accuracy.errors"] == 1.0
    assert numbers["multimodal_generation/token_f1.mean"] == 0.4
    assert not [name for name in numbers if name.startswith("image_editing/")]
    assert "cost" not in numbers


def test_infinities_stay_and_odd_names_are_made_plain(new_run: type[RunBuilder]) -> None:
    scores = {"psnr": math.inf, "my metric: <b>": 1.0}

    numbers = numbers_of(new_run().add(task=Task.STYLE_TRANSFER, scores=scores).build(), "my-vlm")

    assert numbers["all/psnr.mean"] == math.inf
    assert numbers["all/my metric_ _b_.mean"] == 1.0


def test_facts_are_plain_and_say_what_the_numbers_depend_on(one_model: RunBuilder) -> None:
    facts = facts_of(one_model.build(facts={"run_id": "r", "dataset": {"fingerprint": "f"}}), "my-vlm")

    assert json.loads(json.dumps(facts, allow_nan=False)) == facts
    assert (facts["medgen_run"], facts["dataset"], facts["profile"]) == ("r", "f", "medgen-2026.08")


@pytest.mark.parametrize("name", ["a?b", "a#b", "a%b"])
def test_a_folder_that_cannot_stand_in_an_address_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="MLflow takes no folder with"):
        local_store(tmp_path / name)


@WITH_MLFLOW
@pytest.mark.filterwarnings("ignore")  # MLflow's own, of the libraries that it reads the store with
def test_mlflow_has_a_run_with_numbers_facts_and_summary(tmp_path: Path) -> None:
    from mlflow import MlflowClient

    carry_out(prepare(tmp_path, "oracle"), tmp_path / "run")

    done = [export(tmp_path / "run", "mlflow") for _ in range(2)]

    assert [(each.returncode, each.stderr) for each in done] == [(0, ""), (0, "")]
    client = MlflowClient(tracking_uri=local_store(tmp_path / "run" / "exports" / "mlflow"))
    experiment = client.get_experiment_by_name("medgen-bench")
    first, _ = client.search_runs([experiment.experiment_id])
    assert first.data.metrics["all/accuracy.accuracy_rate"] == 1.0
    assert (first.data.params["medgen_run"], first.data.params["model"]) == ("run", "oracle")
    assert "all/psnr.mean" not in first.data.metrics or math.isfinite(first.data.metrics["all/psnr.mean"])
    summaries = list((tmp_path / "run" / "exports" / "mlflow" / "artifacts").rglob("summary.md"))
    assert len(summaries) == 2


@WITH_WANDB
def test_wandb_has_an_offline_run_with_a_table_of_the_samples(tmp_path: Path) -> None:
    carry_out(prepare(tmp_path, "oracle"), tmp_path / "run")

    done = export(tmp_path / "run", "wandb")

    assert (done.returncode, done.stderr) == (0, "")
    [folder] = (tmp_path / "run" / "exports" / "wandb" / "wandb").glob("offline-run-*")
    [table] = folder.rglob("*.table.json")
    assert len(json.loads(table.read_text(encoding="utf-8"))["data"]) == 8
    assert "requirements.txt" not in {path.name for path in folder.rglob("*")}
