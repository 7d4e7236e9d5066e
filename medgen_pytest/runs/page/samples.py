"""Samples for the page: what the dataset says of them today, if it is what the run was made on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.errors import ImageError
from medgen_pytest.reports.page.gallery import Absent, ShownSample
from medgen_pytest.runs.page.pictures import digest_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from medgen_pytest.datasets import BenchmarkDataset
    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.domain.sample import Sample
    from medgen_pytest.reports.page.gallery import Shown
    from medgen_pytest.runs.page.pictures import Pictures

NO_ROOM = "left out: the page has room for so many images only (images: full shows all of them)"
CHANGED = "the dataset's images of this sample are not what they were when the run was made: they are not shown"
UNKNOWN = "the dataset has no such sample any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleMaterial:
    """One sample and the output images of all models for it, by name."""

    sample: ShownSample
    outputs: Mapping[str, Shown]


class SampleReader:
    """Reads the material of samples; safe to use from several threads."""

    def __init__(self, dataset: BenchmarkDataset | None, pictures: Pictures) -> None:
        self._dataset = dataset
        self._pictures = pictures

    def read(self, sample_id: str, results: Sequence[SampleResult]) -> SampleMaterial:
        """The texts and images of a sample, and the images of the outputs to it."""
        names = dict.fromkeys(result.output.image for result in results if result.output.image is not None)
        return SampleMaterial(
            sample=self._shown(sample_id, results),
            outputs={name: self._pictures.of_output(name) for name in names},
        )

    def texts(self, sample_id: str, results: Sequence[SampleResult]) -> SampleMaterial:
        """The same without any image, for which there is no room."""
        sample = self._find(sample_id)
        left_out = Absent(reason=NO_ROOM)
        names = dict.fromkeys(result.output.image for result in results if result.output.image is not None)
        return SampleMaterial(
            sample=self._unknown() if sample is None else _sample(sample, _every_image(sample, left_out)),
            outputs={name: Absent(reason=NO_ROOM, digest=digest_in(name)) for name in names},
        )

    def _shown(self, sample_id: str, results: Sequence[SampleResult]) -> ShownSample:
        sample = self._find(sample_id)
        if sample is None:
            return self._unknown()
        if _is_changed(sample, results):
            return _sample(sample, _every_image(sample, Absent(reason=CHANGED)), problem=CHANGED)
        pictures = self._pictures
        shown = tuple(pictures.of_dataset(image) for image in sample.inputs)
        reference = pictures.of_dataset(sample.target.image) if sample.target.image is not None else None
        return _sample(sample, (shown, reference))

    def _unknown(self) -> ShownSample:
        # Without any dataset the page says so once for all samples.
        return ShownSample(problem=UNKNOWN if self._dataset is not None else None)

    def _find(self, sample_id: str) -> Sample | None:
        if self._dataset is None:
            return None
        try:
            return self._dataset.get(sample_id)
        except KeyError:
            return None


def _sample(
    sample: Sample, images: tuple[tuple[Shown, ...], Shown | None], *, problem: str | None = None
) -> ShownSample:
    inputs, reference = images
    return ShownSample(
        instruction=sample.instruction,
        choices=sample.unlisted_choices,
        reference_text=sample.target.text,
        inputs=inputs,
        reference=reference,
        problem=problem,
    )


def _every_image(sample: Sample, shown: Shown) -> tuple[tuple[Shown, ...], Shown | None]:
    return tuple(shown for _ in sample.inputs), shown if sample.target.image is not None else None


def _is_changed(sample: Sample, results: Sequence[SampleResult]) -> bool:
    """Whether the sample is another than any of its results was made on."""
    wanted = {digest for result in results if (digest := result.digests.get("sample")) is not None}
    if not wanted:
        return False
    try:
        return wanted != {sample.content_digest()}
    except ImageError:  # told where the image is to be shown
        return False
