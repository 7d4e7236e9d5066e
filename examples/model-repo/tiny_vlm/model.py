"""The model as medgen asks it: one object, three formats."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from tiny_vlm.answering import Language, answer
from tiny_vlm.editing import Filters, edit
from tiny_vlm.seeing import features_of

if TYPE_CHECKING:
    from medgen_pytest import Request

WEIGHTS = Path(__file__).parent / "weights.npz"


class Weights(NamedTuple):
    """All that was learned."""

    language: Language
    filters: Filters


class Model:
    """Answers requests. The weights are read when the first one comes: not every process that makes a model asks it."""

    def __init__(self, *, weights: str = str(WEIGHTS)) -> None:
        self.path = Path(weights)
        self._weights: Weights | None = None

    @property
    def identity(self) -> dict[str, str]:
        """What makes this model this model: a resumed run asks again when other weights lie behind the same name."""
        return {"weights": hashlib.sha256(self.path.read_bytes()).hexdigest() if self.path.is_file() else "missing"}

    def check(self) -> list[str]:
        """What is wrong, asked before the run: one line here is better than an error for each sample."""
        return [] if self.path.is_file() else [f"no weights at {self.path}; make them with: python train.py"]

    def answer(self, request: Request) -> dict[str, object]:
        """Text, an image or both: whatever the format of the request asks for."""
        weights = self._loaded()
        image = request.inputs[0].array() / 255
        if not request.wants_image:
            text = answer(request.instruction, request.choices, features_of(image), weights.language)
            return {"text": text}
        edited = edit(image, request.instruction, weights.filters)
        return {"image": edited.image, "text": edited.sentence if request.wants_text else None}

    def _loaded(self) -> Weights:
        if self._weights is None:
            self._weights = load(self.path)
        return self._weights


def load(path: Path) -> Weights:
    """The weights of a file. Without pickle: a file of weights must not be able to run code."""
    with np.load(path, allow_pickle=False) as stored:
        words, sentences = (tuple(str(text) for text in stored[name]) for name in ("words", "sentences"))
        language = Language(words=words, seen=stored["seen"], sentences=sentences)
        return Weights(language=language, filters=Filters(*(stored[name] for name in Filters._fields)))


def save(weights: Weights, path: Path) -> None:
    """Writes a file that `load` reads."""
    language, filters = weights
    arrays = {name: array.astype(np.float32) for name, array in filters._asdict().items()}
    np.savez_compressed(
        path,
        words=np.array(language.words),
        seen=language.seen.astype(np.float32),
        sentences=np.array(language.sentences),
        **arrays,
    )
