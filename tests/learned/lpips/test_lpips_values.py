"""LPIPS gives the published numbers, those of the package lpips, and those that other tools gave saved outputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from medgen_pytest.metrics.lpips import LPIPS
from tests.learned.lpips.lpips_material import (
    ask_oracle,
    checkpoint_of,
    context,
    noise,
    oracle_of,
    pair_of,
    torch_home,
    values_of,
    write_random_weights,
)
from tests.learned.packages import require
from tests.metrics.saved_outputs import read_expected_scores, read_saved_pairs

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from medgen_pytest.metrics.contract import Convention, Pair

torch = require("torch")

RANDOM = 128


def picture(shared: Path, name: str) -> NDArray[np.uint8]:
    return np.asarray(Image.open(shared / "golden" / name).convert("RGB"))


def square(image: NDArray[np.uint8], side: int = 256) -> NDArray[np.uint8]:
    return np.asarray(Image.fromarray(image).resize((side, side), Image.Resampling.BILINEAR))


@pytest.fixture(scope="module")
def saved(shared: Path) -> dict[str, Pair]:
    return {
        key: pair
        for key, pair in read_saved_pairs(shared).items()
        if pair.pred_image is not None and pair.target_image is not None
    }


@pytest.mark.parametrize(("network", "expected"), [("alex", [0.7219, 0.1376]), ("squeeze", [0.7110, 0.1479])])
def test_the_pictures_of_the_authors_score_as_published(network: str, expected: list[float], shared: Path) -> None:
    target = picture(shared, "ex_ref.png")
    metric = LPIPS.under("canonical", context(torch_home(shared), network=network, resize="native"))

    scores = metric.score([pair_of(picture(shared, f"ex_p{number}.png"), target) for number in (0, 1)])

    # Published to four digits.
    assert values_of(scores) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("convention", "key"), [("canonical", "lpips"), ("upstream", "lpips_unit_range")])
def test_every_saved_output_scores_as_expected(
    convention: Convention, key: str, shared: Path, saved: dict[str, Pair]
) -> None:
    expected = {name: record[key] for name, record in read_expected_scores(shared).items() if key in record}

    scores = LPIPS.under(convention, context(torch_home(shared))).score([saved[name] for name in expected])

    assert len(scores) == 72
    # Single precision on both sides, in another order.
    assert values_of(scores) == pytest.approx(list(expected.values()), abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("network", ["alex", "squeeze"])
def test_two_hundred_pairs_score_as_in_the_package_lpips(network: str, shared: Path, saved: dict[str, Pair]) -> None:
    model = oracle_of(torch, require("lpips"), network, checkpoint_of(network, torch_home(shared)))
    # Only the squares are compared: the resizing is that of `expected_scores.json`, tested above.
    real = [(square(p.pred_image), square(p.target_image)) for p in saved.values()]  # type: ignore[arg-type] # both there
    sizes = np.random.default_rng(5).integers(31, 100, (RANDOM, 2))
    random = [(noise(2 * n, *size), noise(2 * n + 1, *size)) for n, size in enumerate(sizes)]
    metric = LPIPS.under("canonical", context(torch_home(shared), network=network, resize="native"))

    values = values_of(metric.score([pair_of(*images) for images in real + random]))

    assert len(values) == 200
    assert values == pytest.approx([ask_oracle(torch, model, *images) for images in real + random], abs=1e-5, rel=0)


def test_vgg_scores_as_in_the_package_lpips(tmp_path: Path) -> None:
    # The real weights take 528 MB; the same seeded ones on both sides show the same.
    model = oracle_of(torch, require("lpips"), "vgg", write_random_weights(torch, "vgg", tmp_path))
    sizes = [(16, 16), (33, 47), (64, 64), (64, 64), (100, 81)]
    images = [(noise(2 * n, *size), noise(2 * n + 1, *size)) for n, size in enumerate(sizes)]
    metric = LPIPS.under("canonical", context(tmp_path, network="vgg", resize="native"))

    values = values_of(metric.score([pair_of(*both) for both in images]))

    assert min(values) > 0.05
    assert values == pytest.approx([ask_oracle(torch, model, *both) for both in images], abs=1e-5, rel=0)


@pytest.mark.parametrize(("network", "least"), [("alex", 31), ("squeeze", 17), ("vgg", 16)])
def test_the_smallest_image_is_the_smallest_that_the_package_lpips_takes(
    network: str, least: int, tmp_path: Path
) -> None:
    model = oracle_of(torch, require("lpips"), network, write_random_weights(torch, network, tmp_path))
    metric = LPIPS.under("canonical", context(tmp_path, network=network, resize="native"))
    fits = noise(1, least, least), noise(2, least, least)
    small = noise(1, least - 1, 60), noise(2, least - 1, 60)

    scored, unscored = metric.score([pair_of(*fits), pair_of(*small)])

    assert scored.value == pytest.approx(ask_oracle(torch, model, *fits), abs=1e-5)
    assert unscored.value is None
    assert unscored.reason == f"images of 60x{least - 1} pixels; at least {least}x{least} are needed"
    with pytest.raises(RuntimeError, match="too small"):
        ask_oracle(torch, model, *small)
