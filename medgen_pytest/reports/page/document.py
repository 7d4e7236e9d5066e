"""The document: a whole run as one HTML page, written piece by piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from medgen_pytest.evaluation.distribution import distributions
from medgen_pytest.reports.page.detail_data import Details, picture_data
from medgen_pytest.reports.page.facts import all_facts, run_name, short_facts
from medgen_pytest.reports.page.headline import gate_rows, headline
from medgen_pytest.reports.page.heat_map import heat_maps
from medgen_pytest.reports.page.histogram import HEIGHT, WIDTH, histograms
from medgen_pytest.reports.page.index_data import index_data, name_text
from medgen_pytest.reports.page.json_block import data_block
from medgen_pytest.reports.page.judge_rows import judge_table
from medgen_pytest.reports.page.model_rows import model_table, spending_rows
from medgen_pytest.reports.page.slice_rows import slice_table
from medgen_pytest.reports.self_contained import base_style, content_policy, read_asset
from medgen_pytest.reports.templates import make_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.reports.page.gallery import Gallery

_PACKAGE = "medgen_pytest.reports.page"
_STYLES = ("colours.css", "page.css", "tables.css", "gallery.css", "print.css")
_SCRIPTS = ("data.js", "elements.js", "words.js", "tables.js", "pictures.js", "viewer.js", "gallery.js")
_CHUNK = 100
"""Results, and samples, of which the details lie in one element, which is read once one of them is shown."""
_PICTURES = 24
"""The same for pictures."""
_DATA = "\0data\0"

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """The cases of a run in the two orders in which the page shows them; `seed` is that of the lot."""

    worst: Sequence[Case]
    drawn: Sequence[Case]
    seed: int


def render_page(run: RunResult, gallery: Gallery, orders: Orders) -> Iterator[str]:
    """The page, piece by piece."""
    begin, end = _frame(run, gallery, orders).split(_DATA)
    yield begin
    yield from _data(run, gallery, orders)
    yield end


def _frame(run: RunResult, gallery: Gallery, orders: Orders) -> str:
    from markupsafe import Markup

    style, script = base_style() + "".join(map(_asset, _STYLES)), _script()
    images = {"none": "'none'", "thumbs": "data:", "full": "'self'"}[gallery.mode]
    template = make_environment(_PACKAGE, filters={"name": name_text}).get_template("page.html")
    return template.render(
        policy=content_policy(style=style, script=script, images=images),
        style=Markup(style),  # noqa: S704 - a file of the package
        script=Markup(script),  # noqa: S704 - the same
        data=Markup(_DATA),  # noqa: S704 - a mark
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
        mode=gallery.mode,
        seed=orders.seed,
        count=len(run.cases),
    )


def _data(run: RunResult, gallery: Gallery, orders: Orders) -> Iterator[str]:
    sample_ids = list(dict.fromkeys(case.planned.sample_id for case in orders.worst))
    index = index_data(run, orders.worst, orders.drawn, sample_ids)
    yield data_block("index", {"index": index, "chunk": _CHUNK, "pictures": _PICTURES, "mode": gallery.mode})
    details = Details(run, gallery)
    yield from _blocks("results", orders.worst, _CHUNK, details.result)
    yield from _blocks("samples", sample_ids, _CHUNK, lambda name: details.sample(gallery.samples[name]))
    yield from _blocks("pictures", details.pictures, _PICTURES, picture_data)


def _blocks(name: str, items: Sequence[_T], size: int, made: Callable[[_T], object]) -> Iterator[str]:
    for place in range(0, len(items), size):
        yield data_block(f"{name}-{place // size}", [made(item) for item in items[place : place + size]])


def _script() -> str:
    return '"use strict";\n(() => {\n' + "".join(map(_asset, _SCRIPTS)) + "})();\n"


def _asset(name: str) -> str:
    return read_asset(_PACKAGE, name)
