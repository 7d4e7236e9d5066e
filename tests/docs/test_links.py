"""Links lead somewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import EXAMPLE, PAGES, ROOT, anchors_of, links_of, name_of

if TYPE_CHECKING:
    from pathlib import Path

EVERY_PAGE = (*PAGES, EXAMPLE / "README.md", EXAMPLE.parent / "model-repo" / "README.md")
ELSEWHERE = [
    "https://arxiv.org/abs/2006.04347",
    "https://arxiv.org/abs/2010.09686",
    "https://arxiv.org/abs/2409.06680",
    "https://arxiv.org/abs/2511.13135",
    "https://keepachangelog.com/en/1.1.0/",
    "https://semver.org/spec/v2.0.0.html",
]


@pytest.mark.parametrize("page", EVERY_PAGE, ids=name_of)
def test_every_link_to_a_file_finds_it(page: Path) -> None:
    targets = [link.partition("#")[0] for link in links_of(page) if not link.startswith("https://")]

    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", EVERY_PAGE, ids=name_of)
def test_every_link_to_a_heading_finds_it(page: Path) -> None:
    lost = []
    for link in links_of(page):
        target, _, anchor = link.partition("#")
        file = (page.parent / target) if target else page
        if anchor and not link.startswith("https://") and anchor not in anchors_of(file):
            lost.append(link)

    assert lost == []


def test_the_table_of_contents_names_every_page_of_the_folder() -> None:
    index = ROOT / "docs" / "index.md"

    listed = {link for link in links_of(index) if link.endswith(".md")}

    assert listed == {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"}


def test_links_to_elsewhere_are_those_that_were_looked_at() -> None:
    """Nothing here asks the network: `tox -e linkcheck` does, and then a new link is put into this list."""
    found = {link for page in EVERY_PAGE for link in links_of(page) if "://" in link}

    assert sorted(found) == ELSEWHERE
    assert [link for link in found if not re.fullmatch(r"https://[a-z0-9.-]+\.[a-z]+(/[\w./#-]*)?", link)] == []
