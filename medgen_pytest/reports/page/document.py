"""The document: a whole run as one HTML page, written piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medgen_pytest.evaluation.distribution import distributions
from medgen_pytest.reports.page.detail_data import Details
from medgen_pytest.reports.page.facts import all_facts, run_name, short_facts
from medgen_pytest.reports.page.frame import DATA, frame_values, gallery_data
from medgen_pytest.reports.page.headline import gate_rows, headline
from medgen_pytest.reports.page.heat_map import heat_maps
from medgen_pytest.reports.page.histogram import HEIGHT, WIDTH, histograms
from medgen_pytest.reports.page.index_data import index_data, name_text
from medgen_pytest.reports.page.judge_rows import judge_table
from medgen_pytest.reports.page.model_rows import model_table, spending_rows
from medgen_pytest.reports.page.slice_rows import slice_table
from medgen_pytest.reports.templates import make_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.reports.page.gallery import Gallery

_PACKAGE = "medgen_pytest.reports.page"
_SCRIPTS = ("slices.js", "heat_maps.js", "viewer.js", "gallery.js")


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """The cases of a run in the two orders in which the page shows them; `seed` is that of the lot."""

    worst: Sequence[Case]
    drawn: Sequence[Case]
    seed: int


def render_page(run: RunResult, gallery: Gallery, orders: Orders) -> Iterator[str]:
    """The page, piece by piece."""
    begin, end = _frame(run, gallery, orders).split(DATA)
    yield begin
    sample_ids = list(dict.fromkeys(case.planned.sample_id for case in orders.worst))
    index = index_data(run, orders.worst, orders.drawn, sample_ids)
    details = Details(run.cases, gallery, metrics=run.metrics)
    yield from gallery_data(index, orders.worst, sample_ids, gallery, details)
    yield end


def _frame(run: RunResult, gallery: Gallery, orders: Orders) -> str:
    template = make_environment(_PACKAGE, filters={"name": name_text}).get_template("page.html")
    return template.render(
        **frame_values(gallery.mode, package=_PACKAGE, styles=(), scripts=_SCRIPTS),
        name=run_name(run),
        facts=short_facts(run),
        everything=all_facts(run),
        headline=headline(run, gallery),
        gates=gate_rows(run),
        models=model_table(run),
        spending=spending_rows(run),
        heat_maps=heat_maps(run),
        histograms=histograms(distributions(run.cases, run.profile)),
        plot={"width": WIDTH, "height": HEIGHT},
        slices=slice_table(run),
        judge=judge_table(run),
        seed=orders.seed,
        count=len(run.cases),
    )
