"""The distance of LPIPS: pixels scaled for the network, features of unit length, weighted squared differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medgen_pytest.metrics.contract import Convention

_WHITE = 255.0
_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)
# Keeps a place where the network sees nothing from a division by zero.
_EPSILON = 1e-10

_RANGES: dict[Convention, tuple[float, float]] = {"canonical": (-1.0, 1.0), "upstream": (0.0, 1.0)}


def scaling(convention: Convention) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Factor and offset of each channel, which turn a byte into what the network is fed.

    A byte x becomes `(y - shift) / scale`, where y is x carried from [0, 255] to [-1, 1] (canonical) or to
    [0, 1] (upstream), with the shift and scale that LPIPS fixes for red, green and blue.
    """
    black, white = _RANGES[convention]
    step = (white - black) / _WHITE
    factors = tuple(step / scale for scale in _SCALE)
    offsets = tuple((black - shift) / scale for shift, scale in zip(_SHIFT, _SCALE, strict=True))
    return factors, offsets


def unit_length(torch: Any, seen: Any) -> Any:
    """Features divided by their length over the channels: `f / (|f| + 1e-10)`, float32.

    seen: tensor (N, C, H, W). Where all channels are 0 they stay 0.
    """
    values = seen.float()
    return values / torch.linalg.vector_norm(values, dim=1, keepdim=True).add_(_EPSILON)


def distances(preds: Sequence[Any], target: Sequence[Any], heads: Sequence[Any]) -> Any:
    """LPIPS of N pairs from the features of both images.

    preds, target: a tensor (N, C, H, W) a layer, of unit length over C. heads: a tensor (C,) a layer.
    The sum over the layers of `mean over (y, x) of sum over c of w_c (p_cyx - t_cyx)^2`.

    Gives a tensor (N,). No unit, from 0, lower is better; equal features give exactly 0, and the two sides
    may be exchanged. Source: Zhang et al. 2018, the calibrated ("lin") variant, version 0.1.
    """
    total = 0.0
    for pred, aim, head in zip(preds, target, heads, strict=True):
        squares = (pred - aim).square_()
        # Channels are innermost in memory, so this is one product of a matrix and a vector.
        total = total + (squares.permute(0, 2, 3, 1) @ head).mean((1, 2))
    return total
