"""What this repository adds to medgen: a metric of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest import define_metric

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medgen_pytest import Pair


def detail_kept(pair: Pair) -> float:
    """How rough the model's image is, as a share of the reference; smoother is worse, rougher is no better.

    A filter can raise its PSNR by blurring. This number falls then, so both together say more than either.
    """
    made, wanted = roughness(pair.pred_image), roughness(pair.target_image)
    return min(1.0, made / wanted)


def roughness(image: NDArray[np.uint8]) -> float:
    """The mean step between neighbours in a row."""
    return float(np.abs(np.diff(image.astype(float), axis=1)).mean())


def pytest_medgen_metrics() -> list[object]:
    """The hook by which medgen hears of the metric. Its threshold and its gate stand in medgen.yaml."""
    return [define_metric("detail_kept", detail_kept, kind="image", direction="higher", low=0, high=1)]
