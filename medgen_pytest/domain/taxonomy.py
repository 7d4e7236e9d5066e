"""Formats, tasks and modalities of MedGEN-Bench, with every spelling its files use."""

from __future__ import annotations

import re
from enum import Enum

from medgen_pytest.errors import ConfigError, unknown_name


class Format(str, Enum):
    """What goes in and what comes out; the value is the name used everywhere."""

    VQA = "vqa"
    IMAGE_EDITING = "image_editing"
    MULTIMODAL_GENERATION = "multimodal_generation"

    __str__ = str.__str__

    @property
    def wants_text(self) -> bool:
        """Whether an answer of this format holds text."""
        return self is not Format.IMAGE_EDITING

    @property
    def wants_image(self) -> bool:
        """Whether an answer of this format holds an image."""
        return self is not Format.VQA

    @property
    def code(self) -> str:
        """The short name that sample ids begin with."""
        return _FORMAT_CODES[self]


class Modality(str, Enum):
    """The six imaging modalities, spelt as the paper does."""

    CT = "CT"
    MRI = "MRI"
    ULTRASOUND = "Ultrasound"
    X_RAY = "X-Ray"
    PATHOLOGY = "Pathology"
    CLINICAL_PHOTOGRAPHY = "Clinical Photography"

    __str__ = str.__str__


class Task(str, Enum):
    """The sixteen tasks; each belongs to one format."""

    MULTIPLE_CHOICE = "multiple-choice"
    BLANK_FILLING = "blank-filling"
    REPORT_GENERATION = "report-generation"
    QUESTION_ANSWERING = "question-answering"
    STYLE_TRANSFER = "style-transfer"
    ARTIFACT_REMOVAL = "artifact-removal"
    NOISE_RECONSTRUCTION = "noise-reconstruction"
    RESOLUTION_EDITING = "resolution-editing"
    CONTRAST_ENHANCEMENT = "contrast-enhancement"
    ANATOMICAL_ANNOTATION = "anatomical-annotation"
    DISEASE_PREDICTION = "disease-prediction"
    INSTRUCTION_EDITING = "instruction-editing"
    ORGANIC_REMOVAL = "organic-removal"
    ORGANIC_RECONSTRUCTION = "organic-reconstruction"
    PROJECTION_3D_TO_2D = "3d-to-2d-projection"
    RECONSTRUCTION_2D_TO_3D = "2d-to-3d-reconstruction"

    __str__ = str.__str__

    @property
    def format(self) -> Format:  # type: ignore[override]  # the noun is the benchmark's; no task is a template
        """The format this task belongs to."""
        return _TASK_FORMATS[self]


_FORMAT_CODES = {Format.VQA: "vqa", Format.IMAGE_EDITING: "edit", Format.MULTIMODAL_GENERATION: "gen"}

_TASKS_BY_FORMAT = {
    Format.VQA: (
        Task.MULTIPLE_CHOICE,
        Task.BLANK_FILLING,
        Task.REPORT_GENERATION,
        Task.QUESTION_ANSWERING,
    ),
    Format.IMAGE_EDITING: (
        Task.STYLE_TRANSFER,
        Task.ARTIFACT_REMOVAL,
        Task.NOISE_RECONSTRUCTION,
        Task.RESOLUTION_EDITING,
        Task.CONTRAST_ENHANCEMENT,
        Task.ANATOMICAL_ANNOTATION,
    ),
    Format.MULTIMODAL_GENERATION: (
        Task.DISEASE_PREDICTION,
        Task.INSTRUCTION_EDITING,
        Task.ORGANIC_REMOVAL,
        Task.ORGANIC_RECONSTRUCTION,
        Task.PROJECTION_3D_TO_2D,
        Task.RECONSTRUCTION_2D_TO_3D,
    ),
}
_TASK_FORMATS = {task: form for form, tasks in _TASKS_BY_FORMAT.items() for task in tasks}

# Keys are folded (lower case, letters and digits only), so that `X-ray`, `x_ray` and `X Ray` are one spelling.
_FORMAT_ALIASES = {
    "vqa": Format.VQA,
    "visualquestionanswering": Format.VQA,
    "imageediting": Format.IMAGE_EDITING,
    "imageedit": Format.IMAGE_EDITING,
    "edit": Format.IMAGE_EDITING,
    "multimodalgeneration": Format.MULTIMODAL_GENERATION,
    "contextualmultimodalgeneration": Format.MULTIMODAL_GENERATION,
    "mmgeneration": Format.MULTIMODAL_GENERATION,
    "generation": Format.MULTIMODAL_GENERATION,
    "gen": Format.MULTIMODAL_GENERATION,
}
_TASK_ALIASES = {
    "organremoval": Task.ORGANIC_REMOVAL,
    "organreconstruction": Task.ORGANIC_RECONSTRUCTION,
    "3d2dprojection": Task.PROJECTION_3D_TO_2D,
    "2d3dreconstruction": Task.RECONSTRUCTION_2D_TO_3D,
    "multichoice": Task.MULTIPLE_CHOICE,
    "questionanswer": Task.QUESTION_ANSWERING,
    "resolutionedit": Task.RESOLUTION_EDITING,
    "instructionedit": Task.INSTRUCTION_EDITING,
    "dyetransfer": Task.STYLE_TRANSFER,
}
_MODALITY_ALIASES = {
    "computedtomography": Modality.CT,
    "ctscan": Modality.CT,
    "magneticresonanceimaging": Modality.MRI,
    "mr": Modality.MRI,
    "ultrasonography": Modality.ULTRASOUND,
    "us": Modality.ULTRASOUND,
    "radiography": Modality.X_RAY,
    "radiograph": Modality.X_RAY,
    "histopathology": Modality.PATHOLOGY,
    "clinicalphoto": Modality.CLINICAL_PHOTOGRAPHY,
    "clinicalphotograph": Modality.CLINICAL_PHOTOGRAPHY,
    "clinicalphotos": Modality.CLINICAL_PHOTOGRAPHY,
    "clinicalphotographs": Modality.CLINICAL_PHOTOGRAPHY,
}


def tasks_of(form: Format) -> tuple[Task, ...]:
    """The tasks of a format, in the order of the paper."""
    return _TASKS_BY_FORMAT[form]


def fold(text: str) -> str:
    """Lower case with letters and digits only: what makes two spellings one."""
    return re.sub(r"[^a-z0-9]", "", text.lower())


def parse_format(text: str) -> Format:
    """The format of any of its spellings. Raises ConfigError naming the nearest known one."""
    found = _FORMAT_ALIASES.get(fold(text))
    if found is None:
        raise ConfigError(unknown_name("format", text, [form.value for form in Format]))
    return found


def parse_task(text: str) -> Task:
    """The task of any of its spellings. Raises ConfigError naming the nearest known one."""
    folded = fold(text)
    found = _TASK_ALIASES.get(folded) or _FOLDED_TASKS.get(folded)
    if found is None:
        raise ConfigError(unknown_name("task", text, [task.value for task in Task]))
    return found


def parse_modality(text: str) -> Modality:
    """The modality of any of its spellings. Raises ConfigError naming the nearest known one."""
    folded = fold(text)
    found = _MODALITY_ALIASES.get(folded) or _FOLDED_MODALITIES.get(folded)
    if found is None:
        raise ConfigError(unknown_name("modality", text, [modality.value for modality in Modality]))
    return found


_FOLDED_TASKS = {fold(task.value): task for task in Task}
_FOLDED_MODALITIES = {fold(modality.value): modality for modality in Modality}
