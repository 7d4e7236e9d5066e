"""Links lead somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import EXAMPLE, PAGES, ROOT, anchors_of, links_of, name_of

if TYPE_CHECKING:
    from pathlib import Path

EVERY_PAGE = (*PAGES, EXAMPLE / "README.md")


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


def test_the_readme_leads_to_every_page_of_the_folder() -> None:
    linked = {link.partition("#")[0] for link in links_of(ROOT / "README.md")}

    assert {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")} - linked == set()
