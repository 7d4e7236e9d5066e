"""The sheet as one HTML page that works without any network, and by itself saves what is filled in."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from medgen_pytest.reports.experts.markup import Markup, fill, join, load_part
from medgen_pytest.reports.experts.sheet import OVERALL, Question, Sheet, number_text, shown
from medgen_pytest.reports.self_contained import base_style, content_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from medgen_pytest.domain.taxonomy import Format
    from medgen_pytest.reports.experts.sheet import Picture, SheetItem

_PARTS = (
    "page.html",
    "sample.html",
    "figure.html",
    "choices.html",
    "marks.html",
    "mark.html",
    "number.html",
    "page.css",
    "page.js",
)
_OVERALL_QUESTION = "Taking everything together, how good is this output?"


def render_page(sheet: Sheet) -> Iterator[str]:
    """The page, piece by piece."""
    mark = "\0samples\0"
    begin, end = _frame(sheet, samples=Markup(mark)).split(mark)
    yield begin
    for number, item in enumerate(sheet.items, start=1):
        yield _sample(item, sheet, number=number)
    yield end


def page_digest() -> str:
    """SHA-256 over everything the page is made from but the samples: labels say with which page they were made."""
    joined = "\0".join([base_style(), *(f"{name}\0{load_part(name)}" for name in _PARTS)])
    return hashlib.sha256(joined.encode("utf-8")).hexdigest()


def _frame(sheet: Sheet, *, samples: Markup) -> str:
    style, script = Markup(base_style() + load_part("page.css")), load_part("page.js")
    rubric = sheet.rubric
    return fill(
        load_part("page.html"),
        {
            "policy": content_policy(style=style, script=script),
            "style": style,
            "script": script,
            "export": sheet.export,
            "rubric": f"{rubric.name} {rubric.version}",
            "low": number_text(rubric.low),
            "high": number_text(rubric.high),
            "count": str(len(sheet.items)),
            "seen": _seen(sheet),
            "samples": samples,
        },
    )


def _seen(sheet: Sheet) -> str:
    if sheet.has_reference:
        return "Compare it with the reference that is shown beside it."
    return "No reference is shown: judge from the input and the instruction alone."


def _sample(item: SheetItem, sheet: Sheet, *, number: int) -> Markup:
    asked = [
        *sheet.rubric.asked_of(item.task.format),
        Question(name=OVERALL, title="Overall", question=_OVERALL_QUESTION),
    ]
    return fill(
        load_part("sample.html"),
        {
            "number": str(number),
            "total": str(len(sheet.items)),
            "id": item.id,
            "facts": _facts(item),
            "instruction": shown(item.instruction),
            "choices": _choices(item),
            "inputs": _figures(item.inputs, kind="Input"),
            "reference": _reference(item) if sheet.has_reference else Markup(""),
            "output": _output(item, item.task.format),
            "questions": join(_question(question, sheet, number=number) for question in asked),
        },
    )


def _facts(item: SheetItem) -> str:
    return ", ".join([item.task.value, item.modality.value, *([shown(item.model)] if item.model is not None else [])])


def _choices(item: SheetItem) -> Markup:
    rows = join(_element("li", shown(choice)) for choice in item.choices)
    return fill(load_part("choices.html"), {"choices": rows}) if item.choices else Markup("")


def _reference(item: SheetItem) -> Markup:
    pictures = [item.reference_image] if item.reference_image else []
    parts = [_figures(pictures, kind="Reference"), *([_text(item.reference_text)] if item.reference_text else [])]
    return _group("Reference", parts, css="reference")


def _output(item: SheetItem, form: Format) -> Markup:
    pictures = [item.output_image] if item.output_image else []
    parts = [_figures(pictures, kind="Output")]
    if item.output_text or form.wants_text:
        parts.append(_text(item.output_text) if item.output_text else _element("p", "No text was given.", css="none"))
    if form.wants_image and not pictures:
        parts.append(_element("p", "No image was given.", css="none"))
    return _group("Output to judge", parts, css="output")


def _group(title: str, parts: Iterable[str], *, css: str) -> Markup:
    return _element("section", join([_element("h3", title), *parts]), css=css)


def _text(text: str | None) -> Markup:
    return _element("p", shown(text), css="text")


def _figures(pictures: Iterable[Picture], *, kind: str) -> Markup:
    found = list(pictures)
    names = [kind] if len(found) == 1 else [f"{kind} {number}" for number in range(1, len(found) + 1)]
    return join(
        fill(
            load_part("figure.html"),
            {
                "url": picture.url,
                "width": str(picture.width),
                "height": str(picture.height),
                "name": name,
                "caption": f"{name}: {picture.caption}",
            },
        )
        for picture, name in zip(found, names, strict=True)
    )


def _question(question: Question, sheet: Sheet, *, number: int) -> Markup:
    rubric = sheet.rubric
    values = {
        "key": f"{number}-{question.name}",
        "field": question.name,
        "title": shown(question.title),
        "question": shown(question.question),
        "low": number_text(rubric.low),
        "high": number_text(rubric.high),
    }
    if not rubric.steps:
        return fill(load_part("number.html"), values)
    marks = join(
        fill(load_part("mark.html"), {"key": values["key"], "field": question.name, "mark": str(mark)})
        for mark in rubric.steps
    )
    return fill(load_part("marks.html"), {**values, "marks": marks})


def _element(name: str, content: str, *, css: str = "") -> Markup:
    """An element; `name` and `css` are words of this module."""
    opening = f'<{name} class="{css}">' if css else f"<{name}>"
    return join([Markup(opening), content, Markup(f"</{name}>\n")])
