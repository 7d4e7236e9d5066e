"""Formats, tasks and modalities in every spelling that the benchmark's files use."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medgen_pytest.domain.taxonomy import (
    Format,
    Modality,
    Task,
    fold,
    parse_format,
    parse_modality,
    parse_task,
    tasks_of,
)
from medgen_pytest.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

PAPER_TASKS = {
    Format.VQA: ["multiple-choice", "blank-filling", "report-generation", "question-answering"],
    Format.IMAGE_EDITING: [
        "style-transfer",
        "artifact-removal",
        "noise-reconstruction",
        "resolution-editing",
        "contrast-enhancement",
        "anatomical-annotation",
    ],
    Format.MULTIMODAL_GENERATION: [
        "disease-prediction",
        "instruction-editing",
        "organic-removal",
        "organic-reconstruction",
        "3d-to-2d-projection",
        "2d-to-3d-reconstruction",
    ],
}
TASK_ALIASES = [
    ("organ-removal", Task.ORGANIC_REMOVAL),
    ("organ-reconstruction", Task.ORGANIC_RECONSTRUCTION),
    ("3d-2d-projection", Task.PROJECTION_3D_TO_2D),
    ("2d-3d-reconstruction", Task.RECONSTRUCTION_2D_TO_3D),
    ("multi-choice", Task.MULTIPLE_CHOICE),
    ("question-answer", Task.QUESTION_ANSWERING),
    ("resolution-edit", Task.RESOLUTION_EDITING),
    ("instruction-edit", Task.INSTRUCTION_EDITING),
    ("dye-transfer", Task.STYLE_TRANSFER),
    *((task.value, task) for task in Task),
]


def _spellings(text: str) -> list[str]:
    return [text, text.replace("-", "_"), text.upper(), text.title().replace("-", " "), f" {text}\n"]


def test_there_are_three_formats_sixteen_tasks_and_six_modalities() -> None:
    assert (len(Format), len(Task), len(Modality)) == (3, 16, 6)


@pytest.mark.parametrize("form", Format)
def test_the_tasks_of_a_format_are_those_of_the_paper(form: Format) -> None:
    tasks = tasks_of(form)

    assert [task.value for task in tasks] == PAPER_TASKS[form]
    assert {task.format for task in tasks} == {form}


def test_every_task_belongs_to_exactly_one_format() -> None:
    found = [task for form in Format for task in tasks_of(form)]

    assert sorted(found) == sorted(Task)


@pytest.mark.parametrize(("alias", "task"), TASK_ALIASES)
def test_a_task_is_known_by_every_spelling_of_the_authors(alias: str, task: Task) -> None:
    found = {parse_task(spelling) for spelling in _spellings(alias)}

    assert found == {task}


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("vqa", Format.VQA),
        ("VQA", Format.VQA),
        ("ImageEditing", Format.IMAGE_EDITING),
        ("ImageEdit", Format.IMAGE_EDITING),
        ("Image Editing", Format.IMAGE_EDITING),
        ("image-edit", Format.IMAGE_EDITING),
        ("image_editing", Format.IMAGE_EDITING),
        ("edit", Format.IMAGE_EDITING),
        ("MultimodalGeneration", Format.MULTIMODAL_GENERATION),
        ("Contextual Multimodal Generation", Format.MULTIMODAL_GENERATION),
        ("MMGeneration", Format.MULTIMODAL_GENERATION),
        ("multimodal_generation", Format.MULTIMODAL_GENERATION),
        ("generation", Format.MULTIMODAL_GENERATION),
        ("gen", Format.MULTIMODAL_GENERATION),
    ],
)
def test_a_format_is_known_by_every_spelling_of_the_authors(text: str, form: Format) -> None:
    assert parse_format(text) is form


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("CT", Modality.CT),
        ("ct", Modality.CT),
        ("Computed Tomography", Modality.CT),
        ("MRI", Modality.MRI),
        ("Magnetic_Resonance_Imaging", Modality.MRI),
        ("magnetic-resonance-imaging", Modality.MRI),
        ("Ultrasound", Modality.ULTRASOUND),
        ("ultrasonography", Modality.ULTRASOUND),
        ("Radiography", Modality.X_RAY),
        ("X-ray", Modality.X_RAY),
        ("X-Ray", Modality.X_RAY),
        ("x_ray", Modality.X_RAY),
        ("Xray", Modality.X_RAY),
        ("Pathology", Modality.PATHOLOGY),
        ("Histopathology", Modality.PATHOLOGY),
        ("Clinical Photo", Modality.CLINICAL_PHOTOGRAPHY),
        ("Clinical_Photo", Modality.CLINICAL_PHOTOGRAPHY),
        ("Clinical Photography", Modality.CLINICAL_PHOTOGRAPHY),
        ("clinical-photographs", Modality.CLINICAL_PHOTOGRAPHY),
    ],
)
def test_a_modality_is_known_by_every_spelling_of_the_authors(text: str, modality: Modality) -> None:
    assert parse_modality(text) is modality


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (parse_format, "image_editting", "unknown format 'image_editting'; did you mean 'image_editing'?"),
        (parse_format, "", "unknown format ''; known: image_editing, multimodal_generation, vqa"),
        (parse_task, "noise-removal", "unknown task 'noise-removal'; did you mean 'organic-removal'?"),
        (parse_task, "style-transfers", "unknown task 'style-transfers'; did you mean 'style-transfer'?"),
        (parse_modality, "Ultrasond", "unknown modality 'Ultrasond'; did you mean 'Ultrasound'?"),
        (
            parse_modality,
            "PET",
            "unknown modality 'PET'; known: CT, Clinical Photography, MRI, Pathology, Ultrasound, X-Ray",
        ),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_known_one(
    parse: Callable[[str], object], text: str, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("form", "code", "wants_text", "wants_image"),
    [
        (Format.VQA, "vqa", True, False),
        (Format.IMAGE_EDITING, "edit", False, True),
        (Format.MULTIMODAL_GENERATION, "gen", True, True),
    ],
)
def test_a_format_says_what_its_answers_hold(form: Format, code: str, *, wants_text: bool, wants_image: bool) -> None:
    assert (form.code, form.wants_text, form.wants_image) == (code, wants_text, wants_image)


@pytest.mark.parametrize("member", [*Format, *Task, *Modality])
def test_a_member_prints_and_formats_as_its_value(member: Format | Task | Modality) -> None:
    assert (str(member), f"{member}", f"{member:>30}".strip()) == (member.value,) * 3


@settings(deadline=None)
@given(st.text(max_size=40))
def test_a_name_is_parsed_or_refused_but_never_crashes(text: str) -> None:
    for parse in (parse_format, parse_task, parse_modality):
        found = None
        with suppress(ConfigError):
            found = parse(text)

        assert found is None or fold(text)
