"""How near a run against an endpoint comes to the ideal: the very same requests, gathered by asyncio.

    python benchmarks/endpoint_speed.py [--samples 2000] [--window 64] [--side 64] [--memory-side 512]

The endpoint is `medgen fake-server` in a process of its own, the model the adapter `openai_chat`. The ideal asks
the same model object for the same samples, in a process of its own: an asyncio gather behind a semaphore as wide
as the window, so images are read, encoded and sent, and replies are parsed, but nothing is tested, scored or
stored. What is compared is the time from the start of the first test to the end of the last. Then the same with a
fifth of the requests failing on the first try, a plain pytest suite that calls the endpoint from its tests one
by one (computed from a short run), and the peak memory of the largest process for few and for many samples with
larger pictures. Pictures are small where time is measured: encoding large ones takes all of two cores, for the
ideal as for the run, and hides what the run itself costs. The server counts: the benchmark ends where an answer
was paid for twice.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from lookahead_speed import CONFTEST, TEST  # type: ignore[import-not-found]  # the script beside this one
from PIL import Image, ImageFilter
from run_speed import run, write_dataset  # type: ignore[import-not-found]  # as above

if TYPE_CHECKING:
    from collections.abc import Iterator

IDEAL = """
import asyncio, sys, time
from pathlib import Path
from medgen_pytest.datasets import open_dataset
from medgen_pytest.models import ModelContext, build_model, embedded_adapters

async def main(data, url, window):
    dataset = open_dataset(Path(data))
    context = ModelContext(dataset=dataset, root=Path("."), sample_ids=[])
    settings = {"base_url": url + "/v1", "model": "vlm"}
    model = build_model("m", adapter="openai_chat", settings=settings, context=context, adapters=embedded_adapters())
    free = asyncio.Semaphore(window)
    async def one(sample):
        async with free:
            await model.answer(sample.request())
    samples = list(dataset)
    started = time.perf_counter()
    await asyncio.gather(*(one(sample) for sample in samples))
    print(time.perf_counter() - started)
    await model.aclose()

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
"""
PLAIN = """
import base64, os, httpx, pytest
from pathlib import Path
PICTURES = sorted(Path("data/VQA/multiple-choice/images").glob("*.png"))

