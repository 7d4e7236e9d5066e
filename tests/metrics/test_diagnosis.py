"""Diagnosis: what is found is told, whatever it is, and nothing that is found ends the examination."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.checkup import Checkup, Section
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.diagnosis import examine
from medgen_pytest.metrics.need import Need, WeightFile
from medgen_pytest.metrics.registry import DEFINITIONS
from medgen_pytest.metrics.torch_install import ModuleState, TorchInstall, look_at_torch
from medgen_pytest.reports.checkup import checkup_lines
from medgen_pytest.runs.checkup.metrics import metric_findings, weight_findings
from tests.fake_packages import write_torch
from tests.needy_metrics import CHECKPOINT, NeedyMetric, weights_need, write_checkpoint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medgen_pytest.metrics.diagnosis import Diagnosis


def raising(error: Exception) -> NeedyMetric:
    def needs(_: MetricContext) -> Sequence[Need]:
        raise error

    return NeedyMetric(needs_in=needs)


def needing(*needs: Need) -> NeedyMetric:
    return NeedyMetric(needs_in=lambda _: needs)


def examined(metric: NeedyMetric, tmp_path: Path, *, install: TorchInstall | None = None) -> Diagnosis:
    context = MetricContext(torch_home=tmp_path, hub_cache=tmp_path)
    return examine({"mine": metric}, context, ["mine"], install=install)


def lines_of(diagnosis: Diagnosis) -> list[str]:
    """What `medgen doctor -v` prints of it, without indents."""
    findings = [*metric_findings(diagnosis), *weight_findings(diagnosis)]
    lines = checkup_lines(Checkup(sections=[Section(name="metrics", findings=findings)]), detailed=True)
    return [line.strip() for line in lines]


def test_the_metrics_of_the_package_are_examined(tmp_path: Path) -> None:
    context = MetricContext(torch_home=tmp_path, hub_cache=tmp_path)

    found = examine(DEFINITIONS, context, DEFINITIONS)

    assert [metric.name for metric in found.metrics] == list(DEFINITIONS)
    assert [metric.name for metric in found.metrics if metric.error] == []


def test_a_metric_named_twice_is_examined_once(tmp_path: Path) -> None:
    context = MetricContext(torch_home=tmp_path, hub_cache=tmp_path)

    assert len(examine(DEFINITIONS, context, ["ssim", "psnr", "ssim"]).metrics) == 2


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ConfigError("metric 'mine': unknown key 'laier'"), "mine: metric 'mine': unknown key 'laier'"),
        (ZeroDivisionError("by zero"), "mine: it cannot say what it needs: ZeroDivisionError: by zero"),
    ],
)
def test_a_metric_that_cannot_say_its_needs_is_not_ready(tmp_path: Path, error: Exception, told: str) -> None:
    found = examined(raising(error), tmp_path)

    assert not found.is_well
    assert f"problem  {told}" in lines_of(found)
    assert "to do: correct `metrics.mine`, or do without it" in lines_of(found)


def test_weights_that_vanish_or_cannot_be_read_are_a_problem(tmp_path: Path) -> None:
    file = WeightFile(path=tmp_path / CHECKPOINT, home="torch", place=CHECKPOINT)

    found = examined(needing(Need(kind="weights", name="tiny", found=str(tmp_path), files=(file,))), tmp_path)

    assert not found.is_well
    assert f"problem  {file.path}: cannot be read: No such file or directory; needed by mine" in lines_of(found)


def test_weights_that_metrics_share_are_told_once(tmp_path: Path) -> None:
    write_checkpoint(tmp_path)
    metric = NeedyMetric(needs_in=lambda context: [weights_need(context, "tiny", "torch", [CHECKPOINT])])

    context = MetricContext(torch_home=tmp_path, hub_cache=tmp_path)
    lines = lines_of(examine({"one": metric, "two": metric}, context, ["one", "two"]))

    assert lines.count("ok       tiny, for one, two") == 1
    assert sum("SHA-256" in line for line in lines) == 1


def test_hostile_names_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    need = Need(kind="weights", name="\x1b[2J", problem="gone\u202e\r", remedy="\x07ring", found=None)

    lines = lines_of(examined(needing(need), tmp_path))

    assert all(line.isprintable() for line in lines)
    assert any(r"gone\u202e\r" in line for line in lines)


@pytest.mark.parametrize("name", ["transformers", "bert_score", "bert-score", "radgraph", "torchvision"])
def test_a_broken_torchvision_stands_in_the_way_of_what_imports_it(tmp_path: Path, name: str) -> None:
    install = TorchInstall(torch=ModuleState(version="2.13.0"), torchvision=ModuleState(error="RuntimeError: nms"))

    found = examined(needing(Need(kind="package", name=name, found="1")), tmp_path, install=install)
    other = examined(needing(Need(kind="package", name="lpips", found="1")), tmp_path, install=install)

    assert [state.need.name for state in found.metrics[0].needs][-1] == "torchvision"
    assert not found.is_well
    assert other.is_well


def test_a_torchvision_is_not_blamed_for_a_torch_that_is_broken(tmp_path: Path) -> None:
    install = TorchInstall(torch=ModuleState(error="OSError: no"), torchvision=ModuleState(error="OSError: no"))

    found = examined(needing(Need(kind="package", name="torch", found="2.13.0")), tmp_path, install=install)

    (state,) = found.metrics[0].needs
    assert state.need.problem == "torch 2.13.0 is installed and cannot be imported: OSError: no"
    assert found.torchvision is not None
    assert found.torchvision.problem is None


def test_devices_and_warnings_of_torch_are_shown(tmp_path: Path) -> None:
    state = ModuleState(version="2.13.0", devices=("cpu with 2 threads", "cuda:0 H100"), notes=("driver too old",))

    lines = lines_of(replace(examined(needing(), tmp_path), install=TorchInstall(torch=state)))

    assert "ok       torch 2.13.0: cpu with 2 threads, cuda:0 H100" in lines
    assert "warning  torch says: driver too old" in lines


def test_an_import_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_torch(tmp_path, source="import time; time.sleep(60)")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "torch", raising=False)

    found = look_at_torch(seconds=0.5)

    assert found.torch == ModuleState(error="importing it takes more than 0.5 s")


def test_a_python_that_cannot_be_started_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_torch(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))

    found = look_at_torch()

    assert found.torch is not None
    assert found.torch.error == "no process could be started to import it: No such file or directory"
