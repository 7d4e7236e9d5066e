"""Parts: the formats, tasks and modalities of a breakdown in their order, each with its label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.taxonomy import Format, Modality, Task
from medgen_pytest.evaluation.slices import where_of_task

if TYPE_CHECKING:
    from medgen_pytest.evaluation.slices import Where

FORMATS: tuple[tuple[str, Where], ...] = tuple((form.value, (("format", form.value),)) for form in Format)
TASKS: tuple[tuple[str, Where], ...] = tuple((task.value, where_of_task(task)) for task in Task)
MODALITIES: tuple[tuple[str, Where], ...] = tuple((one.value, (("modality", one.value),)) for one in Modality)
