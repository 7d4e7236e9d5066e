"""Speed of LPIPS against the package lpips: `python benchmarks/lpips_speed.py [--device D] [--repeats N]`.

Real pairs at 256x256 (or random ones where the data folder is not there), in one process, every way in turn
in each round, so that a noisy machine slows all of them; times are medians of a pair. "fresh" pairs have
references that were never seen, "cached" ones were just scored for another model. Each image is a little
different in every round, so that nothing is remembered that should not be. The weights are the real ones
where TORCH_HOME (or --torch-home) has them, else seeded ones, which take the same time.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.contract import Pair
from medgen_pytest.metrics.lpips import LPIPS
from medgen_pytest.metrics.lpips.networks import NETWORKS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

SHARED = Path(__file__).resolve().parents[2] / "shared"
SIDE = 256
BATCH = 16
PACKAGES = ("torch", "lpips", "torchvision", "numpy", "pillow")


def load_pairs(count: int) -> tuple[list[Pair], str]:
    """Saved outputs and targets, paired as they come, 256x256, and where they come from."""
    data = SHARED / "data"
    targets = sorted((data / "medgen-mini").rglob("*_target.png"))
    outputs = sorted((data / "outputs-classical").rglob("*.png"))
    if not targets or not outputs:
        return [_pair(_noise(2 * seed), _noise(2 * seed + 1)) for seed in range(count)], "random"
    chosen = (_pair(_read(outputs[n % len(outputs)]), _read(targets[n % len(targets)])) for n in range(count))
    return list(chosen), "outputs-classical and targets of medgen-mini, resized"


def vary(pairs: Sequence[Pair], seed: int) -> list[Pair]:
    """The pairs with one pixel of each image replaced."""
    return [
        _pair(*(_touch(image, seed) for image in (pair.pred_image, pair.target_image) if image is not None))
        for pair in pairs
    ]


def _touch(image: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    changed = image.copy()
    changed[seed % SIDE, seed // SIDE % SIDE] = seed * 7 % 256, seed // 256 % 256, seed // 65536 % 256
    return changed


def _pair(pred: NDArray[np.uint8], target: NDArray[np.uint8]) -> Pair:
    return Pair(task=Task.ARTIFACT_REMOVAL, pred_image=pred, target_image=target)


def _read(path: Path) -> NDArray[np.uint8]:
    return np.asarray(Image.open(path).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def _noise(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)


def find_weights(network: str, home: Path, spare: Path) -> tuple[Path, str]:
    """A home of torch hub with weights of the network: `home`, or `spare` with seeded weights written to it."""
    place = Path("hub", "checkpoints", NETWORKS[network].file)
    if (home / place).is_file():
        return home, "real weights"
    generator = torch.Generator().manual_seed(1)
    state = {
        name: torch.randn(shape, generator=generator) * (2 / float(np.prod(shape[1:]))) ** 0.5
        for name, shape in NETWORKS[network].shapes
    }
    (spare / place).parent.mkdir(parents=True, exist_ok=True)
    torch.save(state, spare / place)
    return spare, "seeded weights"


class Package:
    """The package lpips with the features of a checkpoint, used as its README does, without gradients."""

    def __init__(self, network: str, home: Path, device: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import lpips

            model = lpips.LPIPS(net=network, pnet_rand=True, verbose=False)
        state = torch.load(home / "hub" / "checkpoints" / NETWORKS[network].file, weights_only=True)
        names = {name: "features." + name.split(".", 1)[1] for name in model.net.state_dict()}
        model.net.load_state_dict({name: state[key] for name, key in names.items()})
        self._model = model.to(device)
        self._device = device

    def batched(self, pairs: Sequence[Pair]) -> list[float]:
        """All pairs in one batch."""
        with torch.no_grad():
            preds, targets = (
                self._feed([np.asarray(getattr(pair, side)) for pair in pairs])
                for side in ("pred_image", "target_image")
            )
            values: list[float] = self._model(preds, targets).flatten().tolist()
            return values

    def one_by_one(self, pairs: Sequence[Pair]) -> list[float]:
        """One pair after the other."""
        return [self.batched([pair])[0] for pair in pairs]

    def _feed(self, images: list[NDArray[np.uint8]]) -> Any:
        return torch.from_numpy(np.stack(images)).to(self._device).permute(0, 3, 1, 2).float() / 127.5 - 1


class Ours:
    """This package's metric; scoring the same pairs again finds their references remembered."""

    def __init__(self, context: MetricContext) -> None:
        self._metric = LPIPS.under("canonical", context)
        self._metric.prepare()

    def batched(self, pairs: Sequence[Pair]) -> list[float]:
        """All pairs in one call."""
        return [score.value for score in self._metric.score(pairs) if score.value is not None]

    def one_by_one(self, pairs: Sequence[Pair]) -> list[float]:
        """One pair a call."""
        return [self.batched([pair])[0] for pair in pairs]


