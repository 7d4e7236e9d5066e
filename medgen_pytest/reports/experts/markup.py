"""Templates of HTML: filled strictly, and everything that is put in is escaped unless it is markup already."""

from __future__ import annotations

import html
import re
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PLACE = re.compile(r"\$\{(\w+)\}")


class Markup(str):
    """HTML that may stand as it is: a template that was filled, or a file of the package."""

    __slots__ = ()


def load_part(name: str) -> Markup:
    """A file of the page's folder."""
    return Markup((files("medgen_pytest.reports.experts") / "page" / name).read_text(encoding="utf-8"))


def fill(template: str, values: Mapping[str, str]) -> Markup:
    """The template with each `${name}` replaced, in one pass: what a value holds is never taken for a place.

    Raises KeyError for a place without a value and for a value without a place.
    """
    places = set(_PLACE.findall(template))
    odd = places ^ values.keys()
    if odd:
        raise KeyError(f"places and values of the template differ: {', '.join(sorted(odd))}")
    return Markup(_PLACE.sub(lambda match: escape(values[match[1]]), template))


def escape(text: str) -> Markup:
    """The text as HTML that shows it, also between quotes; markup stays as it is."""
    return text if isinstance(text, Markup) else Markup(html.escape(text, quote=True))


def join(parts: Iterable[str]) -> Markup:
    """The parts, escaped unless they are markup, one behind another."""
    return Markup("".join(map(escape, parts)))
