"""Checks the site that `sphinx-build` made of `docs`: every link within it, and that it loads nothing from elsewhere.

    python tests/site/check_site.py SITE

Needs nothing but Python. Prints the hosts that pages link to, which nobody asks. Ends with exit code 1 if anything is
wrong.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADING = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}


@dataclass(slots=True)
class Page:
    """What stands in one page: its anchors, its links, and what it loads."""

    anchors: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)


class Reader(HTMLParser):
    """Reads a page."""

    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value for name, value in attrs if value}
        if "id" in given:
            self.page.anchors.add(given["id"])
        if tag == "a" and "href" in given:
            self.page.links.append(given["href"])
        elif LOADING.get(tag) in given:
            self.page.loads.append(given[LOADING[tag]])


def read(path: Path) -> Page:
    """The page of a file."""
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader.page


def lost_links(site: Path, pages: dict[Path, Page]) -> list[str]:
    """What leads nowhere, of links and of what is loaded."""
    lost = []
    for path, page in pages.items():
        for link in (*page.links, *page.loads):
            target = urlsplit(link)
            if target.scheme or target.netloc:
                continue
            file = (path.parent / unquote(target.path)).resolve() if target.path else path
            is_lost = not file.is_file() or not file.is_relative_to(site)
            if is_lost or (target.fragment and file in pages and unquote(target.fragment) not in pages[file].anchors):
                lost.append(f"{path.relative_to(site)}: {link} leads nowhere")
    return lost


def foreign(site: Path, pages: dict[Path, Page]) -> list[str]:
    """What is loaded from elsewhere, and links that are no https."""
    loads = [
        f"{path.relative_to(site)}: loads {item}"
        for path, page in pages.items()
        for item in page.loads
        if urlsplit(item).netloc
    ]
    links = [
        f"{path.relative_to(site)}: {link} is no https link"
        for path, page in pages.items()
        for link in page.links
        if (urlsplit(link).scheme or urlsplit(link).netloc) and urlsplit(link).scheme != "https"
    ]
    return loads + links


def main(folder: str) -> int:
    """Prints what was found; 1 if anything is wrong."""
    site = Path(folder).resolve()
    pages = {path: read(path) for path in sorted(site.glob("*.html"))}
    problems = lost_links(site, pages) + foreign(site, pages)
    hosts = Counter(urlsplit(link).netloc for page in pages.values() for link in page.links if urlsplit(link).netloc)
    said = [
        f"{len(pages)} pages, {sum(len(page.links) for page in pages.values())} links",
        "hosts, not asked: " + (", ".join(f"{host} ({number})" for host, number in sorted(hosts.items())) or "none"),
        *(problems or ["no problems"]),
    ]
    sys.stdout.write("\n".join([*said, ""]))
    return 1 if problems or not pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