@pytest.mark.parametrize("number", range(int(os.environ["COUNT"])))
def test_plain(number):
    picture = base64.b64encode(PICTURES[number % len(PICTURES)].read_bytes()).decode()
    content = [{"type": "text", "text": f"Question {number}?"},
               {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{picture}"}}]
    body = {"model": "vlm", "messages": [{"role": "user", "content": content}]}
    reply = httpx.post(os.environ["URL"] + "/v1/chat/completions", json=body, timeout=60)
    assert reply.json()["choices"][0]["message"]["content"]
"""
COMMAND = "import sys; from medgen_pytest.cli import main; sys.exit(main())"
SHORT = 20
"""Samples of the suite that asks one by one."""
FAULTS = ("500=0.08", "429=0.04", "reset=0.04", "torn=0.04")
"""Together a fifth of the requests, each on its first try."""


@dataclass(frozen=True)
class Server:
    """A fake server in a process of its own."""

    url: str

    def stats(self) -> dict[str, Any]:
        """What it counted."""
        with urllib.request.urlopen(f"{self.url}/_fake/stats") as reply:  # noqa: S310 - loopback
            counts: dict[str, Any] = json.load(reply)
        return counts

    def reset(self) -> None:
        """Forgets what it counted."""
        urllib.request.urlopen(urllib.request.Request(f"{self.url}/_fake/reset", method="POST")).close()  # noqa: S310 - loopback


@contextmanager
def served(folder: Path, *, latency: float, faults: tuple[str, ...] = ()) -> Iterator[Server]:
    """A server while the block lasts."""
    port = folder / "port"
    port.unlink(missing_ok=True)
    options = [f"--fault={fault}" for fault in faults]
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            COMMAND,
            "fake-server",
            f"--latency={latency}",
            f"--port-file={port}",
            *options,
        ],
        stdout=subprocess.DEVNULL,
    )
    try:
        while not port.exists() or not port.read_text():
            time.sleep(0.05)
        yield Server(f"http://127.0.0.1:{port.read_text().strip()}")
    finally:
        process.terminate()
        process.wait()


def ideal(folder: Path, server: Server, *, data: str, window: int) -> float:
    """Seconds of the gather."""
    command = [sys.executable, "ideal.py", data, server.url, str(window)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    server.reset()
    return float(done.stdout)


@dataclass(frozen=True)
class Measured:
    """Seconds from the first to the last test, the peak memory in MB, and what the server counted."""

    seconds: float
    peak: float
    asked: int
    faulted: int


def measure(folder: Path, server: Server, *arguments: str, data: str, samples: int, window: int) -> Measured:
    """A run of pytest against the server; every sample must be answered, and paid for once."""
    for name in ("peak", "span"):
        (folder / name).unlink(missing_ok=True)
    settings = f"models:\n  m: {{adapter: openai_chat, base_url: '{server.url}/v1', model: vlm}}\n"
    (folder / "medgen.yaml").write_text(settings, encoding="utf-8")
    run(folder, "test_ours.py", f"--medgen-dataset={data}", f"--medgen-window={window}", *arguments)
    counts = server.stats()
    server.reset()
    if counts["answered"] != samples:
        raise SystemExit(f"{counts['answered']} answers were paid for {samples} samples")
    peak = max(float(line) for line in (folder / "peak").read_text(encoding="utf-8").split())
    span = float((folder / "span").read_text(encoding="utf-8"))
    return Measured(span, peak, counts["asked"], counts["faulted"])


def write_pictures(folder: Path, *, side: int) -> None:
    """Puts pictures that compress like scans in place of the noise of `write_dataset`."""
    rng = np.random.default_rng(1)
    for path in sorted((folder / "VQA" / "multiple-choice" / "images").glob("*.png")):
        coarse = Image.fromarray(rng.integers(0, 256, (32, 32), dtype=np.uint8)).resize((side, side))
        grain = rng.normal(0, 4, (side, side))
        pixels = np.clip(np.asarray(coarse.filter(ImageFilter.GaussianBlur(3))) + grain, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).convert("RGB").save(path, compress_level=1)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--window", type=int, default=64)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--memory-side", type=int, default=512)
    parser.add_argument("--memory-samples", type=int, nargs=2, default=(1000, 10000), metavar="N")
    options = parser.parse_args()
    packages = ", ".join(f"{name} {metadata.version(name)}" for name in ("pytest", "pytest-xdist", "openai"))
    print(f"Python {platform.python_version()} on {sys.platform}, {packages}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = {"ideal.py": IDEAL, "test_ours.py": TEST, "conftest.py": CONFTEST, "test_plain.py": PLAIN}
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8")
        write_dataset(folder / "data", samples=options.samples, side=options.side)
        write_pictures(folder / "data", side=options.side)
        show_speed(folder, samples=options.samples, window=options.window)
        show_faults(folder, samples=options.samples, window=options.window)
        show_memory(folder, samples=options.memory_samples, window=options.window, side=options.memory_side)


def show_speed(folder: Path, *, samples: int, window: int) -> None:
    """Prints the share of the ideal for each latency and number of workers."""
    for latency in (0.5, 0.05):
        with served(folder, latency=latency) as server:
            alone = one_by_one(folder, server) * samples
            print(f"{1000 * latency:.0f} ms, plain pytest one by one, computed: {alone:.0f} s for {samples} samples")
            for workers in (0, 2):
                best = ideal(folder, server, data="data", window=window)
                ours = measure(folder, server, f"-n{workers}", data="data", samples=samples, window=window)
                print(
                    f"{1000 * latency:.0f} ms, window {window}, -n {workers}: ideal {best:.2f} s,"
                    f" ours {ours.seconds:.2f} s, {best / ours.seconds:.0%} of the ideal, {ours.asked} requests,"
                    f" {ours.peak:.0f} MB",
                    flush=True,
                )


def one_by_one(folder: Path, server: Server) -> float:
    """Seconds a sample of a suite that asks from its tests."""
    os.environ.update(COUNT=str(SHORT), URL=server.url)  # noqa: TID251 - for the process that is measured
    for name in ("peak", "span"):
        (folder / name).unlink(missing_ok=True)
    run(folder, "test_plain.py")
    server.reset()
    return float((folder / "span").read_text(encoding="utf-8")) / SHORT


def show_faults(folder: Path, *, samples: int, window: int) -> None:
    """Prints the throughput with faults as a share of that without."""
    seconds = []
    for faults in ((), FAULTS):
        with served(folder, latency=0.5, faults=faults) as server:
            ours = measure(folder, server, "-n0", data="data", samples=samples, window=window)
            seconds.append(ours.seconds)
            print(f"500 ms, {ours.faulted} faults: {ours.seconds:.2f} s, {ours.asked} requests, all answered once")
    print(f"with faults {seconds[0] / seconds[1]:.0%} of the throughput without", flush=True)


def show_memory(folder: Path, *, samples: tuple[int, int], window: int, side: int) -> None:
    """Prints the peak memory for few and for many samples."""
    for count in samples:
        data = f"data-{count}"
        write_dataset(folder / data, samples=count, side=side)
        write_pictures(folder / data, side=side)
        with served(folder, latency=0.05) as server:
            ours = measure(folder, server, "-n0", data=data, samples=count, window=window)
        print(f"{count} samples: {ours.peak:.0f} MB in the largest process", flush=True)


if __name__ == "__main__":
    main()
