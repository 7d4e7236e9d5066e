"""The gallery: what there is to see of each sample and output, or why it is not shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.domain.result import SampleResult
    from medgen_pytest.reports.page.image_mode import ImageMode


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image of `width` x `height` pixels, made from one of `original` (width, height).

    `source` is a data URL, or the path of a file relative to the page. `digest` is the SHA-256 of what it was made
    from: the pixels of an output as the run stored them, the file of an image of the dataset.
    """

    source: str = field(repr=False)
    width: int
    height: int
    original: tuple[int, int]
    is_exact: bool
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """An image that is not shown, and why; `digest` as far as it is known."""

    reason: str
    digest: str | None = None


Shown = Picture | Absent


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSample:
    """What the dataset says of a sample. `problem` says why that is not all."""

    instruction: str | None = None
    choices: tuple[str, ...] = ()
    reference_text: str | None = None
    inputs: tuple[Shown, ...] = ()
    reference: Shown | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """The material of a run by sample, and its output images by the name under which they are stored.

    `left_out` counts the samples whose images found no room. `problem` says why the dataset is not shown at all.
    """

    mode: ImageMode
    samples: Mapping[str, ShownSample]
    outputs: Mapping[str, Shown]
    left_out: int = 0
    problem: str | None = None

    @property
    def pictures(self) -> list[Picture]:
        """Everything that is shown, in no order."""
        of_samples = (image for sample in self.samples.values() for image in (*sample.inputs, sample.reference))
        return [image for image in (*of_samples, *self.outputs.values()) if isinstance(image, Picture)]

    def output(self, result: SampleResult) -> Shown | None:
        """The image of an output; None where it has none."""
        name = result.output.image
        return None if name is None else self.outputs[name]
