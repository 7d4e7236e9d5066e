"""The frame of pages with a gallery: what they share of style, script and policy, and the blocks of their data."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from medgen_pytest.reports.page.detail_data import picture_data
from medgen_pytest.reports.page.json_block import data_block
from medgen_pytest.reports.self_contained import base_style, content_policy, read_asset

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from medgen_pytest.evaluation.case import Case
    from medgen_pytest.reports.page.detail_data import Details
    from medgen_pytest.reports.page.gallery import Gallery
    from medgen_pytest.reports.page.image_mode import ImageMode

DATA = "\0data\0"
"""Stands in a template for the blocks of data, which are written piece by piece."""

_PACKAGE = "medgen_pytest.reports.page"
_STYLES = ("colours.css", "page.css", "tables.css", "gallery.css")
_SCRIPTS = (
    *("data.js", "elements.js", "words.js", "tables.js"),
    *("pictures.js", "parts.js", "dialog.js", "listing.js"),
)
_CHUNK = 100
"""Results, and samples, of which the details lie in one element, which is read once one of them is shown."""
_PICTURES = 24
"""The same for pictures."""
_SOURCES: Mapping[ImageMode, str] = {"none": "'none'", "thumbs": "data:", "full": "'self'"}
"""From where a page may show images."""

_T = TypeVar("_T")


def frame_values(mode: ImageMode, *, package: str, styles: Sequence[str], scripts: Sequence[str]) -> dict[str, object]:
    """What every template of such a page is filled with: policy, style, script, the place of the data, the mode.

    `styles` and `scripts` are those of the page's own, in the assets of its package; they come last.
    """
    from markupsafe import Markup

    style = "".join([base_style(), *_shared(_STYLES), *(read_asset(package, name) for name in styles)])
    style += read_asset(_PACKAGE, "print.css")
    body = "".join([*_shared(_SCRIPTS), *(read_asset(package, name) for name in scripts)])
    script = f'"use strict";\n(() => {{\n{body}}})();\n'
    return {
        "policy": content_policy(style=style, script=script, images=_SOURCES[mode]),
        "style": Markup(style),  # noqa: S704 - files of the package
        "script": Markup(script),  # noqa: S704 - the same
        "data": Markup(DATA),  # noqa: S704 - a mark
        "mode": mode,
    }


def gallery_data(
    index: object, cases: Sequence[Case], sample_ids: Sequence[str], gallery: Gallery, details: Details
) -> Iterator[str]:
    """The blocks of data: the index, the results of all cases, the samples, and the pictures of both."""
    yield data_block("index", {"index": index, "chunk": _CHUNK, "pictures": _PICTURES, "mode": gallery.mode})
    yield from _blocks("results", cases, _CHUNK, details.result)
    yield from _blocks("samples", sample_ids, _CHUNK, lambda name: details.sample(gallery.samples[name]))
    yield from _blocks("pictures", details.pictures, _PICTURES, picture_data)


def _shared(names: Sequence[str]) -> list[str]:
    return [read_asset(_PACKAGE, name) for name in names]


def _blocks(name: str, items: Sequence[_T], size: int, made: Callable[[_T], object]) -> Iterator[str]:
    for place in range(0, len(items), size):
        yield data_block(f"{name}-{place // size}", [made(item) for item in items[place : place + size]])
