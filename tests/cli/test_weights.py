"""`medgen weights`: what it prints and its exit codes, on both sides of the air gap."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.cli import weights
from medgen_pytest.cli.command import build_parser
from medgen_pytest.cli.metric_choice import MetricChoice
from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.need import Need, WeightFile
from medgen_pytest.metrics.weight_packing import pack_weights
from tests.needy_metrics import (
    CHECKPOINT,
    ENCODER,
    NEEDY,
    SNAPSHOT,
    NeedyMetric,
    named,
    write_checkpoint,
    write_encoder,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from tests.cli.conftest import Done

    Medgen = Callable[..., Done]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the hub's cache is made of links")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that a test works in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def choose(options: argparse.Namespace) -> MetricChoice:
    context = MetricContext(torch_home=Path("near/torch"), hub_cache=Path("near/hub"))
    return MetricChoice(definitions=NEEDY, context=context, names=named(options.medgen_metrics))


def pack(*arguments: str) -> int:
    return weights.run_pack(build_parser().parse_args(["weights", "pack", *arguments]), choose=choose)


def test_weights_are_packed_and_unpacked(medgen: Medgen, capsys: pytest.CaptureFixture[str]) -> None:
    write_checkpoint(Path("near/torch"))
    write_encoder(Path("near/hub"))

    code = pack("weights.zip")
    packed = capsys.readouterr().out
    done = medgen("weights", "unpack", "weights.zip", "--torch-home=far/torch", "--hub-cache=far/hub")
    again = medgen("weights", "unpack", "weights.zip", "--torch-home=far/torch", "--hub-cache=far/hub")

    assert code == 0
    assert f"packed: torch/{CHECKPOINT} SHA-256 " in packed
    assert packed.endswith("weights.zip: 4 files, 0.0 MiB, written and verified\n")
    assert done.code == 0
    assert f"new: far/hub/{SNAPSHOT}/model.bin\n" in done.out
    assert done.out.endswith(f"new: far/hub/{ENCODER}/refs/main\nweights.zip: 4 files verified and in place\n")
    assert (Path("far/torch") / CHECKPOINT).read_bytes() == b"picture weights"
    assert again.code == 0
    assert again.out.count("same: ") == 4


def test_the_homes_are_those_of_the_libraries(medgen: Medgen, monkeypatch: pytest.MonkeyPatch) -> None:
    write_checkpoint(Path("near/torch"))
    write_encoder(Path("near/hub"))
    pack("weights.zip")
    monkeypatch.setenv("TORCH_HOME", "there/torch")
    monkeypatch.setenv("HF_HUB_CACHE", "there/hub")

    done = medgen("weights", "unpack", "weights.zip")

    assert done.code == 0
    assert (Path("there/torch") / CHECKPOINT).is_file()
    assert (Path("there/hub") / SNAPSHOT / "config.json").is_file()


def test_what_is_missing_is_told_and_the_rest_packed(capsys: pytest.CaptureFixture[str]) -> None:
    write_checkpoint(Path("near/torch"))

    code = pack("weights.zip")

    out = capsys.readouterr().out
    assert code == 1
    assert out.startswith("missing: the weights tiny/encoder are not in near/hub; get-weights tiny/encoder\npacked: ")
    assert out.count("missing: ") == 1  # two metrics share the encoder
    assert Path("weights.zip").is_file()


def test_nothing_is_packed_where_nothing_is(capsys: pytest.CaptureFixture[str]) -> None:
    code = pack("weights.zip", "--metrics=picture")

    assert code == 1
    assert capsys.readouterr().out.endswith(
        "nothing was packed: no weights of these metrics are here; weights.zip was not written\n"
    )
    assert not Path("weights.zip").exists()


def test_metrics_without_weights_leave_nothing_to_pack(medgen: Medgen) -> None:
    done = medgen("weights", "pack", "weights.zip", "--metrics=ssim,psnr")

    assert (done.code, done.out) == (4, "")
    assert done.err == "medgen: weights.zip: nothing to pack: no weights of these metrics were found\n"


def test_a_metric_that_cannot_say_its_needs_is_wrong_usage() -> None:
    def broken(_: MetricContext) -> list[Need]:
        raise ConfigError("unknown key 'laier'")

    def choice(_: argparse.Namespace) -> MetricChoice:
        definitions = {"mine": NeedyMetric(needs_in=broken)}
        return MetricChoice(definitions=definitions, context=MetricContext(), names=("mine",))

    with pytest.raises(ConfigError, match=r"^metric 'mine': unknown key 'laier'$"):
        weights.run_pack(build_parser().parse_args(["weights", "pack", "x.zip"]), choose=choice)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: ACTION"),
        (["pack"], "the following arguments are required: ARCHIVE"),
        (["unpack"], "the following arguments are required: ARCHIVE"),
        (["pack", "x.zip", "--metrics=ssmi"], "unknown metric 'ssmi'; did you mean 'ssim'?"),
        (["unpack", "nowhere.zip"], "medgen: nowhere.zip: No such file or directory\n"),
    ],
)
def test_wrong_usage_of_weights_is_exit_code_4(medgen: Medgen, arguments: list[str], message: str) -> None:
    done = medgen("weights", *arguments)

    assert (done.code, done.out) == (4, "")
    assert message in done.err


def test_an_archive_cannot_write_to_the_terminal(medgen: Medgen) -> None:
    write_checkpoint(Path("near/torch"))
    context = MetricContext(torch_home=Path("near/torch"), hub_cache=Path("near/hub"))
    pack_weights({"picture": NEEDY["picture"].needs(context)}, Path("weights.zip"))
    data = Path("weights.zip").read_bytes()
    Path("weights.zip").write_bytes(data.replace(b"torch/hub", b"tor\x1b[2Jb"))

    done = medgen("weights", "unpack", "weights.zip", "--torch-home=far/torch")

    assert done.code == 4
    assert "\x1b" not in done.err
    assert done.err.count("\n") == 1
    assert not Path("far").exists()


def test_weights_of_a_folder_go_where_the_option_says(medgen: Medgen) -> None:
    Path("model.bin").write_text("m")
    file = WeightFile(path=Path("model.bin"), home="folder", place="model.bin")
    pack_weights({"mine": [Need(kind="weights", name="mine", found=".", files=(file,))]}, Path("weights.zip"))

    without = medgen("weights", "unpack", "weights.zip")
    done = medgen("weights", "unpack", "weights.zip", "--folder=far/mine")

    assert without.code == 4
    assert "name it with --folder DIR" in without.err
    assert done.code == 0
    assert Path("far/mine/model.bin").read_text() == "m"
