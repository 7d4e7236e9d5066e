"""Sentences: the fixed texts that the classical model answers with, honest about knowing nothing of the image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from medgen_pytest.domain.sample import choices_in
from medgen_pytest.domain.taxonomy import Task
from medgen_pytest.models.classical.wording import box_in, gamma_in, says

if TYPE_CHECKING:
    from collections.abc import Callable

    from medgen_pytest.domain.sample import Request

_YES_NO = re.compile(r"^\s*(?:is|are|was|were|does|do|did|has|have|can|could)\b", re.IGNORECASE)
_FINDINGS = "No acute abnormality is seen. The visualised structures are within normal limits."
_IMPRESSION = "No acute abnormality."


def answer_text(request: Request) -> str:
    """The text for a request whose format wants one: the same for the same request, made without the image."""
    return _TEXTS[request.task](request)


def _choose(request: Request) -> str:
    choices = request.choices or choices_in(request.instruction)
    return choices[0] if choices else "A"


def _fill(request: Request) -> str:
    text = request.instruction
    if re.search(r"\byes\b.*\bno\b", text, re.IGNORECASE):
        return "no"
    if says(text, "how many", "number of", "count"):
        return "1"
    return "normal"


def _reply(request: Request) -> str:
    # "Two images are given; answer about image 1. Is ...?": the question is the last sentence.
    question = re.split(r"(?<=[.;:])\s+", request.instruction.strip())[-1]
    if _YES_NO.match(question):
        return "no"
    if says(question, "how many"):
        return "one"
    if says(question, "what modality", "which modality", "imaging modality", "type of imag", "kind of imag"):
        return request.modality.value
    if says(question, "plane", "orientation"):
        return "axial"
    return "no abnormality"


def _report(request: Request) -> str:
    return f"EXAMINATION: {request.modality.value}\nFINDINGS: {_FINDINGS}\nIMPRESSION: {_IMPRESSION}"


def _edit(request: Request) -> str:
    text = request.instruction
    gamma = gamma_in(text)
    if gamma is not None:
        return f"A gamma of {gamma:g} was applied: intensities change, black and white stay, and no structure moves."
    if says(text, "mirror", "flip"):
        return "The image was mirrored, so that sides are exchanged; the structures themselves are unchanged."
    return "The image was edited as instructed; the anatomy is otherwise unchanged."


def _removal(request: Request) -> str:
    return f"The structure {_place(request)} was removed and its place filled with the surrounding tissue."


def _reconstruction(request: Request) -> str:
    return f"The hidden area {_place(request)} was reconstructed and is continuous with the surrounding tissue."


def _place(request: Request) -> str:
    box = box_in(request.instruction)
    if box is None:
        return "of the image"
    return f"in columns {box.left} to {box.right - 1}, rows {box.top} to {box.bottom - 1}"


def _prediction(_request: Request) -> str:
    return "The predicted image shows only a mild change; the architecture and the cells are largely preserved."


def _projection(_request: Request) -> str:
    return (
        "The maximum intensity projection keeps the brightest value along the stack and emphasises bright structures."
    )


def _oblique(_request: Request) -> str:
    return "The plane is shown in an oblique perspective view; its far edge is smaller and no structure is added."


_TEXTS: dict[Task, Callable[[Request], str]] = {
    Task.MULTIPLE_CHOICE: _choose,
    Task.BLANK_FILLING: _fill,
    Task.REPORT_GENERATION: _report,
    Task.QUESTION_ANSWERING: _reply,
    Task.DISEASE_PREDICTION: _prediction,
    Task.INSTRUCTION_EDITING: _edit,
    Task.ORGANIC_REMOVAL: _removal,
    Task.ORGANIC_RECONSTRUCTION: _reconstruction,
    Task.PROJECTION_3D_TO_2D: _projection,
    Task.RECONSTRUCTION_2D_TO_3D: _oblique,
}
