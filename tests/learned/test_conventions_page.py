"""Every figure of the page on conventions is what comes out here."""

from __future__ import annotations

import json
import re
import statistics
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.images import decode, resize
from medgen_pytest.metrics.bertscore import BERTSCORE
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.contract import Pair
from medgen_pytest.metrics.lpips.distance import distances, scaling, unit_length
from medgen_pytest.metrics.lpips.networks import NETWORKS, features
from medgen_pytest.metrics.lpips.settings import LpipsOptions
from medgen_pytest.metrics.lpips.view import View
from medgen_pytest.metrics.lpips.weights import load_heads, load_layers, locate
from medgen_pytest.metrics.psnr import psnr
from medgen_pytest.metrics.registry import build_metric
from medgen_pytest.metrics.ssim import ssim
from tests.docs.pages import ROOT, codes_in, prose_of, table_of
from tests.learned.bertscore.encoders import minilm, minilm_context
from tests.learned.packages import require
from tests.metrics.saved_outputs import read_saved_pairs

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.domain.score import Score
    from medgen_pytest.metrics.contract import Convention
    from tests.small_dataset import Pixels

torch = require("torch")
require("transformers")
PAGE = ROOT / "docs" / "conventions.md"


def figures(row: dict[str, str]) -> list[float]:
    """The numbers of a row, without its first cell."""
    return [float(cell.split()[0]) for cell in list(row.values())[1:]]


def image(path: Path) -> Pixels:
    return decode(path.read_bytes(), name=path.name)


def wrapped_psnr(preds: Pixels, target: Pixels) -> float:
    """What subtracting and squaring in uint8 gives."""
    return float(10 * np.log10(255**2 / np.mean(((preds - target) ** 2).astype(float))))


def lpips_of_examples(shared: Path, *, rules: Convention, **options: object) -> list[float]:
    context = MetricContext(torch_home=shared / "weights" / "torch", device="cpu", options={"lpips": options})
    target, *preds = (image(shared / "golden" / f"ex_{name}.png") for name in ("ref", "p0", "p1"))
    pairs = [Pair(task=Task.ARTIFACT_REMOVAL, pred_image=pred, target_image=target) for pred in preds]
    return [score.value or 0.0 for score in build_metric("lpips", convention=rules, context=context).score(pairs)]


def bertscores(pairs: list[tuple[str, str]], *, layer: int = 6) -> list[Score]:
    context = minilm_context(layer=layer)
    texts = [Pair(task=Task.REPORT_GENERATION, pred_text=pred, target_text=target) for pred, target in pairs]
    return build_metric("bertscore", convention="canonical", context=context).score(texts)


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_range_of_lpips(shared: Path) -> None:
    text = (shared / "data" / "outputs-classical" / "expected_scores.json").read_text(encoding="utf-8")
    samples = [record for record in json.loads(text)["samples"].values() if "lpips" in record]
    counts, most = table_of(PAGE, heading="72 recorded outputs")

    changed = max(samples, key=lambda record: record["lpips"] - record["lpips_unit_range"])
    found = [sum(record[key] > 0.6 for record in samples) for key in ("lpips", "lpips_unit_range")]

    assert len(samples) == 72
    assert found == figures(counts)
    assert [changed["lpips"], changed["lpips_unit_range"]] == pytest.approx(figures(most), abs=5e-4)


def test_the_size_of_lpips(shared: Path) -> None:
    text = prose_of(PAGE)
    rows = re.findall(r"^\| ([^|]+), \[(-1|0), 1\] \| ([\d.]+) \| ([\d.]+) \|$", text, re.MULTILINE)

    assert len(rows) == 4
    for size, low, *values in rows:
        rules: Convention = "canonical" if low == "-1" else "upstream"
        found = lpips_of_examples(shared, rules=rules, resize="native" if size == "own size" else 256)
        assert found == pytest.approx([float(value) for value in values], abs=5.1e-4)


