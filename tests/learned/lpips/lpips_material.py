"""What the tests of LPIPS share: contexts, images, a small checkpoint, and the package lpips as the oracle."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.contract import Pair
from medgen_pytest.metrics.lpips.networks import NETWORKS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from medgen_pytest.domain.score import Score


def torch_home(shared: Path) -> Path:
    """Where the real weights of AlexNet and SqueezeNet lie."""
    return shared / "weights" / "torch"


def checkpoint_of(network: str, home: Path) -> Path:
    """Where torch hub keeps the weights of a network."""
    return home / "hub" / "checkpoints" / NETWORKS[network].file


def context(home: Path, **options: object) -> MetricContext:
    """A context with weights below `home` and the settings `metrics.lpips`."""
    return MetricContext(root=home, torch_home=home, device="cpu", options={"lpips": options})


def noise(seed: int, height: int = 64, width: int = 64) -> NDArray[np.uint8]:
    """Random colours."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def pair_of(pred: NDArray[np.uint8] | None, target: NDArray[np.uint8] | None) -> Pair:
    """A pair of images of a task that LPIPS applies to."""
    return Pair(task=Task.ARTIFACT_REMOVAL, pred_image=pred, target_image=target)


def values_of(scores: list[Score]) -> list[float]:
    """The values of scores that all have one."""
    assert [score.reason for score in scores if score.value is None] == []
    return [score.value for score in scores if score.value is not None]


def write_random_weights(torch: Any, network: str, home: Path, *, seed: int = 1) -> Path:
    """A checkpoint in torchvision's format with seeded weights that keep activations at a usual size."""
    generator = torch.Generator().manual_seed(seed)
    state = {
        name: torch.randn(shape, generator=generator)
        * (0.05 if len(shape) == 1 else (2 / float(np.prod(shape[1:]))) ** 0.5)
        for name, shape in NETWORKS[network].shapes
    }
    path = checkpoint_of(network, home)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, path)
    return path


def oracle_of(torch: Any, lpips: Any, network: str, checkpoint: Path) -> Any:
    """The model of the package lpips with its own heads and the features of a checkpoint."""
    with warnings.catch_warnings():
        # The package calls torchvision in a way that torchvision deprecates.
        warnings.simplefilter("ignore")
        model = lpips.LPIPS(net=network, pnet_rand=True, verbose=False)
    state = torch.load(checkpoint, weights_only=True)
    own = model.net.state_dict()
    model.net.load_state_dict({name: state["features." + name.split(".", 1)[1]] for name in own})
    return model


def ask_oracle(torch: Any, model: Any, pred: NDArray[np.uint8], target: NDArray[np.uint8]) -> float:
    """What the package says of two images, fed in [-1, 1]."""
    fed = [torch.tensor(image).permute(2, 0, 1)[None] / 127.5 - 1 for image in (pred, target)]
    with torch.no_grad():
        return float(model(*fed))
