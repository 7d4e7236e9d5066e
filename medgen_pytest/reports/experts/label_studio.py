"""The sheet for Label Studio: tasks to import, and the labelling interface that shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from medgen_pytest.domain.taxonomy import Format
from medgen_pytest.reports.experts.sheet import COMMENT, OVERALL, Rubric, Sheet, number_text, shown

if TYPE_CHECKING:
    from medgen_pytest.reports.experts.sheet import Picture, Question, SheetItem

ITEM = "medgen_id"
EXPORT = "medgen_export"
DIMENSION = "dimension_"
"""Names of the fields of dimensions begin so."""

_SHOWN = "material"
_NOTHING = "-"
# One white pixel: Label Studio wants every field of the interface in every task, an image too.
_NO_IMAGE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)


def render_tasks(sheet: Sheet) -> list[dict[str, object]]:
    """The tasks, in plain values: each holds every field that the interface shows."""
    inputs = _most_inputs(sheet)
    return [{"data": _data(item, sheet, inputs=inputs)} for item in sheet.items]


def render_interface(sheet: Sheet) -> str:
    """The labelling interface as XML."""
    view = ET.Element("View")
    _header(view, "$title")
    ET.SubElement(view, "Text", name=_SHOWN, value="$instruction")
    for number in range(1, _most_inputs(sheet) + 1):
        _image(view, f"Input {number}", field=f"input_{number}")
    if sheet.has_reference:
        _header(view, "Reference")
        ET.SubElement(view, "Text", name="reference_text", value="$reference_text")
        _image(view, "Reference image", field="reference_image")
    _header(view, "Output to judge")
    ET.SubElement(view, "Text", name="output_text", value="$output_text")
    _image(view, "Output image", field="output_image")
    for question in sheet.rubric.questions:
        _number(view, f"{question.title}: {question.question}{_only(question)}", sheet, name=DIMENSION + question.name)
    _number(view, "Overall", sheet, name=OVERALL)
    _header(view, "Comment")
    ET.SubElement(view, "TextArea", name=COMMENT, toName=_SHOWN, maxSubmissions="1", editable="true", rows="3")
    ET.indent(view)
    return ET.tostring(view, encoding="unicode") + "\n"


def _data(item: SheetItem, sheet: Sheet, *, inputs: int) -> dict[str, str]:
    pictures: list[Picture | None] = [*item.inputs, *[None] * (inputs - len(item.inputs))]
    data = {
        ITEM: item.id,
        EXPORT: sheet.export,
        "title": f"{item.task.value}, {item.modality.value}" + (f", {shown(item.model)}" if item.model else ""),
        "instruction": "\n".join([shown(item.instruction), *map(shown, item.choices)]) or _NOTHING,
        **{f"input_{number}": _url(picture) for number, picture in enumerate(pictures, start=1)},
        "output_text": shown(item.output_text) or _NOTHING,
        "output_image": _url(item.output_image),
    }
    if sheet.has_reference:
        data["reference_text"] = shown(item.reference_text) or _NOTHING
        data["reference_image"] = _url(item.reference_image)
    return data


def _most_inputs(sheet: Sheet) -> int:
    return max((len(item.inputs) for item in sheet.items), default=0)


def _url(picture: Picture | None) -> str:
    return picture.url if picture else _NO_IMAGE


def _only(question: Question) -> str:
    if question.formats == frozenset(Format):
        return ""
    return f" (only {', '.join(form.value for form in Format if form in question.formats)})"


def _header(view: ET.Element, text: str) -> None:
    ET.SubElement(view, "Header", value=text)


def _image(view: ET.Element, title: str, *, field: str) -> None:
    _header(view, title)
    ET.SubElement(view, "Image", name=field, value=f"${field}", zoom="true")


def _number(view: ET.Element, title: str, sheet: Sheet, *, name: str) -> None:
    _header(view, f"{title} ({_scale(sheet.rubric)})")
    ET.SubElement(
        view,
        "Number",
        name=name,
        toName=_SHOWN,
        min=number_text(sheet.rubric.low),
        max=number_text(sheet.rubric.high),
        step="1" if sheet.rubric.steps else "0.01",
        required="true" if name == OVERALL else "false",
    )


def _scale(rubric: Rubric) -> str:
    return f"{number_text(rubric.low)} worst, {number_text(rubric.high)} best"
