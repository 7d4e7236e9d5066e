"""Templates of HTML: Jinja2, strict, escaping, and with every hidden character made visible."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from medgen_pytest.reports.visible_text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jinja2 import Environment


def make_environment(package: str, *, filters: Mapping[str, Callable[..., object]] | None = None) -> Environment:
    """The templates in the folder `templates` of a package, and those that all pages have parts of.

    A value that is not there raises jinja2.UndefinedError, and what is put in is escaped unless it is markup.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    own, shared = files(package) / "templates", files("medgen_pytest.reports") / "page_parts"

    def load(name: str) -> str:
        return (found if (found := own / name).is_file() else shared / name).read_text(encoding="utf-8")

    environment = Environment(
        loader=FunctionLoader(load),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters.update(filters or {})
    return environment


def _finalize(value: object) -> object:
    # Markup is a text too, but one that was finalized when it was made.
    return visible(value, keep="\n\t") if type(value) is str else value
