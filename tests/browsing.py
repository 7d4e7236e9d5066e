"""A real browser without a window, and what tests do with the page in it."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
DRIVER = "chromedriver"
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
PATIENCE = 20.0
PHONE = 600
"""Screens that are less wide, in pixels, are those of phones."""
_SMUGGLING = """
const done = arguments[0];
const refused = [];
document.addEventListener("securitypolicyviolation", (event) => refused.push(event.effectiveDirective));
new Image().src = "http://127.0.0.1:9/picture.png";
const script = document.createElement("script");
script.textContent = "window.ran = 1";
document.body.append(script);
document.body.setAttribute("style", "color: red");
const button = document.createElement("button");
button.setAttribute("onclick", "window.ran = 2");
button.click();
fetch("http://127.0.0.1:9/").catch(() => setTimeout(() => done([refused, window.ran !== undefined]), 100));
"""
SMUGGLED = frozenset({"connect-src", "img-src", "script-src-elem", "script-src-attr", "style-src-attr"})
"""What a policy must refuse of an image and an answer from elsewhere, two scripts and a style."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """A browser whose downloads go to a folder; `driver` is selenium's."""

    driver: Any
    downloads: Path

    def open(self, page: Path) -> None:
        """Opens a file."""
        self.driver.get(page.as_uri())

    def run(self, script: str, *arguments: object) -> Any:
        """Runs a script in the page."""
        return self.driver.execute_script(script, *arguments)

    def text(self, name: str) -> str:
        """The text of the element with an id."""
        found: str = self.driver.find_element("id", name).text
        return found

    def click(self, name: str) -> None:
        """Clicks on the element with an id."""
        self.driver.find_element("id", name).click()

    def mark(self, field: str, value: int) -> None:
        """Chooses a mark of the sample that is shown."""
        selector = f'.sample.current input[data-field="{field}"][value="{value}"]'
        self.driver.find_element("css selector", selector).click()

    def write(self, selector: str, text: str) -> None:
        """Types a text."""
        self.driver.find_element("css selector", selector).send_keys(text)

    def press(self, key: str) -> None:
        """Presses a key together with Alt."""
        from selenium.webdriver.common.action_chains import ActionChains
        from selenium.webdriver.common.keys import Keys

        ActionChains(self.driver).key_down(Keys.ALT).send_keys(key).key_up(Keys.ALT).perform()

    def type(self, *keys: str) -> None:
        """Presses keys one after another, wherever the focus is."""
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def show_as(self, *, width: int = 1280, scheme: str = "light", motion: str = "no-preference") -> None:
        """Sets the size of the screen, and what the system prefers."""
        screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < PHONE}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
        wishes = {"prefers-color-scheme": scheme, "prefers-reduced-motion": motion}
        features = [{"name": name, "value": value} for name, value in wishes.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": features})

    def saved(self, pattern: str = "*.json") -> Path:
        """The one file that was downloaded, once it is whole."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = list(self.downloads.glob(pattern))
            if found and not list(self.downloads.glob("*.crdownload")):
                (path,) = found
                return path
            time.sleep(0.05)
        raise AssertionError(f"nothing was downloaded within {PATIENCE:g} s")

    def wait_for(self, name: str, text: str) -> None:
        """Waits until the element with an id shows a text."""
        end = time.monotonic() + PATIENCE
        while text not in self.text(name):
            assert time.monotonic() < end, f"{name!r} says {self.text(name)!r}, not {text!r}"
            time.sleep(0.05)

    def requests(self) -> list[str]:
        """What was asked for since the last look, data URLs apart."""
        import json

        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        urls = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
        return [url for url in urls if not url.startswith("data:")]

    def read_aloud(self) -> list[tuple[str, str]]:
        """Role and name of whatever a screen reader meets in the page."""
        nodes = self.driver.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        met = [node for node in nodes if not node.get("ignored")]
        return [(node.get("role", {}).get("value", ""), node.get("name", {}).get("value", "")) for node in met]

    def handlers(self) -> list[str]:
        """The attributes of the page that would run something."""
        names = "return [...document.querySelectorAll('*')].flatMap((element) => element.getAttributeNames())"
        return [name for name in self.run(names) if name.startswith("on")]

    def refusals(self) -> set[str]:
        """The directives by which the page refuses what is smuggled into it; fails where some of that ran."""
        refused, ran = self.driver.execute_async_script(_SMUGGLING)
        assert not ran
        return set(refused)


@contextmanager
def start_browser(folder: Path) -> Iterator[Browser]:
    """A browser with a profile of its own; tests are skipped without one, unless it is required."""
    program = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    helper = shutil.which(DRIVER)
    if program is None or helper is None:
        _do_without("no Chromium with its driver is installed")
    try:
        from selenium import webdriver
        from selenium.webdriver.chrome.service import Service
    except ImportError:
        _do_without("selenium is not installed")
    downloads = folder / "downloads"
    downloads.mkdir()
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (*FLAGS, f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(helper))
    try:
        yield Browser(driver=driver, downloads=downloads)
    finally:
        driver.quit()


def _do_without(reason: str) -> None:
    if os.environ.get("MEDGEN_REQUIRE_SHARED"):  # noqa: TID251 - a switch of the tests: CI must not pass by skipping
        pytest.fail(f"a browser is required but {reason}")
    pytest.skip(reason)
