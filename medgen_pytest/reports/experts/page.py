"""The sheet as one HTML page that works without any network, and by itself saves what is filled in."""

from __future__ import annotations

import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from medgen_pytest.reports.experts.sheet import OVERALL, Question, Sheet, number_text, shown
from medgen_pytest.reports.self_contained import base_style, content_policy, read_asset
from medgen_pytest.reports.templates import make_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jinja2 import Environment

    from medgen_pytest.reports.experts.sheet import SheetItem

_PACKAGE = "medgen_pytest.reports.experts"
_PARTS = ("templates/page.html", "templates/sample.html", "assets/page.css", "assets/page.js")
_OVERALL = Question(name=OVERALL, title="Overall", question="Taking everything together, how good is this output?")
_SAMPLES = "\0samples\0"


def render_page(sheet: Sheet) -> Iterator[str]:
    """The page, piece by piece."""
    environment = make_environment(_PACKAGE, filters={"shown": shown})
    begin, end = _frame(sheet, environment).split(_SAMPLES)
    yield begin
    sample, rubric = environment.get_template("sample.html"), sheet.rubric
    for number, item in enumerate(sheet.items, start=1):
        yield sample.render(
            number=number,
            total=len(sheet.items),
            item=item,
            facts=_facts(item),
            has_reference=sheet.has_reference,
            asked=[*rubric.asked_of(item.task.format), _OVERALL],
            steps=rubric.steps,
            low=number_text(rubric.low),
            high=number_text(rubric.high),
        )
    yield end


def page_digest() -> str:
    """SHA-256 over everything the page is made from but the samples: labels say with which page they were made."""
    texts = (f"{name}\0{(files(_PACKAGE) / name).read_text(encoding='utf-8')}" for name in _PARTS)
    return hashlib.sha256("\0".join([base_style(), *texts]).encode("utf-8")).hexdigest()


def _frame(sheet: Sheet, environment: Environment) -> str:
    from markupsafe import Markup

    style, script = base_style() + read_asset(_PACKAGE, "page.css"), read_asset(_PACKAGE, "page.js")
    rubric = sheet.rubric
    return environment.get_template("page.html").render(
        policy=content_policy(style=style, script=script),
        style=Markup(style),  # noqa: S704 - a file of the package
        script=Markup(script),  # noqa: S704 - the same
        samples=Markup(_SAMPLES),  # noqa: S704 - a mark
        export=sheet.export,
        rubric=f"{rubric.name} {rubric.version}",
        low=number_text(rubric.low),
        high=number_text(rubric.high),
        count=len(sheet.items),
        seen=_seen(sheet),
    )


def _seen(sheet: Sheet) -> str:
    if sheet.has_reference:
        return "Compare it with the reference that is shown beside it."
    return "No reference is shown: judge from the input and the instruction alone."


def _facts(item: SheetItem) -> str:
    return ", ".join([item.task.value, item.modality.value, *([shown(item.model)] if item.model is not None else [])])
