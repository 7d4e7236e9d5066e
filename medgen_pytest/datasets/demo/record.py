"""Records of the demo dataset: what is drawn and said for one sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from medgen_pytest.domain.taxonomy import Format, Modality, Task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from medgen_pytest.datasets.demo.chance import Chance

SOURCE = "medgen-pytest demo"

FORMAT_FOLDERS = {
    Format.VQA: "VQA",
    Format.IMAGE_EDITING: "ImageEditing",
    Format.MULTIMODAL_GENERATION: "MultimodalGeneration",
}
"""The folder of each format in the organised tree."""

_CATEGORIES = {Format.VQA: "VQA", Format.IMAGE_EDITING: "ImageEdit", Format.MULTIMODAL_GENERATION: "MMGeneration"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRecord:
    """One record with its pixels; `chance` names it, and seeds every draw of its phantoms."""

    chance: Chance
    task: Task
    modality: Modality
    phantom: str
    instruction: str
    inputs: tuple[NDArray[np.uint8], ...]
    target: NDArray[np.uint8] | None = None
    answer: str | Mapping[str, str] | None = None
    choices: tuple[str, ...] = ()
    subtask: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)

    def row(self, *, inputs: list[str], target: str | None) -> dict[str, object]:
        """The record as a line of `data.jsonl`, with the paths under which its images were written."""
        row: dict[str, object] = {
            "instruction": self.instruction,
            "input_image": inputs,
            "ground_truth_image": [] if target is None else [target],
            "modality": self.modality.value,
            "category": _CATEGORIES[self.task.format],
            "paper_format": FORMAT_FOLDERS[self.task.format],
            "paper_task": self.task.value,
            "paper_subtask": self.subtask,
            "observed_subtask": self.subtask,
            "_organization": self._provenance(),
        }
        if self.answer is not None:
            row["answer"] = self.answer if isinstance(self.answer, str) else dict(self.answer)
        if self.choices:
            row["choice"] = list(self.choices)
        return row

    def _provenance(self) -> dict[str, object]:
        return {
            "source": SOURCE,
            "record": self.chance.name,
            "phantom": self.phantom,
            "seed": self.chance.seed,
            **self.facts,
        }


RecordMaker = Callable[[], DemoRecord]
"""Draws one record; the same one each time."""
