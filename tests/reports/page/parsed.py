"""A page as a browser's parser sees it: elements with their attributes, data blocks, visible text."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_VOID = {"meta", "input", "img", "link", "br", "hr"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element: its name, attributes and the text directly within it."""

    name: str
    attributes: dict[str, str]
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text."""
        return "".join(self.texts)


class ParsedPage(HTMLParser):
    """All elements of a page in order; `text` is what is shown of it, apart from scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.elements: list[Element] = []
        self.text = ""
        self._open: list[Element] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes an element."""
        element = Element(name=tag, attributes={name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        """Ends the element; ends are in order, or the page is broken."""
        assert self._open, f"</{tag}> ends nothing"
        assert self._open.pop().name == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element of SVG without content."""
        self.elements.append(Element(name=tag, attributes={name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Notes a text."""
        if self._open:
            self._open[-1].texts.append(data)
            if self._open[-1].name not in {"script", "style"}:
                self.text += data

    def named(self, name: str) -> list[Element]:
        """The elements of a name."""
        return [element for element in self.elements if element.name == name]

    def block(self, name: str) -> Any:
        """The data of a block."""
        [found] = [element for element in self.named("script") if element.attributes.get("id") == name]
        return json.loads(found.text)

    def items(self, name: str) -> list[Any]:
        """All items of the blocks of a kind, in order."""
        found = [element for element in self.named("script") if element.attributes.get("id", "").startswith(f"{name}-")]
        return [item for element in found for item in json.loads(element.text)]
