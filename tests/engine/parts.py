"""Samples, models and metrics by hand for tests of the engine."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from medgen_pytest.domain.output import ModelOutput
from medgen_pytest.domain.sample import Sample, Target, make_sample_id
from medgen_pytest.domain.score import Score
from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.images import StoredImage, encode_png
from medgen_pytest.metrics.contract import MetricSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from medgen_pytest.domain.sample import Request
    from medgen_pytest.metrics.contract import Pair


def picture(seed: int = 0, *, height: int = 12, width: int = 16) -> NDArray[np.uint8]:
    """Random pixels."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def image(data: bytes | None = None, *, name: str = "image.png") -> StoredImage:
    """An image of these bytes; a small picture without any."""
    encoded = encode_png(picture()) if data is None else data
    return StoredImage(name, lambda: encoded)


def unreadable(name: str = "gone.png") -> StoredImage:
    """An image whose file is not there."""

    def reader() -> bytes:
        raise FileNotFoundError(name)

    return StoredImage(name, reader)


def sample(
    task: Task = Task.MULTIPLE_CHOICE,
    *,
    number: int = 1,
    modality: Modality = Modality.CT,
    subtask: str | None = None,
    source: StoredImage | None = None,
    target: StoredImage | None = None,
) -> Sample:
    """A sample of a task, with an image and a text as its target where its format wants them."""
    wants_image, wants_text = task.format.wants_image, task.format.wants_text
    return Sample(
        sample_id=make_sample_id(task, number),
        task=task,
        modality=modality,
        subtask=subtask,
        instruction="Which side? Choose one option: A. left B. right",
        inputs=(source or image(),),
        target=Target(
            image=(target or image(name="target.png")) if wants_image else None,
            text="A. left" if wants_text else None,
        ),
        choices=("A. left", "B. right"),
    )


@dataclass
class CountingModel:
    """A model that does what it is told and remembers what it was asked."""

    reply: Callable[[Request], object] = lambda _request: ModelOutput(text="A. left")
    revision: str = "1"
    asked: list[str] = field(default_factory=list)
    closed: int = 0

    @property
    def identity(self) -> Mapping[str, object]:
        """Its revision."""
        return {"adapter": "counting", "revision": self.revision}

    def answer(self, request: Request) -> ModelOutput:
        """Whatever `reply` gives, of the right type or not."""
        self.asked.append(request.sample_id)
        return self.reply(request)  # type: ignore[return-value]  # models that break the contract are the point

    def close(self) -> None:
        """Counts."""
        self.closed += 1


@dataclass(frozen=True)
class LengthMetric:
    """The length of the text; `score_pair` takes its place where a test wants another."""

    name: str = "length"
    convention: str = "length/canonical@1"
    score_pair: Callable[[Pair], object] | None = None

    @property
    def spec(self) -> MetricSpec:
        """It applies to texts."""
        return MetricSpec(
            name=self.name,
            title="Length",
            version=1,
            kind="text",
            direction="higher",
            low=0,
            high=1000,
            units="characters",
            formats=frozenset({Format.VQA, Format.MULTIMODAL_GENERATION}),
        )

    def score(self, pairs: Sequence[Pair]) -> list[Score]:
        """One a pair."""
        return [self.score_pair(pair) if self.score_pair else self._length(pair) for pair in pairs]  # type: ignore[misc]  # metrics that break the contract are the point

    def _length(self, pair: Pair) -> Score:
        return Score(
            metric=self.name,
            value=float(len(pair.pred_text or "")),
            direction="higher",
            convention=self.convention,
        )
