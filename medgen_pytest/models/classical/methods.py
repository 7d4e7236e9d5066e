"""Methods: which solver answers which task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.models.classical.annotation import annotate
from medgen_pytest.models.classical.artefacts import remove_artefact
from medgen_pytest.models.classical.contrast import change_contrast
from medgen_pytest.models.classical.editing import edit
from medgen_pytest.models.classical.geometry import project, view_obliquely
from medgen_pytest.models.classical.inpainting import reconstruct_structure, remove_structure
from medgen_pytest.models.classical.noise import remove_noise
from medgen_pytest.models.classical.resolution import change_resolution
from medgen_pytest.models.classical.style import change_style

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

# Below this, an image holds nothing to filter, and filters have no neighbourhood to look at.
_SMALLEST = 8


def solve(task: Task, images: Sequence[NDArray[np.uint8]], instruction: str) -> NDArray[np.uint8]:
    """The image that answers a task: made from the input images and the instruction alone.

    The tasks that take one image take the first. An instruction that says nothing a method knows gets the
    method's default, often the image itself.
    """
    if task is Task.PROJECTION_3D_TO_2D:
        return project(images, instruction)
    pixels = images[0]
    if task not in _ANY_SIZE and min(pixels.shape[:2]) < _SMALLEST:
        return pixels
    return METHODS[task](pixels, instruction)


def keep(pixels: NDArray[np.uint8], _instruction: str) -> NDArray[np.uint8]:
    """The image itself: the fair guess where nothing short of learning could tell what changes."""
    return pixels


METHODS: dict[Task, Callable[[NDArray[np.uint8], str], NDArray[np.uint8]]] = {
    Task.STYLE_TRANSFER: change_style,
    Task.ARTIFACT_REMOVAL: remove_artefact,
    Task.NOISE_RECONSTRUCTION: remove_noise,
    Task.RESOLUTION_EDITING: change_resolution,
    Task.CONTRAST_ENHANCEMENT: change_contrast,
    Task.ANATOMICAL_ANNOTATION: annotate,
    Task.DISEASE_PREDICTION: keep,
    Task.INSTRUCTION_EDITING: edit,
    Task.ORGANIC_REMOVAL: remove_structure,
    Task.ORGANIC_RECONSTRUCTION: reconstruct_structure,
    Task.RECONSTRUCTION_2D_TO_3D: view_obliquely,
}
"""The solver of each task that takes one image."""

_ANY_SIZE = {Task.RESOLUTION_EDITING, Task.STYLE_TRANSFER, Task.INSTRUCTION_EDITING, Task.DISEASE_PREDICTION}
