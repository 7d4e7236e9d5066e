"""Settings of LPIPS: the key `lpips` under `metrics` of medgen.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from medgen_pytest.config.sections import Section, parse_section
from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.lpips.networks import NETWORKS

if TYPE_CHECKING:
    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.lpips.networks import Network

_LARGEST = 4096


class LpipsOptions(Section):
    """How LPIPS is computed.

    `network` sees the images. `resize` is the side of the square that both images are resized to, or
    `native` for their own size. `weights` is a checkpoint of the network in torchvision's format instead
    of the one where torch hub keeps it, `heads` the linear layers instead of those of the package lpips.
    """

    network: Literal["alex", "squeeze", "vgg"] = "alex"
    resize: Annotated[int, Field(strict=True, le=_LARGEST)] | Literal["native"] = 256
    weights: Path | None = None
    heads: Path | None = None

    @property
    def layers(self) -> Network:
        """The network of that name."""
        return NETWORKS[self.network]


def read_options(context: MetricContext) -> LpipsOptions:
    """The settings of a run. Raises ConfigError for wrong keys and a size that the network cannot take."""
    options = parse_section(LpipsOptions, context.options_of("lpips"), owner="metric 'lpips'")
    least = options.layers.least
    if options.resize != "native" and options.resize < least:
        raise ConfigError(
            f"metric 'lpips': 'resize' is {options.resize}; the network {options.network!r} needs at least {least}"
        )
    return options
