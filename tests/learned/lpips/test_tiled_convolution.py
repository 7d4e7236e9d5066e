"""A tiled convolution gives what a plain one gives, but for rounding."""

from __future__ import annotations

import pytest

from medgen_pytest.metrics.lpips.tiles import tile_kernels
from tests.learned.packages import require

torch = require("torch")


@pytest.mark.parametrize("size", [(1, 1), (2, 7), (3, 3), (4, 8), (15, 15), (16, 31), (64, 5)])
@pytest.mark.parametrize(("kernel", "padding"), [(3, 1), (5, 2)])
def test_it_equals_a_plain_convolution_at_any_size(kernel: int, padding: int, size: tuple[int, int]) -> None:
    generator = torch.Generator().manual_seed(7)
    images = torch.randn(2, 64, *size, generator=generator).relu_().contiguous(memory_format=torch.channels_last)
    weight = torch.randn(24, 64, kernel, kernel, generator=generator)
    bias = torch.randn(24, generator=generator)
    exact = images.double(), weight.double(), bias.double()
    expected = torch.nn.functional.conv2d(*exact, padding=padding)
    magnitudes = torch.nn.functional.conv2d(*(part.abs() for part in exact), padding=padding)

    got = tile_kernels(torch, weight).convolve(torch, images, bias, padding=padding)

    assert got.shape == expected.shape
    # Rounding errors grow with the magnitudes that are added; of 480 seeded convolutions the worst had 6e-6 of them.
    assert float((got - expected).abs().max() / magnitudes.max()) < 1e-5


def test_it_leaves_its_input_as_it_is_and_puts_the_channels_innermost() -> None:
    images = torch.rand(1, 64, 9, 9).contiguous(memory_format=torch.channels_last)
    before = images.clone()

    got = tile_kernels(torch, torch.rand(8, 64, 3, 3)).convolve(torch, images, torch.rand(8), padding=1)

    assert torch.equal(images, before)
    assert got.stride(1) == 1
