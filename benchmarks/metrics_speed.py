"""Speed of SSIM and PSNR against scikit-image, on one core: `python benchmarks/metrics_speed.py [--repeats N]`.

Every row is measured in one process, ours and theirs in turn, so that a noisy machine slows both.
Times are medians. "grey" is the metric alone; "RGB" starts from colour images, for SSIM with the luma
conversion of Pillow on the side of scikit-image, which has none that rounds alike.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from medgen_pytest.metrics.psnr import psnr
from medgen_pytest.metrics.ssim import ssim

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Images = tuple[NDArray[np.uint8], NDArray[np.uint8]]
    Measure = Callable[[NDArray[np.uint8], NDArray[np.uint8]], float]

SIZES = (256, 512, 1024)
MINI = Path(__file__).resolve().parents[2] / "shared" / "data" / "medgen-mini"
RECORD = "ImageEditing/noise-reconstruction/images/0000_{}.png"


def load_images(size: int) -> tuple[Images, str]:
    """A noisy and a clean image of `size` x `size`, and where they come from."""
    files = [MINI / RECORD.format(role) for role in ("input", "target")]
    if all(file.is_file() for file in files):
        preds, target = (np.asarray(Image.open(file).convert("RGB").resize((size, size))) for file in files)
        return (preds, target), "medgen-mini, noise-reconstruction 1, resized"
    rng = np.random.default_rng(1)
    target = np.asarray(Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)).resize((size, size)))
    preds = np.clip(target + rng.normal(0, 20, target.shape), 0, 255).astype(np.uint8)
    return (preds, target), "random"


def luma(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The grey of a colour image, as Pillow rounds it."""
    return np.asarray(Image.fromarray(image).convert("L"))


def their_ssim(preds: NDArray[np.uint8], target: NDArray[np.uint8]) -> float:
    """SSIM of scikit-image."""
    return float(structural_similarity(preds, target, data_range=255))


def their_colour_ssim(preds: NDArray[np.uint8], target: NDArray[np.uint8]) -> float:
    """SSIM of scikit-image on the luma of colour images."""
    return their_ssim(luma(preds), luma(target))


def their_psnr(preds: NDArray[np.uint8], target: NDArray[np.uint8]) -> float:
    """PSNR of scikit-image."""
    return float(peak_signal_noise_ratio(target, preds, data_range=255))


def time_both(ours: Measure, theirs: Measure, images: Images, *, repeats: int) -> tuple[float, float]:
    """Median milliseconds of ours and theirs, measured in turn after one call to warm up."""
    times: tuple[list[float], list[float]] = ([], [])
    for repeat in range(repeats + 1):
        for measure, taken in zip((ours, theirs), times, strict=True):
            started = time.perf_counter()
            measure(*images)
            if repeat:
                taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(times[0]), statistics.median(times[1])


def rows(size: int, *, repeats: int) -> Iterator[str]:
    """The lines of the table for one size."""
    colour, _ = load_images(size)
    grey = luma(colour[0]), luma(colour[1])
    for name, ours, theirs, images in (
        ("ssim grey", ssim, their_ssim, grey),
        ("ssim RGB", ssim, their_colour_ssim, colour),
        ("psnr grey", psnr, their_psnr, grey),
        ("psnr RGB", psnr, their_psnr, colour),
    ):
        mine, other = time_both(ours, theirs, images, repeats=repeats)
        difference = abs(ours(*images) - theirs(*images))
        yield f"{name:<10} {size:>5} {mine:>10.2f} {other:>16.2f} {other / mine:>7.1f} {difference:>11.1e}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Speed of SSIM and PSNR against scikit-image, on one core.")
    parser.add_argument("--repeats", type=int, default=15, help="timed calls of each, taken in turn (default: 15)")
    repeats = parser.parse_args().repeats
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "pillow", "scikit-image"))
    print(f"Python {platform.python_version()}, {versions}, {platform.machine()}; images: {load_images(SIZES[0])[1]}")
    print(f"{'metric':<10} {'side':>5} {'ours, ms':>10} {'scikit-image, ms':>16} {'ratio':>7} {'|diff|':>11}")
    for size in SIZES:
        for row in rows(size, repeats=repeats):
            print(row)


if __name__ == "__main__":
    main()
