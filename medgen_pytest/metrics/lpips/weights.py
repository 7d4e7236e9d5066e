"""Weights of LPIPS: where the checkpoint of the network and the linear heads lie, and the tensors in them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.checkpoint import file_digest, read_checkpoint, take
from medgen_pytest.metrics.need import Need, WeightFile
from medgen_pytest.metrics.packages import torch_need
from medgen_pytest.metrics.torch_runtime import EXTRA

if TYPE_CHECKING:
    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.lpips.networks import Network
    from medgen_pytest.metrics.lpips.settings import LpipsOptions

_CHECKPOINTS = "hub/checkpoints"
_SOURCE = "https://download.pytorch.org/models"
_HEADS = "lpips/weights/v0.1"
_INSTALL = f"pip install 'medgen-pytest[{EXTRA}]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class LpipsFiles:
    """The two files of weights; `heads` is None where the package lpips that carries them is not there."""

    checkpoint: Path
    heads: Path | None

    def digest(self) -> str:
        """SHA-256 over both files. Raises ConfigError for one that cannot be read."""
        paths = [self.checkpoint, *([self.heads] if self.heads else [])]
        return hashlib.sha256("".join(map(file_digest, paths)).encode("ascii")).hexdigest()


def locate(options: LpipsOptions, context: MetricContext) -> LpipsFiles:
    """Where the weights should lie: as the settings say, else where torch hub and the package lpips have them."""
    kept = context.torch_home / _CHECKPOINTS / options.layers.file
    return LpipsFiles(
        checkpoint=context.root / options.weights if options.weights else kept,
        heads=context.root / options.heads if options.heads else _packaged_heads(options.network),
    )


def find_needs(options: LpipsOptions, context: MetricContext) -> tuple[Need, ...]:
    """What LPIPS cannot do without: torch, the package lpips for its heads as data, and the checkpoint."""
    files = locate(options, context)
    heads = _file_need("lpips heads", files.heads) if options.heads and files.heads else _lpips_need(files.heads)
    if options.weights:
        checkpoint = _file_need(f"lpips {options.network} weights", files.checkpoint)
    else:
        checkpoint = _checkpoint_need(options.layers, files.checkpoint, context)
    return (torch_need(), heads, checkpoint)


def load_layers(torch: Any, network: Network, path: Path) -> dict[str, Any]:
    """The tensors of a network, float32. Raises ConfigError naming the file and the layer that is not as expected."""
    state = read_checkpoint(torch, path)
    return {name: take(torch, state, name, shape, path=path) for name, shape in network.shapes}


def load_heads(torch: Any, network: Network, path: Path) -> list[Any]:
    """The weights (C,) of each layer's linear head, none negative. Raises ConfigError like `load_layers`."""
    state = read_checkpoint(torch, path)
    heads = []
    for layer, channels in enumerate(network.channels):
        name = f"lin{layer}.model.1.weight"
        head = take(torch, state, name, (1, channels, 1, 1), path=path).reshape(channels)
        if bool((head < 0).any()):
            raise ConfigError(f"{path}: the layer {name!r} holds weights below 0, which no head of LPIPS has")
        heads.append(head)
    return heads


def _packaged_heads(network: str) -> Path | None:
    try:
        files = metadata.files("lpips") or ()
    except metadata.PackageNotFoundError:
        return None
    found = [Path(str(file.locate())) for file in files if file.as_posix() == f"{_HEADS}/{network}.pth"]
    return next((path for path in found if path.is_file()), None)


def _lpips_need(heads: Path | None) -> Need:
    try:
        version = metadata.version("lpips")
    except metadata.PackageNotFoundError:
        return Need(
            kind="package",
            name="lpips",
            problem="lpips needs the package 'lpips' for the data in it, which is not installed",
            remedy=_INSTALL,
        )
    if heads is None:
        return Need(
            kind="package",
            name="lpips",
            found=version,
            problem=f"the package 'lpips' {version} lacks its files {_HEADS}/*.pth",
            remedy="pip install --force-reinstall --no-deps lpips",
        )
    return Need(kind="package", name="lpips", found=version)


def _checkpoint_need(network: Network, path: Path, context: MetricContext) -> Need:
    name = f"lpips {network.name} weights"
    if path.is_file():
        file = WeightFile(path=path, home="torch", place=f"{_CHECKPOINTS}/{network.file}")
        return Need(kind="weights", name=name, found=str(path), files=(file,))
    return Need(
        kind="weights",
        name=name,
        problem=f"lpips needs the weights {network.file}, which are not at {path}",
        remedy=(
            f"on a machine with internet download {_SOURCE}/{network.file}, unchanged, into {_CHECKPOINTS} of its "
            f"TORCH_HOME, carry it over with 'medgen weights pack' and 'medgen weights unpack', or copy it into "
            f"{context.torch_home / _CHECKPOINTS}"
        ),
    )


def _file_need(name: str, path: Path) -> Need:
    if path.is_file():
        return Need(
            kind="weights", name=name, found=str(path), files=(WeightFile(path=path, home="folder", place=path.name),)
        )
    return Need(
        kind="weights", name=name, problem=f"{name}: there is no file {path}", remedy="mend its path in the settings"
    )