def test_the_filter_that_resizes(shared: Path) -> None:
    tasks = shared / "data" / "medgen-mini" / "ImageEditing"
    target = image(tasks / "resolution-editing" / "images" / "0000_target.png")
    height, width, _ = target.shape
    small = Image.fromarray(resize(target, width=width // 2, height=height // 2))
    filters = (Image.Resampling.LANCZOS, Image.Resampling.BILINEAR, Image.Resampling.NEAREST)

    for row, kind in zip(table_of(PAGE, heading="filter"), filters, strict=True):
        back = np.asarray(small.resize((width, height), kind))
        similarity, ratio = figures(row)
        assert ssim(back, target) == pytest.approx(similarity, abs=5e-4)
        assert psnr(back, target) == pytest.approx(ratio, abs=5e-3)


def test_psnr_that_wraps(shared: Path) -> None:
    noise, medians, shares = re.findall(
        r"^\| [^|]+ \| ([\d.]+) (?:dB|%) \| ([\d.]+) (?:dB|%) \|$", prose_of(PAGE), re.M
    )
    rng = np.random.default_rng(0)
    one, other = (rng.integers(0, 256, (256, 256, 3), dtype=np.uint8) for _ in range(2))
    files = sorted((shared / "data" / "medgen-mini" / "ImageEditing").glob("*/images/*_target.png"))
    targets = [image(file) for file in files]
    pairs = [
        (target, resize(targets[(number + 7) % len(targets)], width=target.shape[1], height=target.shape[0]))
        for number, target in enumerate(targets)
    ]

    true, wrapped = ([measure(*pair) for pair in pairs] for measure in (psnr, wrapped_psnr))

    assert len(pairs) == 36
    assert [psnr(one, other), wrapped_psnr(one, other)] == pytest.approx([float(value) for value in noise], abs=0.051)
    found = [statistics.median(true), statistics.median(wrapped)]
    assert found == pytest.approx([float(value) for value in medians], abs=0.051)
    share = [100 * sum(value >= 28 for value in values) / len(values) for values in (true, wrapped)]
    assert share == pytest.approx([float(value) for value in shares], abs=0.5)


@pytest.mark.slow
def test_the_layer_of_bertscore(shared: Path) -> None:
    notes = lines(shared / "data" / "text" / "mts_dialog_summaries.jsonl")
    own = [(note["prediction"], note["reference"]) for note in notes]
    anothers = [
        (notes[(number + 13) % len(notes)]["prediction"], note["reference"]) for number, note in enumerate(notes)
    ]

    for row in table_of(PAGE, heading="layer"):
        means = [
            statistics.mean(
                score.value for score in bertscores(pairs, layer=int(row["layer"])) if score.value is not None
            )
            for pairs in (own, anothers)
        ]
        assert means == pytest.approx(figures(row), abs=5.1e-4)


def largest_and_median(differences: list[float]) -> list[float]:
    return [max(differences), statistics.median(differences)]


@pytest.mark.slow
def test_half_precision_of_lpips(shared: Path) -> None:
    (row, _) = table_of_half_precision()
    network, view = NETWORKS["alex"], View(convention="canonical", side=256)
    files = locate(LpipsOptions(), MetricContext(torch_home=shared / "weights" / "torch"))
    assert files.heads is not None
    layers, heads = load_layers(torch, network, files.checkpoint), load_heads(torch, network, files.heads)
    factors, offsets = (torch.tensor(values) for values in scaling("canonical"))

    def see(picture: Pixels, kind: Any) -> list[Any]:
        weights = {name: layer.to(kind) for name, layer in layers.items()}
        pixels = torch.from_numpy(np.stack([view.fit(picture)])).float()
        fed = (pixels * factors + offsets).to(kind).permute(0, 3, 1, 2)
        return [unit_length(torch, layer) for layer in features(torch, network, weights, fed)]

    def distance(images: tuple[Pixels, Pixels], kind: Any) -> float:
        pred, target = (see(picture, kind) for picture in images)
        return float(distances(pred, target, heads))

    pairs = [
        (pair.pred_image, pair.target_image)
        for pair in read_saved_pairs(shared).values()
        if pair.pred_image is not None and pair.target_image is not None
    ]
    with torch.inference_mode():
        found = [abs(distance(pair, torch.float16) - distance(pair, torch.float32)) for pair in pairs]

    assert len(found) == 72
    # Half precision is rounded otherwise on other processors: the page gives the order of magnitude.
    assert largest_and_median(found) == pytest.approx(figures(row), rel=0.5)


@pytest.mark.slow
def test_half_precision_of_bertscore(shared: Path) -> None:
    (_, row) = table_of_half_precision()
    notes = lines(shared / "data" / "text" / "mts_dialog_summaries.jsonl")[:60]
    pairs = [(note["prediction"], note["reference"]) for note in notes]
    context = minilm_context()
    metric = BERTSCORE.under("canonical", context)
    metric.prepare()
    assert metric.scorer._loaded is not None
    metric.scorer._loaded.encoder._network.half()

    halved = metric.score(
        [Pair(task=Task.REPORT_GENERATION, pred_text=pred, target_text=target) for pred, target in pairs]
    )

    values = [(half.value, whole.value) for half, whole in zip(halved, bertscores(pairs), strict=True)]
    found = [abs(half - whole) for half, whole in values if half is not None and whole is not None]
    assert len(found) == 60
    assert largest_and_median(found) == pytest.approx(figures(row), rel=0.5)


def table_of_half_precision() -> list[dict[str, str]]:
    rows = re.findall(r"^\| ([^|]+) \| (\d[\d.]*e-\d) \| (\d[\d.]*e-\d) \|$", prose_of(PAGE), re.MULTILINE)
    return [dict(zip(("what", "largest", "median"), row, strict=True)) for row in rows]


def test_negation_that_bertscore_does_not_see() -> None:
    (score,) = bertscores([("There is no pneumothorax.", "There is a pneumothorax.")])

    assert score.value == pytest.approx(0.782, abs=5e-4)
    assert "scores 0.782" in prose_of(PAGE)


def test_text_beyond_the_limit(shared: Path) -> None:
    note = lines(shared / "data" / "text" / "aci_bench_notes.jsonl")[0]["reference"]
    added = " ".join(note.split()) + " IMPRESSION: the patient has metastatic disease and acute pulmonary embolism."

    (score,) = bertscores([(added, note)])

    assert score.value == pytest.approx(1.0, abs=5e-4)
    assert score.notes == ("truncated to 512 tokens: candidate (559), target (544)",)
    assert score.notes[0] in codes_in(prose_of(PAGE).replace("\n", " "))


def test_empty_text() -> None:
    bert_score = require("bert_score")

    (score,) = bertscores([("", "There is a pneumothorax.")])

    assert (score.value, score.reason) == (None, "the candidate text is empty")
    scorer = bert_score.BERTScorer(model_type=minilm(), num_layers=6)
    with pytest.raises(AttributeError):
        scorer.score([""], ["There is a pneumothorax."])
