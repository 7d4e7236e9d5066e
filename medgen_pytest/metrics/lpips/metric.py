"""LPIPS as a metric of the package: pairs in, scores out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.errors import ConfigError, MissingExtraError, ShapeError
from medgen_pytest.metrics.batchwise import BatchMetric
from medgen_pytest.metrics.contract import MetricSpec, convention_name
from medgen_pytest.metrics.lpips.perception import Perception
from medgen_pytest.metrics.lpips.settings import read_options
from medgen_pytest.metrics.lpips.view import View
from medgen_pytest.metrics.lpips.weights import LpipsFiles, find_needs, locate
from medgen_pytest.metrics.making import Measured
from medgen_pytest.metrics.shapes import check_images
from medgen_pytest.metrics.specs import LPIPS as SPEC
from medgen_pytest.metrics.torch_runtime import EXTRA, half_suffix

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from medgen_pytest.domain.score import Score
    from medgen_pytest.metrics.context import MetricContext
    from medgen_pytest.metrics.contract import Convention, Pair
    from medgen_pytest.metrics.lpips.settings import LpipsOptions
    from medgen_pytest.metrics.need import Need


@dataclass(frozen=True, slots=True, kw_only=True)
class LpipsMetric:
    """Learned perceptual similarity, version 0.1, under one convention.

    Images (H, W, 3), uint8. Both are resized to a square (256 pixels a side) by Pillow's bilinear filter or
    keep their size, are fed in the range [-1, 1] (canonical) or [0, 1] (upstream, as the authors' scripts
    do), and compared by `distance.distances`. No unit, from 0, lower is better; identical images give 0.

    At their own size images under 31 (alex), 17 (squeeze) or 16 (vgg) pixels a side cannot pass through the
    network, and are unscored.
    """

    rules: Convention
    options: LpipsOptions
    context: MetricContext
    checkpoint: Path
    heads: Path

    @property
    def spec(self) -> MetricSpec:
        """What the metric is."""
        return SPEC

    @property
    def convention(self) -> str:
        """Like `lpips/canonical@1+alex-256-4a1f09c2`: network, size, digest of both files of weights.

        `-half` follows where the network computes in half precision. Raises ConfigError for weights that
        cannot be read.
        """
        files = LpipsFiles(checkpoint=self.checkpoint, heads=self.heads)
        digest = self.context.resources.get(("lpips digest", files), files.digest)
        half = half_suffix(self.context, need="metric 'lpips'")
        variant = f"{self.options.network}-{self.options.resize}-{digest[:8]}{half}"
        return convention_name(SPEC, self.rules, variant=variant)

    def prepare(self) -> None:
        """Loads the network. Raises ConfigError for weights or a device that cannot be used."""
        self._perception()

    def score(self, pairs: Sequence[Pair]) -> list[Score]:
        """One score a pair, in order; a pair that has no value is unscored with the reason."""
        return BatchMetric(spec=SPEC, convention=self.convention, measure=self._measure).score(pairs)

    def _measure(self, pairs: Sequence[Pair]) -> list[Measured | Exception]:
        measured: dict[int, Measured | Exception] = {}
        fitting: dict[tuple[int, ...], dict[int, tuple[NDArray[np.uint8], NDArray[np.uint8]]]] = {}
        for number, pair in enumerate(pairs):
            try:
                images = self._images(pair)
            except ShapeError as error:
                measured[number] = error
            else:
                size = images[0].shape if self.options.resize == "native" else ()
                fitting.setdefault(size, {})[number] = images
        for group in fitting.values():
            values = self._perception().distances(list(group.values()), self._view)
            measured.update(zip(group, (Measured(value=value) for value in values), strict=True))
        return [measured[number] for number in range(len(pairs))]

    def _images(self, pair: Pair) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        if pair.pred_image is None or pair.target_image is None:
            raise ShapeError("lpips needs two images")
        least = self.options.layers.least if self.options.resize == "native" else 1
        check_images(pair.pred_image, pair.target_image, least=least)
        return pair.pred_image, pair.target_image

    @property
    def _view(self) -> View:
        return View(convention=self.rules, side=None if self.options.resize == "native" else self.options.resize)

    def _perception(self) -> Perception:
        key = ("lpips", self.options.network, self.checkpoint, self.heads)
        return self.context.resources.get(key, self._load)

    def _load(self) -> Perception:
        return Perception(self.options.layers, checkpoint=self.checkpoint, heads=self.heads, context=self.context)


class LpipsDefinition:
    """What LPIPS needs, and how it is built under each convention."""

    @property
    def spec(self) -> MetricSpec:
        """What the metric is."""
        return SPEC

    def needs(self, context: MetricContext) -> tuple[Need, ...]:
        """Torch, the package lpips for the data in it, and a checkpoint. Raises ConfigError for wrong settings."""
        return find_needs(read_options(context), context)

    def under(self, convention: Convention, context: MetricContext) -> LpipsMetric:
        """The metric under a convention; no weights are read yet.

        Raises ConfigError for wrong settings and needs that are not met.
        """
        options = read_options(context)
        for need in find_needs(options, context):
            _demand(need)
        files = locate(options, context)
        if files.heads is None:
            raise MissingExtraError(need="metric 'lpips'", package="lpips", extra=EXTRA)
        return LpipsMetric(
            rules=convention, options=options, context=context, checkpoint=files.checkpoint, heads=files.heads
        )


def _demand(need: Need) -> None:
    if need.is_met:
        return
    if need.kind == "package" and need.found is None:
        raise MissingExtraError(need="metric 'lpips'", package=need.name, extra=EXTRA)
    raise ConfigError(f"metric 'lpips': {need}")


LPIPS = LpipsDefinition()
"""Both conventions resize alike; they differ in the range that the network is fed."""
