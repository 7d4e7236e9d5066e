"""Networks of LPIPS v0.1 as data: the layers up to the last one that is looked at, and how they run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

Weights = Mapping[str, Any]
"""The tensors of a network by their names in its checkpoint; `NAME.tiled` are TiledKernels of the layer NAME."""

# From how many channels, and up to how many places, tiled convolutions were faster.
_MANY = 64
_SMALL = 64 * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Convolution:
    """A convolution with bias, followed by ReLU; `name` is that of its layer in a checkpoint of torchvision."""

    name: str
    inputs: int
    outputs: int
    kernel: int
    stride: int = 1
    padding: int = 0

    @property
    def shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Name and shape of each tensor."""
        yield f"{self.name}.weight", (self.outputs, self.inputs, self.kernel, self.kernel)
        yield f"{self.name}.bias", (self.outputs,)

    def run(self, torch: Any, weights: Weights, images: Any) -> Any:
        """(N, inputs, H, W) to (N, outputs, H', W')."""
        weight, bias, tiled = (weights.get(f"{self.name}.{part}") for part in ("weight", "bias", "tiled"))
        if tiled is not None and images.shape[2] * images.shape[3] <= _SMALL:
            return tiled.convolve(torch, images, bias, padding=self.padding).relu_()
        return torch.nn.functional.conv2d(images, weight, bias, self.stride, self.padding).relu_()

    @property
    def parts(self) -> tuple[Convolution, ...]:
        """The convolution itself."""
        return (self,)

    @property
    def is_tiled(self) -> bool:
        """Whether tiles save time on the CPU: multiplications are most of the work."""
        return self.stride == 1 and self.kernel > 1 and self.inputs >= _MANY


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The maximum over windows; with `partial`, windows that run over the edge count too."""

    kernel: int
    stride: int = 2
    partial: bool = False

    @property
    def parts(self) -> tuple[Convolution, ...]:
        """Nothing: it has no weights."""
        return ()

    def run(self, torch: Any, weights: Weights, images: Any) -> Any:  # noqa: ARG002 - as for the other layers
        """(N, C, H, W) to (N, C, H', W')."""
        return torch.nn.functional.max_pool2d(images, self.kernel, self.stride, ceil_mode=self.partial)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    """SqueezeNet's module: few channels made by a 1x1 convolution, many from them by a 1x1 and a 3x3 one."""

    name: str
    inputs: int
    squeezed: int
    expanded: int

    @property
    def parts(self) -> tuple[Convolution, ...]:
        """Its convolutions: squeeze, expand by 1x1, expand by 3x3."""
        return (
            Convolution(name=f"{self.name}.squeeze", inputs=self.inputs, outputs=self.squeezed, kernel=1),
            Convolution(name=f"{self.name}.expand1x1", inputs=self.squeezed, outputs=self.expanded, kernel=1),
            Convolution(
                name=f"{self.name}.expand3x3", inputs=self.squeezed, outputs=self.expanded, kernel=3, padding=1
            ),
        )

    def run(self, torch: Any, weights: Weights, images: Any) -> Any:
        """(N, inputs, H, W) to (N, 2 * expanded, H, W)."""
        squeeze, *expand = self.parts
        few = squeeze.run(torch, weights, images)
        return torch.cat([part.run(torch, weights, few) for part in expand], 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Layers in blocks; what each block ends in is looked at.

    `file` is the name of torchvision's checkpoint. `channels` are those of the blocks' ends. `least` is
    the side in pixels of the smallest image that passes through all of the layers.
    """

    name: str
    file: str
    least: int
    channels: tuple[int, ...]
    blocks: tuple[tuple[Convolution | Pool | Fire, ...], ...]

    @property
    def convolutions(self) -> Iterator[Convolution]:
        """Every convolution, in order."""
        for block in self.blocks:
            for layer in block:
                yield from layer.parts

    @property
    def shapes(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Name and shape of each tensor that a checkpoint must have, in order."""
        for convolution in self.convolutions:
            yield from convolution.shapes


def features(torch: Any, network: Network, weights: Weights, images: Any) -> list[Any]:
    """What a network sees in images, at the end of each block.

    images: float tensor (N, 3, H, W), scaled as the network was trained; sides of at least `network.least`.
    Gives a tensor (N, C, H', W') a block, none negative.
    """
    seen = []
    for block in network.blocks:
        for layer in block:
            images = layer.run(torch, weights, images)
        seen.append(images)
    return seen


def _conv(number: int, inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1, padding: int = 1) -> Convolution:
    return Convolution(
        name=f"features.{number}", inputs=inputs, outputs=outputs, kernel=kernel, stride=stride, padding=padding
    )


def _fire(number: int, inputs: int, squeezed: int, expanded: int) -> Fire:
    return Fire(name=f"features.{number}", inputs=inputs, squeezed=squeezed, expanded=expanded)


_OVERLAPPING = Pool(kernel=3)
_PARTIAL = Pool(kernel=3, partial=True)
_HALF = Pool(kernel=2)

ALEX = Network(
    name="alex",
    file="alexnet-owt-7be5be79.pth",
    least=31,
    channels=(64, 192, 384, 256, 256),
    blocks=(
        (_conv(0, 3, 64, kernel=11, stride=4, padding=2),),
        (_OVERLAPPING, _conv(3, 64, 192, kernel=5, padding=2)),
        (_OVERLAPPING, _conv(6, 192, 384)),
        (_conv(8, 384, 256),),
        (_conv(10, 256, 256),),
    ),
)
"""The features of AlexNet (Krizhevsky 2014), looked at after each of its five convolutions."""

SQUEEZE = Network(
    name="squeeze",
    file="squeezenet1_1-b8a52dc0.pth",
    least=17,
    channels=(64, 128, 256, 384, 384, 512, 512),
    blocks=(
        (_conv(0, 3, 64, stride=2, padding=0),),
        (_PARTIAL, _fire(3, 64, 16, 64), _fire(4, 128, 16, 64)),
        (_PARTIAL, _fire(6, 128, 32, 128), _fire(7, 256, 32, 128)),
        (_PARTIAL, _fire(9, 256, 48, 192)),
        (_fire(10, 384, 48, 192),),
        (_fire(11, 384, 64, 256),),
        (_fire(12, 512, 64, 256),),
    ),
)
"""The features of SqueezeNet 1.1 (Iandola et al. 2016), looked at in seven places."""

VGG = Network(
    name="vgg",
    file="vgg16-397923af.pth",
    least=16,
    channels=(64, 128, 256, 512, 512),
    blocks=(
        (_conv(0, 3, 64), _conv(2, 64, 64)),
        (_HALF, _conv(5, 64, 128), _conv(7, 128, 128)),
        (_HALF, _conv(10, 128, 256), _conv(12, 256, 256), _conv(14, 256, 256)),
        (_HALF, _conv(17, 256, 512), _conv(19, 512, 512), _conv(21, 512, 512)),
        (_HALF, _conv(24, 512, 512), _conv(26, 512, 512), _conv(28, 512, 512)),
    ),
)
"""The features of VGG-16 (Simonyan and Zisserman 2015), looked at before each of its five poolings."""

NETWORKS: Mapping[str, Network] = MappingProxyType({network.name: network for network in (ALEX, SQUEEZE, VGG)})
"""The networks that LPIPS v0.1 has calibrated heads for, by name."""
