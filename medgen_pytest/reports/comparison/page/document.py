"""The document: some comparisons as one HTML page, written piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.reports.comparison.page.flip_data import flip_index
from medgen_pytest.reports.comparison.page.notices import notices
from medgen_pytest.reports.comparison.page.sides import comparison_names, conditions, side_name, side_row
from medgen_pytest.reports.comparison.page.tables import MIDDLE, tables_of
from medgen_pytest.reports.comparison.page.verdicts import verdict_of
from medgen_pytest.reports.page.detail_data import Details
from medgen_pytest.reports.page.frame import DATA, frame_values, gallery_data
from medgen_pytest.reports.page.index_data import name_text
from medgen_pytest.reports.templates import make_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medgen_pytest.evaluation.comparison import RunComparison
    from medgen_pytest.reports.comparison.page.material import FlipMaterial
    from medgen_pytest.reports.comparison.page.tables import ComparisonTables
    from medgen_pytest.reports.comparison.page.verdicts import ComparisonVerdict
    from medgen_pytest.reports.page.gallery import Gallery

_PACKAGE = "medgen_pytest.reports.comparison.page"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Section:
    """A comparison on the page."""

    name: str
    first: str
    second: str
    second_letter: str
    verdict: ComparisonVerdict
    tables: ComparisonTables


def render_comparison_page(material: FlipMaterial, gallery: Gallery) -> Iterator[str]:
    """The page, piece by piece."""
    begin, end = _frame(material, gallery).split(DATA)
    yield begin
    details = Details(material.cases, gallery, metrics=material.metrics)
    yield from gallery_data(flip_index(material), material.cases, material.sample_ids, gallery, details)
    yield end


def _frame(material: FlipMaterial, gallery: Gallery) -> str:
    comparisons = material.comparisons.comparisons
    sections = [_section(*named) for named in zip(comparison_names(comparisons), comparisons, strict=True)]
    template = make_environment(_PACKAGE, filters={"name": name_text}).get_template("page.html")
    return template.render(
        **frame_values(gallery.mode, package=_PACKAGE, styles=("compare.css",), scripts=("pair.js", "flips.js")),
        title=sections[0].verdict.word if len(sections) == 1 else f"{len(sections)} comparisons",
        sections=sections,
        sides=[side_row(side) for side in material.sides],
        conditions=conditions(comparisons),
        level=f"{100 * material.comparisons.level:g}%",
        notices=notices(material, gallery),
        middle=MIDDLE,
        count=len(material.entries),
    )


def _section(name: str, comparison: RunComparison) -> _Section:
    first, second = comparison.first, comparison.second
    return _Section(
        name=name,
        first=side_name(first),
        second=side_name(second),
        second_letter=second.letter,
        verdict=verdict_of(comparison),
        tables=tables_of(comparison),
    )
