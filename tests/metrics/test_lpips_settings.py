"""Settings and needs of LPIPS are checked without torch, before the run."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.errors import ConfigError, MissingExtraError
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.lpips import LPIPS
from medgen_pytest.metrics.lpips.distance import scaling

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.metrics.need import Need


def context(folder: Path, **options: object) -> MetricContext:
    return MetricContext(root=folder, torch_home=folder, options={"lpips": options})


def weights_need(folder: Path, **options: object) -> Need:
    (need,) = (need for need in LPIPS.needs(context(folder, **options)) if need.kind == "weights")
    return need


def is_installed(package: str) -> bool:
    try:
        return bool(metadata.version(package))
    except metadata.PackageNotFoundError:
        return False


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"netwrok": "alex"}, "metric 'lpips': unknown key 'netwrok'; did you mean 'network'?"),
        ({"network": "resnet"}, "'network': Input should be 'alex', 'squeeze' or 'vgg'"),
        ({"resize": 30}, "metric 'lpips': 'resize' is 30; the network 'alex' needs at least 31"),
        ({"resize": 16, "network": "squeeze"}, "'resize' is 16; the network 'squeeze' needs at least 17"),
        ({"resize": 5000}, "less than or equal to 4096"),
        ({"resize": "original"}, "Input should be 'native'"),
        ({"resize": True}, "'resize"),
        ({"resize": 256.0}, "'resize"),
    ],
)
def test_settings_that_are_wrong_are_named_in_one_line(options: dict[str, object], said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        LPIPS.needs(context(tmp_path, **options))

    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("network", "file"),
    [
        ("alex", "alexnet-owt-7be5be79.pth"),
        ("squeeze", "squeezenet1_1-b8a52dc0.pth"),
        ("vgg", "vgg16-397923af.pth"),
    ],
)
def test_missing_weights_come_with_where_to_get_them_and_where_to_put_them(
    network: str, file: str, tmp_path: Path
) -> None:
    need = weights_need(tmp_path, network=network)

    assert need.problem == f"lpips needs the weights {file}, which are not at {tmp_path / 'hub/checkpoints' / file}"
    assert need.remedy is not None
    assert f"https://download.pytorch.org/models/{file}" in need.remedy
    assert str(tmp_path / "hub" / "checkpoints") in need.remedy
    assert "medgen weights unpack" in need.remedy
    assert need.files == ()


def test_weights_that_are_there_are_named_with_their_place_on_every_machine(tmp_path: Path) -> None:
    path = tmp_path / "hub" / "checkpoints" / "alexnet-owt-7be5be79.pth"
    path.parent.mkdir(parents=True)
    path.touch()

    need = weights_need(tmp_path)

    assert need.is_met
    assert need.found == str(path)
    (file,) = need.files
    assert (file.path, file.home, file.place) == (path, "torch", "hub/checkpoints/alexnet-owt-7be5be79.pth")


def test_weights_of_the_settings_are_relative_to_the_settings(tmp_path: Path) -> None:
    missing = weights_need(tmp_path, weights="mine/alex.pth")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "alex.pth").touch()
    found = weights_need(tmp_path, weights="mine/alex.pth")

    assert missing.problem == f"lpips alex weights: there is no file {tmp_path / 'mine/alex.pth'}"
    assert (found.is_met, found.files[0].home, found.files[0].place) == (True, "folder", "alex.pth")


@pytest.mark.parametrize("package", ["torch", "lpips"])
def test_a_package_is_found_with_its_version_or_missed_with_what_to_install(package: str, tmp_path: Path) -> None:
    (need,) = (need for need in LPIPS.needs(context(tmp_path)) if need.name == package)

    if is_installed(package):
        assert (need.is_met, need.found) == (True, metadata.version(package))
    else:
        assert (need.is_met, need.remedy) == (False, "pip install 'medgen-pytest[metrics]'")


def test_heads_of_the_settings_take_the_place_of_the_package_lpips(tmp_path: Path) -> None:
    (tmp_path / "heads.pth").touch()

    names = {need.name: need.is_met for need in LPIPS.needs(context(tmp_path, heads="heads.pth"))}

    assert "lpips" not in names
    assert names["lpips heads"]


def test_what_is_missing_is_said_when_the_metric_is_built(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        LPIPS.under("canonical", context(tmp_path))

    message = str(caught.value)
    assert message.startswith("metric 'lpips'")
    if isinstance(caught.value, MissingExtraError):
        assert "pip install 'medgen-pytest[metrics]'" in message
    else:
        assert "alexnet-owt-7be5be79.pth" in message


def test_bytes_are_carried_to_the_range_of_the_convention_and_scaled_as_lpips_fixes_it() -> None:
    for convention, black, white in (("canonical", -1.0, 1.0), ("upstream", 0.0, 1.0)):
        factors, offsets = scaling(convention)  # type: ignore[arg-type] # mypy takes the tuple for str

        assert offsets[0] == pytest.approx((black + 0.030) / 0.458)
        assert 255 * factors[0] + offsets[0] == pytest.approx((white + 0.030) / 0.458)
        assert 255 * factors[2] + offsets[2] == pytest.approx((white + 0.188) / 0.450)
