"""The documentation as a site: `sphinx-build docs SITE` makes it of the pages in this folder.

The pages are plain Markdown that reads well where the code is hosted. What a site needs beyond that is made here: the
navigation from the tables of `index.md`, and links to files outside this folder.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import tomllib
from sphinx.util import logging

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_ROOT = Path(__file__).resolve().parent.parent

project = "medgen-pytest"
author = "the authors of medgen-pytest"
release = version = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

extensions = ["myst_parser"]
exclude_patterns = ["_build"]
nitpicky = True
myst_heading_anchors = 4
linkcheck_anchors = False
# Two hyphens are the beginning of an option, and no dash.
smartquotes = False

html_theme = "furo"
html_title = f"medgen-pytest {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False

_FENCED = re.compile(r"^(```.*?^```)$", re.DOTALL | re.MULTILINE)
_LEADING_OUT = re.compile(r"\[(?P<text>[^\]]*)\]\(\.\./(?P<path>[^)\s#]*)(?P<anchor>#[^)\s]*)?\)")
_PART = re.compile(r"^## (.+)$", re.MULTILINE)
_LISTED = re.compile(r"^\| \[[^\]]+\]\(([\w-]+)\.md\)", re.MULTILINE)

_log = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Registers what this file does, and where the code is hosted: `-D repository_url=https://.../blob/main`."""
    app.add_config_value("repository_url", "", "env")
    app.connect("source-read", _complete)
    return {"parallel_read_safe": True}


def _complete(app: Sphinx, page: str, source: list[str]) -> None:
    parts = _FENCED.split(source[0])
    parts[::2] = [_lead_out(prose, page, app.config.repository_url) for prose in parts[::2]]
    text = "".join(parts)
    source[0] = text + _navigation(text) if page == "index" else text


def _lead_out(prose: str, page: str, repository_url: str) -> str:
    """Links to files outside this folder lead to the host of the code; where it is not known, only their text stays."""

    def replaced(match: re.Match[str]) -> str:
        if not (_ROOT / match["path"]).exists():
            _log.warning("there is no file %s in the repository", match["path"], location=page, type="repository")
        if not repository_url:
            return match["text"]
        return f"[{match['text']}]({repository_url.rstrip('/')}/{match['path']}{match['anchor'] or ''})"

    return _LEADING_OUT.sub(replaced, prose)


def _navigation(index: str) -> str:
    """A hidden tree for each part of the index, of the pages that its table lists."""
    _, *parts = _PART.split(index)
    trees = []
    for title, text in zip(parts[::2], parts[1::2], strict=True):
        pages = list(dict.fromkeys(_LISTED.findall(text)))
        trees.append("\n".join(["", "```{toctree}", ":hidden:", f":caption: {title}", "", *pages, "```", ""]))
    return "".join(trees)
