"""Tiled convolution: the same sums as a convolution with fewer multiplications, for the CPU.

A tile of m x m outputs of an r x r kernel needs (m + r - 1)^2 products a channel instead of m^2 r^2, when
inputs and kernel are taken as polynomials, evaluated at m + r - 1 points, multiplied, and interpolated
(Toom and Cook; for networks: Winograd's minimal filtering, Lavin and Gray 2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any

Matrix = list[list[Fraction]]

# Small numbers keep the rounding errors small: with these, a result is wrong by up to 2e-6 (r = 3) and 6e-6
# (r = 5) of the magnitudes that it is the sum of, some ten times that of a plain convolution in single precision.
_POINTS = tuple(Fraction(text) for text in ("0", "1", "-1", "1/2", "-1/2", "2", "-2"))

# Outputs a side of a tile, by the side of the kernel; what was fastest for AlexNet at 256 x 256 pixels.
_OUTPUTS = {3: 3, 5: 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class TiledKernels:
    """The kernels of a layer, evaluated; `spread` evaluates tiles of inputs, `gather` interpolates outputs.

    kernels: (n^2, inputs, outputs). spread: (n^2, n^2). gather: (m^2, n^2), with n = m + r - 1.
    """

    kernels: Any
    spread: Any
    gather: Any
    side: int
    outputs: int

    def convolve(self, torch: Any, images: Any, bias: Any, *, padding: int) -> Any:
        """The convolution of images (N, C, H, W) with stride 1, as (N, O, H', W'), channels innermost."""
        n, m = self.side, self.outputs
        rows, columns = (size + 2 * padding - n + m for size in images.shape[2:])
        down, across = -(-rows // m), -(-columns // m)
        margin = (padding, padding + across * m - columns, padding, padding + down * m - rows)
        padded = torch.nn.functional.pad(images.permute(0, 2, 3, 1), (0, 0, *margin))
        tiles = padded.unfold(1, n, m).unfold(2, n, m).permute(4, 5, 0, 1, 2, 3)
        channels = images.shape[1]
        products = (self.spread @ tiles.reshape(n * n, -1)).view(n * n, -1, channels) @ self.kernels
        parts = (self.gather @ products.view(n * n, -1)).view(m, m, len(images), down, across, -1)
        whole = parts.permute(2, 3, 0, 4, 1, 5).reshape(len(images), down * m, across * m, -1)
        return (whole[:, :rows, :columns] + bias).permute(0, 3, 1, 2)


def tile_kernels(torch: Any, weight: Any) -> TiledKernels:
    """The kernels of a layer (O, C, r, r) for tiled convolution; r is 3 or 5."""
    kernel = weight.shape[-1]
    outputs = _OUTPUTS[kernel]
    gather, kernels, spread = (
        torch.tensor([[float(value) for value in row] for row in matrix], dtype=torch.float64)
        for matrix in bilinear_algorithm(outputs, kernel)
    )
    side = outputs + kernel - 1
    evaluated = torch.einsum("ia,ocab,jb->ijco", kernels, weight.double(), kernels)
    return TiledKernels(
        kernels=evaluated.reshape(side * side, *evaluated.shape[2:]).float().contiguous(),
        spread=torch.kron(spread, spread).float(),
        gather=torch.kron(gather, gather).float(),
        side=side,
        outputs=outputs,
    )


def bilinear_algorithm(outputs: int, kernel: int) -> tuple[Matrix, Matrix, Matrix]:
    """Exact matrices A, G and B with `A ((G g) * (B d))` the `outputs` sums of a kernel g slid over d.

    A is (outputs, n), G is (n, kernel) and B is (n, n), with n = outputs + kernel - 1 points, the last of
    them at infinity.
    """
    points = _POINTS[: outputs + kernel - 2]
    weights = [prod((point - other for other in points if other != point), start=Fraction(1)) for point in points]
    gather = [[point**power for point in points] + [Fraction(power == outputs - 1)] for power in range(outputs)]
    kernels = [
        *([point**power / weight for power in range(kernel)] for point, weight in zip(points, weights, strict=True)),
        [Fraction(power == kernel - 1) for power in range(kernel)],
    ]
    spread = [
        *([*_with_roots([other for other in points if other != point]), Fraction(0)] for point in points),
        _with_roots(points),
    ]
    return gather, kernels, spread


def _with_roots(roots: tuple[Fraction, ...] | list[Fraction]) -> list[Fraction]:
    """The coefficients of the polynomial with these roots, the constant first."""
    coefficients = [Fraction(1)]
    for root in roots:
        raised, lowered = [Fraction(0), *coefficients], [*coefficients, Fraction(0)]
        coefficients = [high - root * low for high, low in zip(raised, lowered, strict=True)]
    return coefficients
