"""Donors: the samples whose image or instruction takes the place of another's."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import nsmallest
from typing import TYPE_CHECKING, Literal

from medgen_pytest.evaluation.expert_sample import lot
from medgen_pytest.runs.stored_outputs import output_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.domain.taxonomy import Modality
    from medgen_pytest.judge.controls import Control
    from medgen_pytest.store import RunDirectory

_MOST_TRIED = 8
"""Donors of each kind that are looked at; one may be broken, or show the same picture."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Donor:
    """Images of another sample: those that it came with, or the one of the output to it."""

    sample_id: str
    modality: Modality
    kind: Literal["input", "output"]
    load: Callable[[], Sequence[NDArray[np.uint8]]]

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return {"sample_id": self.sample_id, "modality": self.modality.value, "image": self.kind}


class Donors:
    """Draws donors by lot: the same ones for the same seed, samples and outputs, and never the sample itself."""

    def __init__(
        self, samples: Iterable[Sample], outputs: Iterable[SampleResult], store: RunDirectory, *, seed: int
    ) -> None:
        self._samples = list(samples)
        self._outputs = [_donating(result, store) for result in outputs if result.output.image is not None]
        self._inputs = [_giving(sample) for sample in self._samples if sample.inputs]
        self._seed = seed

    def images(self, sample: Sample, control: Control) -> Iterator[Donor]:
        """Donors of the same modality (`same-modality`), or of another, for the images of a sample.

        An output's image is replaced by that of another output as long as there is one, an input by an input.
        """
        is_same = control == "same-modality"
        for group in [self._outputs, self._inputs] if sample.format.wants_image else [self._inputs]:
            others = [
                donor
                for donor in group
                if donor.sample_id != sample.sample_id and (donor.modality is sample.modality) is is_same
            ]
            yield from nsmallest(_MOST_TRIED, others, key=lambda donor: self._lot(control, sample, donor.sample_id))

    def instruction(self, sample: Sample) -> Sample | None:
        """A sample of the same format with an instruction of another text; None where there is none."""
        said = _folded(sample.instruction)
        others = (
            other for other in self._samples if other.format is sample.format and _folded(other.instruction) != said
        )
        return min(others, key=lambda other: self._lot("instruction", sample, other.sample_id), default=None)

    def _lot(self, control: Control, sample: Sample, donor: str) -> str:
        return lot(self._seed, control, sample.sample_id, donor)


def _donating(result: SampleResult, store: RunDirectory) -> Donor:
    def load() -> Sequence[NDArray[np.uint8]]:
        image = output_of(result, store).image
        return [image] if image is not None else []

    return Donor(sample_id=result.sample_id, modality=result.modality, kind="output", load=load)


def _giving(sample: Sample) -> Donor:
    return Donor(
        sample_id=sample.sample_id,
        modality=sample.modality,
        kind="input",
        load=lambda: [image.array() for image in sample.inputs],
    )


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
