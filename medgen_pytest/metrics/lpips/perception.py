"""Perception: a network of LPIPS with its weights on a device, and what it remembers of references."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from medgen_pytest.metrics.feature_cache import FeatureCache
from medgen_pytest.metrics.lpips.distance import distances, scaling, unit_length
from medgen_pytest.metrics.lpips.lanes import Lanes
from medgen_pytest.metrics.lpips.networks import features
from medgen_pytest.metrics.lpips.tiles import tile_kernels
from medgen_pytest.metrics.lpips.weights import load_heads, load_layers
from medgen_pytest.metrics.torch_runtime import choose_device, computes_in_half, in_batches, load_torch, set_threads

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.lpips.networks import Network
    from medgen_pytest.metrics.lpips.view import View

    Images = tuple[NDArray[np.uint8], NDArray[np.uint8]]
    Seen = tuple[Any, ...]

_USUAL_PIXELS = 256 * 256


class Perception:
    """Sees images through a network, and tells how far apart pairs of them look.

    On the CPU every image goes through the network alone, in one thread, as many at a time as torch has
    threads: the value of a pair is the same to the last bit whatever else is scored with it. Other devices
    take a batch at once. The batch size is meant for 256x256 pixels; larger images come in smaller batches.

    Raises ConfigError for weights that cannot be used, and for a device that is not there.
    """

    def __init__(self, network: Network, *, checkpoint: Path, heads: Path, context: MetricContext) -> None:
        self._torch = torch = load_torch(need="metric 'lpips'")
        set_threads(torch, context)
        self._network = network
        self._device = choose_device(torch, context.device)
        self._type = torch.float16 if computes_in_half(torch, context) else torch.float32
        self._batch_size = context.batch_size
        self._weights = self._prepare(load_layers(torch, network, checkpoint))
        self._heads = [head.to(self._device) for head in load_heads(torch, network, heads)]
        self._held = FeatureCache[tuple[Any, ...]](context.cache_bytes)
        self._lanes = Lanes(torch, torch.get_num_threads()) if self._device.type == "cpu" else None

    def distances(self, pairs: Sequence[Images], view: View) -> list[float]:
        """LPIPS of pairs of images (pred, target), which a view makes all of one size."""
        pixels = max((view.pixels(pred) for pred, _ in pairs), default=1)
        size = max(1, self._batch_size * _USUAL_PIXELS // max(pixels, _USUAL_PIXELS))
        return in_batches(pairs, lambda batch: self._distances(batch, view), size=size)

    def _prepare(self, layers: dict[str, Any]) -> dict[str, Any]:
        torch = self._torch
        prepared = {
            name: tensor.to(self._device, self._type, memory_format=_layout(torch, tensor))
            for name, tensor in layers.items()
        }
        if self._device.type == "cpu":
            prepared |= {
                f"{part.name}.tiled": tile_kernels(torch, layers[f"{part.name}.weight"])
                for part in self._network.convolutions
                if part.is_tiled
            }
        return prepared

    def _distances(self, pairs: Sequence[Images], view: View) -> list[float]:
        keys = [view.key(target) for _, target in pairs]
        known = {key: found for key in keys if (found := self._held.get(key)) is not None}
        fresh = {key: target for key, (_, target) in zip(keys, pairs, strict=True) if key not in known}
        seen = self._see([*(pred for pred, _ in pairs), *fresh.values()], view)
        for key, layers in zip(fresh, seen[len(pairs) :], strict=True):
            known[key] = layers
            self._hold(key, layers)
        return self._compare([(pred, known[key]) for pred, key in zip(seen, keys, strict=False)])

    def _see(self, images: Sequence[NDArray[np.uint8]], view: View) -> list[Seen]:
        """The features of each image, of unit length: a tensor (1, C, H, W) a layer."""
        if self._lanes is None:
            with self._torch.inference_mode(), self._single_precision():
                return self._see_batch(images, view)
        return self._lanes.each(lambda image: self._see_batch([image], view)[0], images)

    def _see_batch(self, images: Sequence[NDArray[np.uint8]], view: View) -> list[Seen]:
        seen = features(self._torch, self._network, self._weights, self._feed(images, view))
        layers = [unit_length(self._torch, layer) for layer in seen]
        return list(zip(*(layer.split(1) for layer in layers), strict=True))

    def _feed(self, images: Sequence[NDArray[np.uint8]], view: View) -> Any:
        """Images as the network takes them: (N, 3, H, W) with the channels innermost in memory."""
        torch = self._torch
        pixels = torch.from_numpy(np.stack([view.fit(image) for image in images])).to(self._device)
        factors, offsets = (torch.tensor(values, device=self._device) for values in scaling(view.convention))
        return pixels.to(torch.float32).mul_(factors).add_(offsets).to(self._type).permute(0, 3, 1, 2)

    def _compare(self, pairs: Sequence[tuple[Seen, Seen]]) -> list[float]:
        if self._lanes is not None:
            return self._lanes.each(lambda pair: float(distances(*pair, self._heads)), pairs)
        with self._torch.inference_mode(), self._single_precision():
            preds, targets = (
                [self._torch.cat(layers) for layers in zip(*side, strict=True)] for side in zip(*pairs, strict=True)
            )
            values: list[float] = distances(preds, targets, self._heads).tolist()
            return values

    def _hold(self, key: Hashable, layers: Seen) -> None:
        # A part of a batch would keep the memory of the whole batch.
        held = layers if self._lanes is not None else tuple(layer.clone() for layer in layers)
        self._held.put(key, held, size=sum(layer.numel() * layer.element_size() for layer in held))

    def _single_precision(self) -> Any:
        """Keeps a GPU from computing in TF32, whose 10 bits cost more than the 1e-5 that values are held to."""
        return self._torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)


def _layout(torch: Any, tensor: Any) -> Any:
    four = 4
    return torch.channels_last if tensor.ndim == four else torch.contiguous_format
