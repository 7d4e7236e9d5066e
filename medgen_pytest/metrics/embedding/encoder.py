"""Encoder: images as embeddings of a frozen vision network."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.embedding.settings import OWNER
from medgen_pytest.metrics.hub_network import load_network, load_transformers
from medgen_pytest.metrics.torch_runtime import choose_device, computes_in_half, in_batches, load_torch, set_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.embedding.preprocessing import Preprocessing
    from medgen_pytest.metrics.embedding.settings import Pooling
    from medgen_pytest.metrics.hub import HubModel

    Vectors = NDArray[np.float32]

_MAPS = 4
_PROBE_SIDE = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRunner:
    """Runs images through a network in batches that fit the device.

    `run` makes a tensor (n, d) of a tensor of pixels (n, 3, height, width). On the CPU every image goes alone, so that
    its embedding is the same to the last bit whatever else is embedded with it; there a batch would
    not be faster, as one image is hundreds of tokens. Other devices take a batch of images at once.
    """

    torch: Any
    device: Any
    type: Any
    batch_size: int
    preprocessing: Preprocessing
    run: Callable[[Any], Any]

    def embed(self, images: Sequence[NDArray[np.uint8]]) -> Vectors:
        """The embeddings of images (H, W, 3) or (H, W), float32 (n, d), in order."""
        size = 1 if self.device.type == "cpu" else self.batch_size
        rows = in_batches(images, self._embed_batch, size=size)
        return np.stack(rows) if rows else np.empty((0, 0), np.float32)

    def _embed_batch(self, images: Sequence[NDArray[np.uint8]]) -> list[Vectors]:
        pixels = [self.preprocessing.apply(image) for image in images]
        # Without a cut to one size, images keep their proportions and cannot all be stacked.
        alike = (np.stack(list(group)) for _, group in groupby(pixels, key=lambda one: one.shape))
        return [row for batch in alike for row in self._run(batch)]

    def _run(self, pixels: NDArray[np.float32]) -> Vectors:
        with self.torch.inference_mode():
            given = self.torch.from_numpy(pixels).to(self.device, self.type)
            return np.asarray(self.run(given).float().cpu().numpy())


def make_runner(
    torch: Any, network: Any, run: Callable[[Any], Any], *, preprocessing: Preprocessing, context: MetricContext
) -> ImageRunner:
    """A runner for a network, which is moved to the device of the settings. Raises ConfigError if that is not there."""
    set_threads(torch, context)
    device = choose_device(torch, context.device)
    kind = torch.float16 if computes_in_half(torch, context) else torch.float32
    network.to(device, kind)
    return ImageRunner(
        torch=torch, device=device, type=kind, batch_size=context.batch_size, preprocessing=preprocessing, run=run
    )


def load_vision_encoder(
    model: HubModel, *, preprocessing: Preprocessing, pooling: Pooling, context: MetricContext
) -> ImageRunner:
    """The vision network of a model, or the vision half of one for images and texts.

    Raises ConfigError naming file and layer for weights that cannot be used, and naming the model for one that
    reads no images, has no such pooling, or cannot take the size that its images are made.
    """
    torch, transformers = load_torch(need=OWNER), load_transformers(need=OWNER)
    # A pooling layer that the weights lack would be made of random numbers.
    unused = "mask_token" if pooling == "pooler" else "pooler"
    network = _vision_part(load_network(torch, transformers, model, optional=unused), model)
    options = _position_options(network)
    runner = make_runner(
        torch,
        network,
        lambda pixels: _pool(network(pixel_values=pixels, **options), pooling),
        preprocessing=preprocessing,
        context=context,
    )
    _try(runner, model)
    return runner


def _vision_part(network: Any, model: HubModel) -> Any:
    if hasattr(network, "vision_model"):
        return network.vision_model
    if network.main_input_name != "pixel_values":
        kind = getattr(network.config, "model_type", type(network).__name__)
        raise ConfigError(f"{OWNER}: the model {model.name!r} ({model.config}) is a {kind}, which reads no images")
    return network


def _position_options(network: Any) -> dict[str, bool]:
    """What lets a network take another size than it was trained on, where it has to be told."""
    name = "interpolate_pos_encoding"
    return {name: True} if name in inspect.signature(network.forward).parameters else {}


def _pool(output: Any, pooling: Pooling) -> Any:
    """One vector an image, (n, d). Raises ConfigError where the network has no such output."""
    if pooling == "pooler":
        pooled = getattr(output, "pooler_output", None)
        if pooled is None:
            raise ConfigError("it has no pooler; set pooling to cls or mean")
        return pooled.flatten(1)
    hidden = output.last_hidden_state
    is_maps = hidden.ndim == _MAPS
    if pooling == "cls" and is_maps:
        raise ConfigError("it makes maps of features and no class token; set pooling to mean or pooler")
    if pooling == "cls":
        return hidden[:, 0]
    return hidden.mean(dim=(2, 3)) if is_maps else hidden.mean(dim=1)


def _try(runner: ImageRunner, model: HubModel) -> None:
    """Embeds a black image. Raises ConfigError where that fails: no image of the run could be scored either."""
    try:
        embedding = runner.embed([np.zeros((_PROBE_SIDE, _PROBE_SIDE, 3), np.uint8)])
    except Exception as error:  # a network raises whatever its layers raise
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ConfigError(f"{OWNER}: the model {model.name!r} cannot embed an image: {reason}") from error
    if not np.isfinite(embedding).all():
        raise ConfigError(f"{OWNER}: the model {model.name!r} makes embeddings that are no finite numbers")
