"""Looking at a page with a gallery in a browser: choosing, waiting, and what is on the screen then."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from tests.browsing import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from tests.browsing import Browser

HOSTILE = (
    "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'><svg onload=window.ran=3>"
    '"><iframe src="javascript:parent.ran = 4"></iframe><a href="javascript:window.ran = 5">here</a>'
    "</script></style><script>window.ran = 6</script> \u202egnp.exe\u2066 &lt;b&gt; {{7*7}} __proto__"
)
"""A name or a text of a model, a dataset or a judge that would run or hide something."""
_CONTRASTS = """
const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const known = new Map();
const channels = (colour) => {
  if (!known.has(colour)) {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour; context.fillRect(0, 0, 1, 1);
    known.set(colour, [...context.getImageData(0, 0, 1, 1).data]);
  }
  return known.get(colour);
};
const ground = (element) => {
  const layers = [];
  for (let one = element; one; one = one.parentElement) layers.push(channels(getComputedStyle(one).backgroundColor));
  return layers.reverse().reduce((below, [r, g, b, a]) =>
    [r, g, b].map((value, place) => value * (a / 255) + below[place] * (1 - a / 255)), [255, 255, 255]);
};
const light = (rgb) => rgb.map((value) => value / 255)
  .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  .reduce((sum, value, place) => sum + value * [0.2126, 0.7152, 0.0722][place], 0);
const low = [];
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || !element.checkVisibility() || element.matches("script, style, option, :disabled")) continue;
  const [one, two] = [light(channels(getComputedStyle(element).color)), light(ground(element))];
  const ratio = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
  if (ratio < 4.5) low.push([element.tagName, element.className, element.textContent.slice(0, 40), ratio]);
}
return low;
"""
"""The texts that are hard to read against their ground."""


def choose(browser: Browser, name: str, text: str) -> None:
    """Chooses an option by how its text begins."""
    from selenium.webdriver.support.ui import Select

    select = Select(browser.driver.find_element("id", name))
    select.select_by_visible_text(next(one.text for one in select.options if one.text.strip().startswith(text)))


def cards(browser: Browser) -> list[str]:
    """The ids on the cards of the list's page."""
    found: list[str] = browser.run("return [...document.querySelectorAll('.card .open')].map((one) => one.textContent)")
    return found


def wait(browser: Browser, script: str) -> Any:
    """Waits until a script returns what is true."""
    end = time.monotonic() + PATIENCE
    while not (found := browser.run(script)):
        assert time.monotonic() < end, script
        time.sleep(0.05)
    return found


def stack_class(browser: Browser) -> str:
    """What the images that lie on each other show."""
    found: str = browser.run("return document.querySelector('.stack').className")
    return found


def pixels_of(browser: Browser, selector: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """What is on the screen of an element, uint8 (H, W, 3)."""
    element = browser.driver.find_element("css selector", selector)
    browser.run("arguments[0].scrollIntoView()", element)
    with Image.open(io.BytesIO(element.screenshot_as_png)) as picture:
        return np.asarray(picture.convert("RGB"))


def assert_that_nothing_ran(browser: Browser, texts: Sequence[str], *, said: str) -> None:
    """Holds that a page of `HOSTILE` names and texts shows them in each text that was read off it, and ran none."""
    assert browser.run("return window.ran") is None
    assert all("<script>window.ran = 1</script><img src=x onerror=" in text for text in texts)
    assert all("\\u202egnp.exe\\u2066 &lt;b&gt; {{7*7}}" in text for text in texts)
    assert all(said in text for text in texts)
    strange = "iframe, object, embed, base, link, a[href^='javascript'], img:not([src^='data:image/']), [style]"
    assert browser.run("return document.querySelectorAll(arguments[0]).length", strange) == 0
    assert browser.handlers() == []
    assert browser.driver.get_log("browser") == []


def assert_that_it_fits(browser: Browser, paths: Iterable[Path]) -> None:
    """Holds that nothing of these pages sticks out of the screen, nor of a sample that is opened."""
    for path in paths:
        browser.open(path)
        assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth"), path
        browser.run("document.querySelector('.card .open').click()")
        fits = browser.run("const one = document.getElementById('viewer'); return one.scrollWidth <= one.clientWidth")
        assert fits, path


def assert_that_it_can_be_read(browser: Browser, page: Path, open_one: Callable[[], object]) -> None:
    """Holds that every text of a page, and of a sample that is opened, stands out from its ground."""
    browser.open(page)
    low = browser.run(_CONTRASTS)
    open_one()

    assert low == []
    assert browser.run(_CONTRASTS) == []


def assert_that_all_have_names(browser: Browser, page: Path, open_one: Callable[[], object]) -> None:
    """Holds that a page has every kind of control, figure and region, a sample opened, and that each is read aloud."""
    named = {"button", "combobox", "searchbox", "image", "link", "region", "dialog", "navigation", "form"}
    browser.open(page)
    met = browser.read_aloud()
    open_one()
    met += browser.read_aloud()

    found = [(role, name) for role, name in met if role in named]
    assert {role for role, _ in found} == named
    assert [role for role, name in found if not name] == []