def measure(
    ways: Mapping[str, Callable[[Sequence[Pair]], list[float]]], pairs: Sequence[Pair], *, repeats: int
) -> tuple[dict[str, float], float]:
    """Median milliseconds a pair of every way, in turn, and the largest difference from the first way."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    difference = 0.0
    for repeat in range(repeats + 1):
        changed = vary(pairs, 2 * repeat + 1)
        apart = vary(pairs, 2 * repeat + 2)
        values = {}
        for name, way in ways.items():
            # Ways of one by one see pairs of their own: their references must be fresh, too.
            given = apart if "one by one" in name else changed
            started = time.perf_counter()
            values[name, given is apart] = way(given)
            if repeat:
                taken[name].append((time.perf_counter() - started) * 1000 / len(pairs))
            first = next(value for (_, side), value in values.items() if side is (given is apart))
            difference = max(
                difference, *(abs(a - b) for a, b in zip(first, values[name, given is apart], strict=True))
            )
    return {name: statistics.median(times) for name, times in taken.items()}, difference


def report(network: str, options: argparse.Namespace, home: Path) -> None:
    """Print the table of a network."""
    pairs, source = load_pairs(BATCH)
    context = MetricContext(
        torch_home=home,
        device=options.device,
        threads=options.threads,
        batch_size=BATCH,
        options={"lpips": {"network": network}},
    )
    theirs, ours = Package(network, home, options.device), Ours(context)
    ways = {
        "lpips one by one": theirs.one_by_one,
        "ours one by one, fresh": ours.one_by_one,
        "ours one by one, cached": ours.one_by_one,
        "lpips batched": theirs.batched,
        "ours batched, fresh": ours.batched,
        "ours batched, cached": ours.batched,
    }
    times, difference = measure(ways, pairs, repeats=options.repeats)
    print(f"\n{network}, {SIDE}x{SIDE}, {len(pairs)} pairs: {source}; largest |difference| {difference:.1e}")
    print(f"{'':<26}{'ms a pair':>10}{'x lpips one by one':>20}{'x lpips batched':>17}")
    for name, taken in times.items():
        ratios = times["lpips one by one"] / taken, times["lpips batched"] / taken
        print(f"{name:<26}{taken:>10.1f}{ratios[0]:>20.2f}{ratios[1]:>17.2f}")


def peak_memory(count: int, options: argparse.Namespace, home: Path) -> float:
    """The peak memory in MiB of a process that scores `count` different pairs."""
    command = [sys.executable, __file__, "--device", options.device, "--torch-home", str(home), "--peak", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def print_peak(count: int, options: argparse.Namespace) -> None:
    """Score `count` different pairs in batches, and print the peak memory of this process in MiB."""
    context = MetricContext(torch_home=options.torch_home, device=options.device, cache_bytes=64 * 1024 * 1024)
    ours = Ours(replace(context, batch_size=BATCH))
    for start in range(0, count, BATCH):
        seeds = range(start, min(count, start + BATCH))
        ours.batched([_pair(_noise(2 * seed), _noise(2 * seed + 1)) for seed in seeds])
    # The peak that `resource` tells of begins with that of the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(int(status.partition("VmHWM:")[2].split()[0]) / 1024)


def read_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Speed of LPIPS against the package lpips.")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:N or mps (default: cpu)")
    parser.add_argument("--threads", type=int, default=0, help="threads of torch (default: torch decides)")
    parser.add_argument("--repeats", type=int, default=7, help="rounds, after one to warm up (default: 7)")
    parser.add_argument("--torch-home", type=Path, default=SHARED / "weights" / "torch", help="where weights lie")
    parser.add_argument("--networks", nargs="+", default=["alex", "squeeze"], choices=sorted(NETWORKS))
    parser.add_argument("--peak", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> None:
    """Print the tables and the memory."""
    options = read_arguments()
    if options.peak:
        print_peak(options.peak, options)
        return
    if options.threads:
        torch.set_num_threads(options.threads)
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    device = torch.cuda.get_device_name() if options.device.startswith("cuda") else platform.machine()
    print(f"Python {platform.python_version()}, {versions}; {device}, {torch.get_num_threads()} threads")
    with tempfile.TemporaryDirectory() as spare:
        for network in options.networks:
            home, kind = find_weights(network, options.torch_home, Path(spare))
            report(network, options, home)
            print(f"({kind})")
        home, _ = find_weights("alex", options.torch_home, Path(spare))
        if Path("/proc/self/status").is_file():
            peaks = [f"{count} pairs {peak_memory(count, options, home):.0f} MiB" for count in (200, 1000)]
            print(f"\npeak memory of a process, alex, 64 MiB for references: {', '.join(peaks)}")


if __name__ == "__main__":
    main()
