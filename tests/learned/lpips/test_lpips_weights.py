"""Weights that cannot be used are named in one line, with the file and the layer, and no code in them runs."""

from __future__ import annotations

import os
import pickle
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.lpips import LPIPS
from tests.learned.lpips.lpips_material import checkpoint_of, context, noise, pair_of, write_random_weights
from tests.learned.packages import require

if TYPE_CHECKING:
    from pathlib import Path

torch = require("torch")


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    return write_random_weights(torch, "alex", tmp_path)


def refusal(home: Path, **options: object) -> str:
    """What is said of weights when the metric is made ready."""
    with pytest.raises(ConfigError) as caught:
        LPIPS.under("canonical", context(home, **options)).prepare()
    message = str(caught.value)
    assert "\n" not in message
    return message


class Code:
    """Writes a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.marker),)


@pytest.mark.parametrize("kept", [0, 1, 1000, 5_000_000])
def test_a_truncated_checkpoint_is_refused(kept: int, checkpoint: Path, tmp_path: Path) -> None:
    checkpoint.write_bytes(checkpoint.read_bytes()[:kept])

    assert refusal(tmp_path).startswith(f"{checkpoint}: no checkpoint that can be loaded safely")


def test_a_checkpoint_that_is_something_else_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    checkpoint.write_text("<html>404</html>", encoding="utf-8")

    assert refusal(tmp_path).startswith(f"{checkpoint}: no checkpoint that can be loaded safely")


def test_a_checkpoint_with_code_is_refused_and_the_code_does_not_run(checkpoint: Path, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    torch.save({"features.0.weight": Code(marker)}, checkpoint)
    as_archive = refusal(tmp_path)
    checkpoint.write_bytes(pickle.dumps({"features.0.weight": Code(marker)}))
    as_pickle = refusal(tmp_path)

    for message in (as_archive, as_pickle):
        assert message.startswith(f"{checkpoint}: no checkpoint that can be loaded safely")
    assert not marker.exists()


def test_a_checkpoint_of_another_network_is_refused_with_the_layer_that_it_lacks(
    checkpoint: Path, tmp_path: Path
) -> None:
    foreign = write_random_weights(torch, "squeeze", tmp_path)
    checkpoint.write_bytes(foreign.read_bytes())

    message = refusal(tmp_path)

    assert message == (f"{checkpoint}: the layer 'features.0.weight' has shape (64, 3, 3, 3), expected (64, 3, 11, 11)")


def test_a_missing_layer_is_named(checkpoint: Path, tmp_path: Path) -> None:
    state = torch.load(checkpoint, weights_only=True)
    del state["features.8.bias"]
    torch.save(state, checkpoint)

    assert refusal(tmp_path) == (
        f"{checkpoint}: the layer 'features.8.bias' of shape (256,) is missing; these are another network's weights"
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(value: float, checkpoint: Path, tmp_path: Path) -> None:
    state = torch.load(checkpoint, weights_only=True)
    state["features.10.weight"][3, 2, 1, 0] = value
    torch.save(state, checkpoint)

    assert refusal(tmp_path) == (
        f"{checkpoint}: the layer 'features.10.weight' holds values that are no finite numbers"
    )


def test_layers_that_lpips_does_not_look_at_may_be_missing_or_broken(checkpoint: Path, tmp_path: Path) -> None:
    state = torch.load(checkpoint, weights_only=True)
    state["classifier.1.weight"] = torch.full((2, 2), float("nan"))
    torch.save(state, checkpoint)

    (score,) = LPIPS.under("canonical", context(tmp_path)).score([pair_of(noise(1), noise(2))])

    assert score.value is not None


@pytest.mark.usefixtures("checkpoint")
def test_heads_of_another_network_are_refused(tmp_path: Path) -> None:
    heads = tmp_path / "heads.pth"
    torch.save({"lin0.model.1.weight": torch.ones(1, 64, 1, 1)}, heads)

    assert refusal(tmp_path, heads="heads.pth") == (
        f"{heads}: the layer 'lin1.model.1.weight' of shape (1, 192, 1, 1) is missing; "
        "these are another network's weights"
    )


@pytest.mark.usefixtures("checkpoint")
def test_heads_below_zero_are_refused(tmp_path: Path) -> None:
    heads = tmp_path / "heads.pth"
    torch.save({"lin0.model.1.weight": -torch.ones(1, 64, 1, 1)}, heads)

    assert refusal(tmp_path, heads="heads.pth") == (
        f"{heads}: the layer 'lin0.model.1.weight' holds weights below 0, which no head of LPIPS has"
    )


@pytest.mark.usefixtures("checkpoint")
def test_a_device_that_is_not_there_is_refused(tmp_path: Path) -> None:
    unknown = LPIPS.under("canonical", replace(context(tmp_path), device="toaster"))

    with pytest.raises(ConfigError, match="unknown device 'toaster'"):
        unknown.prepare()


def test_the_weights_of_torchvision_are_looked_for_by_their_names(tmp_path: Path) -> None:
    names = {network: checkpoint_of(network, tmp_path).name for network in ("alex", "squeeze", "vgg")}

    assert names == {
        "alex": "alexnet-owt-7be5be79.pth",
        "squeeze": "squeezenet1_1-b8a52dc0.pth",
        "vgg": "vgg16-397923af.pth",
    }
