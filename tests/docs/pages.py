"""Pages of the documentation, cut into what can be checked: fenced blocks, tables, links and headings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))
EXAMPLE = ROOT / "examples" / "own-tests"

_FENCE = re.compile(
    r'^(?:<!-- (?P<mark>\w+) -->\n)?```(?P<language>\w*)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$',
    re.DOTALL | re.MULTILINE,
)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A fenced block: `title` is the file that it shows, `mark` a comment right before it."""

    where: str
    language: str
    text: str
    title: str | None = None
    mark: str | None = None


def name_of(page: Path) -> str:
    """A page as test ids show it."""
    return page.relative_to(ROOT).as_posix()


def blocks_of(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            where=f"{name_of(page)}:{text.count(chr(10), 0, match.start()) + 1}",
            language=match["language"],
            text=match["text"],
            title=match["title"],
            mark=match["mark"],
        )
        for match in _FENCE.finditer(text)
    ]


def prose_of(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def links_of(page: Path) -> list[str]:
    """The targets of all links of a page."""
    return _LINK.findall(prose_of(page))


def anchors_of(page: Path) -> set[str]:
    """The anchors that the headings of a page have, as code hosts make them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(prose_of(page))}


def table_of(page: Path, *, heading: str) -> list[dict[str, str]]:
    """The rows of the table whose first column is called `heading`, cells by the names of their columns."""
    lines = prose_of(page).splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    names, rows = _cells(lines[start]), []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append(dict(zip(names, _cells(line), strict=True)))
    return rows


def codes_in(cell: str) -> list[str]:
    """What stands between back quotes in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").replace("\\|", "/").split("|")]
