"""Each page, taken block by block in an empty folder, does what it says."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import PAGES, ROOT, blocks_of, name_of
from tests.sessions import WITHOUT_PAGE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.docs.walkthrough import Walkthrough

# These have tests of their own, or hold measurements that take long.
ELSEWHERE = {ROOT / "docs" / name for name in ("report-json.md", "performance.md", "example-repository.md")}
FROM_NOTHING = {ROOT / "docs" / "getting-started.md"}
WITH_BLOCKS = [page for page in PAGES if page not in ELSEWHERE and blocks_of(page)]


@pytest.mark.parametrize("page", WITH_BLOCKS, ids=name_of)
def test_a_page_does_what_it_says(page: Path, walkthrough: Walkthrough) -> None:
    if "report.html" not in page.read_text(encoding="utf-8"):
        walkthrough.evaluation = (WITHOUT_PAGE,)
    if page in FROM_NOTHING:
        walkthrough.start_from_nothing()

    for block in blocks_of(page):
        walkthrough.take(block)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_block_says_what_it_is(page: Path) -> None:
    known = {"sh", "python", "yaml", "json", "text"}

    assert {block.language for block in blocks_of(page)} <= known


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_block_that_shows_a_file_stands_below_its_name(page: Path) -> None:
    """Code hosts do not show the title of a block."""
    paragraphs = page.read_text(encoding="utf-8").split("\n\n")

    unnamed = [
        after.splitlines()[0]
        for before, after in pairwise(paragraphs)
        if (title := re.match(r'```\w+ title="([^"]+)"', after)) and f"`{title[1]}`" not in before
    ]

    assert unnamed == []
