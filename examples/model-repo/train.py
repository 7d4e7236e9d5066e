"""Trains the model on drawings and writes its weights: `python train.py`, a few seconds.

All of it is least squares, so the same drawings give the same weights.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from drawings import SIDE, draw
from tiny_vlm.answering import Language, words_in
from tiny_vlm.editing import Filters, enlarged, neighbours
from tiny_vlm.model import WEIGHTS, Weights, save
from tiny_vlm.seeing import features_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from drawings import Drawing

KERNEL = 7
NOISE = [0.02, 0.05, 0.1]
"""What is taken out: standard deviations, where white is 1."""


def train(*, rounds: int, noise: Sequence[float], seed: int) -> Weights:
    """The weights that these drawings give."""
    chance = np.random.default_rng(seed)
    drawings = list(draw(rounds, chance=chance))
    language = learn_language(drawings, chance=chance)
    few = drawings[:18]  # filters learn from pixels, of which each drawing has thousands
    return Weights(language=language, filters=learn_filters(few, noise=noise, chance=chance))


def learn_language(drawings: Sequence[Drawing], *, chance: np.random.Generator) -> Language:
    """How much each feature of a picture speaks for each word of its caption."""
    captions = [words_in(drawing.caption) for drawing in drawings]
    words = sorted({word for caption in captions for word in caption})
    said = np.array([[word in caption for word in words] for caption in captions], dtype=float)
    features = np.array([features_of(worn(drawing.picture, chance)) for drawing in drawings])
    # A word that stands in every caption says nothing: what counts is how a picture differs from the average one.
    seen = fit(features, said - said.mean(axis=0), penalty=30)
    return Language(words=words, seen=seen, sentences=sorted({drawing.caption for drawing in drawings}))


def worn(picture: NDArray[np.float64], chance: np.random.Generator) -> NDArray[np.float64]:
    """A picture as another scanner would show it: brighter or darker, and with grain."""
    grain = chance.normal(0, chance.uniform(0, 0.15), picture.shape[:2])[..., None]
    return np.clip(picture ** chance.uniform(0.6, 1.6) + grain, 0, 1)


def learn_filters(drawings: Sequence[Drawing], *, noise: Sequence[float], chance: np.random.Generator) -> Filters:
    """Kernels that lead from spoilt pictures back to the good ones, and the levels of good ones."""
    good = [drawing.picture for drawing in drawings]
    # Ultrasound has speckle of its own: where that is to be kept, nobody learns to take noise out.
    clean = [drawing.picture for drawing in drawings if "ultrasound" not in drawing.caption]
    noisy = [[np.clip(picture + chance.normal(0, sigma, picture.shape), 0, 1) for picture in clean] for sigma in noise]
    small = [picture.reshape(SIDE // 2, 2, SIDE // 2, 2, 3).mean(axis=(1, 3)) for picture in good]
    return Filters(
        noise=np.array(noise),
        denoise=np.array([learn_kernel(spoilt, clean) for spoilt in noisy]),
        sharpen=learn_kernel([enlarged(picture, "") for picture in small], good),
        levels=np.mean([np.quantile(picture, (0.01, 0.99)) for picture in good], axis=0),
    )


def learn_kernel(spoilt: Sequence[NDArray[np.float64]], good: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The kernel that makes the spoilt pictures most like the good ones."""
    around = np.concatenate([neighbours(picture, KERNEL).reshape(-1, KERNEL**2) for picture in spoilt])
    wanted = np.concatenate([picture.ravel() for picture in good])
    return fit(around, wanted, penalty=0.1).reshape(KERNEL, KERNEL)


def fit(given: NDArray[np.float64], wanted: NDArray[np.float64], *, penalty: float) -> NDArray[np.float64]:
    """Least squares; the penalty keeps weights small where the drawings do not say what they should be."""
    equations = given.T @ given + penalty * np.eye(given.shape[1])
    return np.linalg.solve(equations, given.T @ wanted).astype(np.float64)


def main() -> None:
    """Reads the command line, trains, and writes the weights."""
    parser = argparse.ArgumentParser(description="Train tiny-vlm on drawings.")
    parser.add_argument("--rounds", type=int, default=50, help="how often each kind of drawing is drawn")
    parser.add_argument("--noise", type=float, nargs="+", default=NOISE, help="noise to take out (white: 1)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    chosen = parser.parse_args()
    save(train(rounds=chosen.rounds, noise=chosen.noise, seed=chosen.seed), chosen.output)
    print(f"weights: {chosen.output} ({chosen.output.stat().st_size} bytes)")


if __name__ == "__main__":
    main()
