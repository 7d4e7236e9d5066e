"""How long the HTML page of a full run takes to be written and to be opened, and how large it is.

    python benchmarks/page_speed.py [--samples 6623] [--models 3] [--side 64] [--images thumbs]

Makes a dataset with the formats of the released one in its proportions, every image another one of `side` pixels,
and the run directory of so many models on it, with scores, texts and judgements, without asking any model. The page
is written by `medgen report` in a process of its own. Where Chromium, its driver and selenium are installed, the page
is opened from the file, and the time until its list of samples can be used is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from medgen_pytest.config.load import load_settings
from medgen_pytest.domain.judgement import Judgement
from medgen_pytest.domain.output import Timing, Usage
from medgen_pytest.domain.planned import PlannedSample
from medgen_pytest.domain.result import SampleResult, StoredOutput
from medgen_pytest.domain.score import Score
from medgen_pytest.models import embedded_adapters
from medgen_pytest.runs.prepare import prepare_run
from medgen_pytest.store import RunDirectory

if TYPE_CHECKING:
    from medgen_pytest.domain.sample import Sample

MODALITIES = ("CT", "MRI", "Ultrasound", "X-Ray", "Pathology", "Clinical Photography")
TASKS = (
    ("vqa", "VQA", "question-answering", 1100),
    ("edit", "ImageEditing", "noise-reconstruction", 3872),
    ("gen", "MultimodalGeneration", "disease-prediction", 1651),
)
"""Format, its folder, a task of it, and how many records the released dataset has of the format."""
CATEGORIES = {"vqa": "VQA", "edit": "ImageEdit", "gen": "MMGeneration"}
WORDS = (
    *("no", "focal", "consolidation", "is", "seen", "in", "the", "left", "lower", "lobe", "and"),
    *("cardiac", "silhouette", "of", "normal", "size"),
)
STARTED = "2026-11-22T10:00:00+00:00"
RUNNER = (
    "import resource, sys; from medgen_pytest.cli import main; code = main();"
    "used = resource.getrusage(resource.RUSAGE_SELF);"
    "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024); sys.exit(code)"
)


def picture(seed: int, side: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A picture of `side` pixels unlike all others: waves and some noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side
    waves = np.sin(2 * np.pi * (rng.uniform(1, 5) * x + rng.uniform(1, 5) * y))
    pixels = 127 + 90 * waves[..., None] + rng.normal(0, 6, (side, side, 1))
    made: np.ndarray[tuple[int, ...], np.dtype[np.uint8]] = np.clip(pixels.repeat(3, axis=-1), 0, 255).astype(np.uint8)
    return made


def text(seed: int, words: int) -> str:
    """A text of so many words."""
    rng = np.random.default_rng(seed)
    return " ".join(WORDS[place] for place in rng.integers(0, len(WORDS), words))


def write_dataset(root: Path, *, samples: int, side: int) -> None:
    """An organised tree of so many records, in the proportions of the released dataset."""
    whole = sum(count for *_, count in TASKS)
    for form, folder_name, task, count in TASKS:
        folder = root / folder_name / task
        (folder / "images").mkdir(parents=True)
        with (folder / "data.jsonl").open("w", encoding="utf-8", newline="\n") as file:
            for number in range(max(1, round(samples * count / whole))):
                names = [f"images/{number}-in.png", *([f"images/{number}-out.png"] if form != "vqa" else [])]
                for place, name in enumerate(names):
                    pixels = picture(10 * number + place + 1_000_000 * len(task), side)
                    Image.fromarray(pixels).save(folder / name, compress_level=1)
                record = {
                    "instruction": f"{text(number, 30)}?",
                    "input_image": names[:1],
                    "ground_truth_image": names[1:],
                    "modality": MODALITIES[number % 6],
                    "category": CATEGORIES[form],
                    "paper_format": folder_name,
                    "paper_task": task,
                    "paper_subtask": None,
                    **({"answer": text(number + 1, 60)} if form != "edit" else {}),
                }
                file.write(json.dumps(record) + "\n")


def write_run(folder: Path, *, models: int, side: int) -> None:
    """The run directory of models that answered everything, more or less well."""
    settings = load_settings({"medgen_dataset": "data"}, models=["oracle"], config_path=None, invocation_dir=folder)
    prepared = prepare_run(settings, adapters=embedded_adapters())
    store = RunDirectory(folder / "run")
    facts = {name: value for name, value in prepared.facts().items() if name not in {"models", "scoring"}}
    store.create({"run_id": "run", "started": STARTED, **facts})
    names = [f"model-{number}" for number in range(models)]
    store.plan([PlannedSample.of(item, model=name) for name in names for item in prepared.samples], session="s1")
    for number, name in enumerate(names):
        for place, sample in enumerate(prepared.samples):
            store.append(result(sample, store, model=name, seed=100_000 * number + place, side=side), worker="main")
    store.close()


def result(sample: Sample, store: RunDirectory, *, model: str, seed: int, side: int) -> SampleResult:
    """One answer with the scores of its format and a judgement."""
    rng = np.random.default_rng(seed)
    format_ = sample.format
    wanted = [*(("ssim", "psnr") if format_.wants_image else ()), *(("bleu", "token_f1") if format_.wants_text else ())]
    return SampleResult(
        model=model,
        sample_id=sample.sample_id,
        task=sample.task,
        modality=sample.modality,
        status="answered",
        scores={
            name: Score(
                metric=name,
                value=float(rng.random()) * (50 if name == "psnr" else 1),
                direction="higher",
                convention="b@1",
            )
            for name in wanted
        },
        judgements=(
            Judgement(
                judge="judge", tier="with_reference", overall=float(rng.integers(1, 11)), analysis=text(seed, 60)
            ),
        ),
        output=StoredOutput(
            text=text(seed, 60) if format_.wants_text else None,
            image=store.save_image(picture(seed + 50_000_000, side)) if format_.wants_image else None,
            size=(side, side) if format_.wants_image else None,
            usage=Usage(input_tokens=900, output_tokens=80, cost=0.002),
            timing=Timing(requests=1, first_try=1.0, working=1.0),
            seconds=1.0,
        ),
        finished=STARTED,
        worker="main",
    )


def write_page(folder: Path, mode: str) -> tuple[float, float, float, float]:
    """Seconds, seconds of the processors, megabytes of memory and megabytes of the page."""
    started = time.perf_counter()
    command = [sys.executable, "-c", RUNNER, "report", str(folder / "run"), "--images", mode]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(done.stderr)
    size = (folder / "run" / "report.html").stat().st_size / 1e6
    working, memory = map(float, done.stdout.splitlines()[-1].split())
    return seconds, working, memory, size


def open_page(path: Path, profile: Path) -> float | None:
    """Seconds until the list of samples of the page can be used; None without a browser."""
    program, helper = shutil.which("chromium"), shutil.which("chromedriver")
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        return None
    if program is None or helper is None:
        return None
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(helper))
    try:
        driver.get(path.as_uri())
        cards, seconds = driver.execute_script(
            "return [document.querySelectorAll('.card').length,"
            " performance.getEntriesByType('navigation')[0].domComplete / 1000]"
        )
    finally:
        driver.quit()
    if not cards:
        raise SystemExit("the page shows no sample")
    return float(seconds)


def main() -> None:
    """Makes the run, writes the page, opens it and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=6623)
    parser.add_argument("--models", type=int, default=3)
    parser.add_argument("--side", type=int, default=64)
    parser.add_argument("--images", choices=("none", "thumbs", "full"), default="thumbs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_dataset(folder / "data", samples=options.samples, side=options.side)
        write_run(folder, models=options.models, side=options.side)
        seconds, working, memory, size = write_page(folder, options.images)
        opened = open_page(folder / "run" / "report.html", folder / "profile")
    what = f"{options.samples} x {options.models}, images of {options.side} pixels, {options.images}"
    print(f"{what}, {os.cpu_count()} cores")
    print(f"written in {seconds:.1f} s ({working:.1f} s of the processors), {memory:.0f} MB of memory")
    print(f"the page has {size:.1f} MB")
    print("no browser to open it" if opened is None else f"opened in {opened:.2f} s")


if __name__ == "__main__":
    main()
