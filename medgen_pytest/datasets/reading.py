"""Readings: what has been read of a dataset, sound samples and problems side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.datasets.problem import Problem
from medgen_pytest.domain.sample import Sample, Target, make_sample_id
from medgen_pytest.images import MAX_PIXELS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medgen_pytest.datasets.problem import Complaints
    from medgen_pytest.datasets.record import RecordText
    from medgen_pytest.datasets.record_images import RecordImages
    from medgen_pytest.domain.taxonomy import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a dataset is read: whether it may name files outside its folder, and how large an image may be.

    Records that say the same in the field `cluster_by` belong together.
    """

    allow_outside_paths: bool = False
    max_pixels: int = MAX_PIXELS
    cluster_by: str | None = None


class Reading:
    """Gathers the samples, the problems and the authors' own record names while a dataset is read."""

    def __init__(self) -> None:
        self.samples: dict[str, Sample] = {}
        self.problems: list[Problem] = []
        self.names: dict[str, str] = {}
        self._counts: Counter[Task] = Counter()

    def count(self, task: Task) -> int:
        """The position, from 1, of the next record of a task."""
        self._counts[task] += 1
        return self._counts[task]

    def add_problem(self, where: str, message: str) -> None:
        """Note what is wrong with a file."""
        self.problems.append(Problem(where=where, message=message))

    def add(
        self,
        text: RecordText | None,
        images: RecordImages,
        *,
        identity: tuple[Task, int],
        provenance: Mapping[str, object],
        log: Complaints,
    ) -> str | None:
        """Take a record in when nothing is wrong with it, else its complaints; the sample's id.

        `identity` is its task and its ordinal. Two records of one id are a problem of the second.
        """
        task, ordinal = identity
        sample_id = make_sample_id(task, ordinal)
        first = self.samples.get(sample_id)
        if first is not None:
            log.add(f"duplicate sample id {sample_id!r}: it is already that of {first.where}")
        if text is None or log.problems:
            self.problems.extend(log.problems)
            return None
        self.samples[sample_id] = Sample(
            sample_id=sample_id,
            task=task,
            modality=text.modality,
            instruction=text.instruction,
            inputs=images.inputs,
            target=Target(image=images.reference, text=text.answer),
            choices=text.choices,
            subtask=text.subtask,
            where=log.where,
            cluster=text.cluster,
            provenance=provenance,
        )
        return sample_id
