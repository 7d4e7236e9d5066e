"""Speed of SSIM, PSNR and MS-SSIM on one core: `python benchmarks/metrics_speed.py [--repeats N]`.

Against scikit-image, and against torchmetrics and piq where they are installed. Every row is measured in one
process, ours and theirs in turn, so that a noisy machine slows both. Times are medians, from uint8 arrays to
the value. "grey" is the metric alone; "RGB" starts from colour images, for SSIM and MS-SSIM with the luma
conversion of Pillow on the side of the others, which have none that rounds alike.

A large difference is another definition: torchmetrics' SSIM (here with our window) divides by 49 and mirrors
the edges, as does the coarsest scale of its MS-SSIM; piq's SSIM has Gaussian windows of 11 pixels only.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from medgen_pytest.metrics.ms_ssim import ms_ssim
from medgen_pytest.metrics.psnr import psnr
from medgen_pytest.metrics.ssim import ssim

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Images = tuple[NDArray[np.uint8], NDArray[np.uint8]]

Measure = Callable[["NDArray[np.uint8]", "NDArray[np.uint8]"], float]

OURS: Mapping[str, Measure] = {"ssim": ssim, "psnr": psnr, "ms_ssim": ms_ssim}
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


def by_scikit_image() -> dict[str, Measure]:
    """The metrics of scikit-image, by our names; it has no MS-SSIM."""
    return {
        "ssim": lambda preds, target: float(structural_similarity(preds, target, data_range=255)),
        "psnr": lambda preds, target: float(peak_signal_noise_ratio(target, preds, data_range=255)),
    }


def by_torchmetrics() -> dict[str, Measure]:
    """The metrics of torchmetrics, by our names."""
    image = importlib.import_module("torchmetrics.functional.image")
    window = {"gaussian_kernel": False, "kernel_size": 7}
    return {
        "ssim": on_tensors(image.structural_similarity_index_measure, data_range=255.0, **window),
        "psnr": on_tensors(image.peak_signal_noise_ratio, data_range=255.0),
        "ms_ssim": on_tensors(image.multiscale_structural_similarity_index_measure, data_range=255.0),
    }


def by_piq() -> dict[str, Measure]:
    """The metrics of piq, by our names."""
    piq = importlib.import_module("piq")
    return {
        "ssim": on_tensors(piq.ssim, data_range=255, downsample=False),
        "psnr": on_tensors(piq.psnr, data_range=255),
        "ms_ssim": on_tensors(piq.multi_scale_ssim, data_range=255),
    }


RIVALS: Mapping[str, Callable[[], dict[str, Measure]]] = {
    "scikit-image": by_scikit_image,
    "torchmetrics": by_torchmetrics,
    "piq": by_piq,
}


def on_tensors(measure: Callable[..., Any], **settings: object) -> Measure:
    """A metric of tensors (1, C, H, W) as one of our arrays."""
    torch = importlib.import_module("torch")

    def tensor(image: NDArray[np.uint8]) -> Any:
        channels = image[None] if image.ndim == 2 else image.transpose(2, 0, 1)  # noqa: PLR2004 - (H, W) is grey
        return torch.tensor(np.ascontiguousarray(channels), dtype=torch.float32)[None]

    def measured(preds: NDArray[np.uint8], target: NDArray[np.uint8]) -> float:
        with torch.inference_mode():
            return float(measure(tensor(preds), tensor(target), **settings))

    return measured


def on_luma(measure: Measure) -> Measure:
    """A metric of grey images as one of colour images."""
    return lambda preds, target: measure(luma(preds), luma(target))


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


def row(name: str, rival: str, theirs: Measure, images: Images, *, repeats: int) -> str:
    """A line of the table: ours against theirs on two images."""
    ours = OURS[name]
    mine, other = time_both(ours, theirs, images, repeats=repeats)
    difference = abs(ours(*images) - theirs(*images))
    kind = f"{name} {'grey' if images[0].ndim == 2 else 'RGB'}"  # noqa: PLR2004 - (H, W) is grey
    side = len(images[0])
    return f"{kind:<12} {side:>5} {rival:<13} {mine:>9.2f} {other:>10.2f} {other / mine:>6.1f} {difference:>11.1e}"


def rows(rivals: Mapping[str, Mapping[str, Measure]], size: int, *, repeats: int) -> Iterator[str]:
    """The lines of the table for one size."""
    colour, _ = load_images(size)
    grey = luma(colour[0]), luma(colour[1])
    for name in OURS:
        for rival, measures in rivals.items():
            if name in measures:
                theirs = measures[name]
                in_colour = theirs if name == "psnr" else on_luma(theirs)
                yield row(name, rival, theirs, grey, repeats=repeats)
                yield row(name, rival, in_colour, colour, repeats=repeats)


def find_rivals() -> dict[str, dict[str, Measure]]:
    """The metrics of the libraries that are installed, on one core."""
    found = {name: make() for name, make in RIVALS.items() if find_spec(name.replace("scikit-image", "skimage"))}
    if len(found) > 1:
        importlib.import_module("torch").set_num_threads(1)
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Speed of SSIM, PSNR and MS-SSIM, on one core.")
    parser.add_argument("--repeats", type=int, default=15, help="timed calls of each, taken in turn (default: 15)")
    repeats = parser.parse_args().repeats
    rivals = find_rivals()
    packages = ("numpy", "pillow", *rivals, *(["torch"] if len(rivals) > 1 else []))
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    print(f"Python {platform.python_version()}, {versions}, {platform.machine()}; images: {load_images(SIZES[0])[1]}")
    print(f"{'metric':<12} {'side':>5} {'against':<13} {'ours, ms':>9} {'theirs, ms':>10} {'ratio':>6} {'|diff|':>11}")
    for size in SIZES:
        for line in rows(rivals, size, repeats=repeats):
            print(line)


if __name__ == "__main__":
    main()
