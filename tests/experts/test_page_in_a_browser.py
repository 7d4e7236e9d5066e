"""The page for experts in a real browser: fill in, save, come back; and nothing of it runs or fetches anything."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.cli import main
from medgen_pytest.runs.experts.export import ExportPolicy, export_run
from medgen_pytest.runs.experts.labels import read_labels
from medgen_pytest.store import RunDirectory
from tests.browsing import SMUGGLED, start_browser
from tests.experts.filled import page_document, write_json
from tests.experts.judged_run import RUBRIC, judged_run
from tests.small_dataset import preface_instructions, write_small_dataset

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from medgen_pytest.runs.experts.export import Exported
    from tests.browsing import Browser

pytestmark = pytest.mark.slow

HOSTILE = (
    "<script>window.ran = 1</script><img src=x onerror='window.ran = 2'><svg onload=window.ran=3>"
    '"><iframe src="javascript:parent.ran = 4"></iframe><a href="javascript:window.ran = 5">here</a>'
    "${samples} </style></script><script>window.ran = 6</script> \u202egnp.exe\u2066 &lt;b&gt; {{7*7}}"
)
DENIED = "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } });"


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests."""
    with start_browser(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture
def browser(program: Browser) -> Iterator[Browser]:
    """The browser as nobody has used it."""
    program.show_as()
    yield program
    program.run("try { localStorage.clear(); } catch {}")
    for path in program.downloads.iterdir():
        path.unlink()


@pytest.fixture
def page(exported: Exported) -> Path:
    return exported.key_path.parent / "expert.html"


def test_what_is_filled_in_survives_a_reload_is_saved_and_comes_back(
    browser: Browser, exported: Exported, page: Path
) -> None:
    browser.open(page)
    browser.write("#expert", "Dr. Ä. B.")
    browser.mark("overall", 7)
    browser.mark("relevance", 6)
    browser.write(".sample.current textarea", "faint\n=1+1")
    browser.press("n")
    browser.mark("overall", 10)
    assert browser.text("count") == "2 of 16"

    browser.driver.refresh()
    assert browser.text("count") == "2 of 16"
    assert browser.driver.find_element("css selector", ".sample.current h2").text == "Sample 2 of 16"
    assert browser.driver.find_element("id", "expert").get_property("value") == "Dr. Ä. B."

    browser.click("save")
    saved = browser.saved()
    assert saved.name == "labels-Dr-Ä-B-.json"
    browser.click("clear")
    browser.driver.switch_to.alert.accept()
    assert browser.text("count") == "0 of 16"

    browser.driver.find_element("id", "file").send_keys(str(saved))
    browser.wait_for("message", "Loaded")
    assert browser.text("count") == "2 of 16"
    assert main(["judge", "calibrate", str(saved), "--export", str(exported.key_path)]) == 0
    found = read_labels([saved], exported.key)
    first, second = (item.id for item in exported.key.items[:2])
    assert found.problems == ()
    assert [
        (label.expert, label.id, label.overall, dict(label.dimensions), label.comment) for label in found.labels
    ] == [
        ("Dr. Ä. B.", first, 7.0, {"relevance": 6.0}, "faint\n=1+1"),
        ("Dr. Ä. B.", second, 10.0, {}, ""),
    ]


def test_keys_and_buttons_go_from_sample_to_sample(browser: Browser, page: Path) -> None:
    browser.open(page)
    seen = []
    for step in ("n", "n", "p"):
        browser.press(step)
        seen.append(browser.driver.switch_to.active_element.text)
    browser.click("next")
    seen.append(browser.driver.switch_to.active_element.text)

    assert seen == [f"Sample {number} of 16" for number in (2, 3, 2, 3)]


def test_marks_can_be_set_by_keyboard_and_taken_back(browser: Browser, page: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.open(page)
    first = browser.driver.find_element("css selector", '.sample.current input[data-field="overall"][value="1"]')
    first.send_keys(" ")
    first.send_keys(Keys.ARROW_RIGHT)
    chosen = browser.run("return document.querySelector('.current [data-field=overall]:checked').value")
    assert (chosen, browser.text("count")) == ("2", "1 of 16")

    browser.driver.find_element("css selector", '.sample.current input[data-field="overall"][value=""]').click()
    assert browser.text("count") == "0 of 16"


def test_nothing_is_saved_without_a_name(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.mark("overall", 7)
    browser.click("save")

    assert "Write your name or initials first" in browser.text("message")
    assert browser.driver.switch_to.active_element.get_property("id") == "expert"
    assert list(browser.downloads.iterdir()) == []


def test_a_file_that_does_not_fit_changes_nothing_and_says_why(
    browser: Browser, exported: Exported, page: Path, tmp_path: Path
) -> None:
    first, second = (item.id for item in exported.key.items[:2])
    good = page_document(exported, {first: {"overall": 7}}, expert="ab")
    files = {
        "it belongs to another export": {**good, "export": "other"},
        "it is no file that this page saved": {"kind": "x"},
        "overall is not on the scale": page_document(
            exported, {first: {"overall": 8}, second: {"overall": 11}}, expert=""
        ),
        "relevance is no number": page_document(exported, {second: {"relevance": "<img>"}}, expert=""),
        "it speaks of another sample": page_document(exported, {"constructor": {"overall": 1}}, expert=""),
    }
    browser.open(page)
    browser.mark("overall", 3)

    for number, (reason, document) in enumerate(files.items()):
        path = write_json(document, tmp_path / f"{number}.json")
        browser.driver.find_element("id", "file").send_keys(str(path))
        browser.wait_for("message", reason)
        assert f"{number}.json was not loaded" in browser.text("message")

    assert browser.text("count") == "1 of 16"
    browser.driver.find_element("id", "file").send_keys(str(write_json(good, tmp_path / "good.json")))
    browser.wait_for("message", "Loaded good.json: 1 of 16 judged.")


def test_the_page_works_where_nothing_can_be_stored(browser: Browser, page: Path) -> None:
    script = browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": DENIED})
    browser.open(page)
    browser.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
    browser.write("#expert", "ab")
    browser.mark("overall", 7)
    browser.click("save")

    assert json.loads(browser.saved().read_text(encoding="utf-8"))["labels"][0]["overall"] == 7


def test_texts_of_datasets_models_and_rubrics_run_nothing(browser: Browser, tmp_path: Path) -> None:
    preface_instructions(write_small_dataset(tmp_path / "data"), HOSTILE)
    rubric = {
        **RUBRIC,
        "name": HOSTILE,
        "dimensions": [{"name": "truth", "title": HOSTILE, "question": HOSTILE, "formats": []}],
    }
    run = judged_run(tmp_path, text=HOSTILE, rubric=rubric, models=[HOSTILE])
    exported = export_run(RunDirectory(run), ExportPolicy(is_blind=False))

    browser.open(exported.key_path.parent / "expert.html")
    shown = browser.driver.find_element("tag name", "main").text
    for _ in exported.key.items:
        browser.press("n")

    assert browser.run("return window.ran") is None
    assert "<script>window.ran = 1</script>" in shown
    assert "\\u202egnp.exe\\u2066 &lt;b&gt; {{7*7}}" in shown
    assert browser.run("return document.scripts.length") == 1
    strange = "iframe, object, embed, svg, a[href^='javascript'], img:not([src^='data:image/']), base, form, link"
    assert browser.run("return document.querySelectorAll(arguments[0]).length", strange) == 0
    assert browser.handlers() == []
    assert browser.driver.get_log("browser") == []


def test_nothing_is_fetched_and_nothing_could_be(browser: Browser, page: Path) -> None:
    browser.requests()
    browser.open(page)
    for _ in range(16):
        browser.press("n")

    assert browser.requests() == [page.as_uri()]
    assert (
        browser.run("return performance.getEntriesByType('resource').filter((e) => !e.name.startsWith('data:')).length")
        == 0
    )
    assert browser.refusals() >= SMUGGLED


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_sticks_out_of_a_screen(browser: Browser, page: Path, width: int) -> None:
    browser.show_as(width=width)
    browser.open(page)

    assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth")
    sizes = "return [...document.querySelectorAll('.current .marks span')].map((e) => [e.offsetWidth, e.offsetHeight])"
    assert min(side for size in browser.run(sizes) for side in size) >= 40


def test_print_shows_every_sample(browser: Browser, page: Path) -> None:
    browser.open(page)
    count = "return [...document.querySelectorAll('.sample')].filter((e) => e.offsetHeight > 0).length"
    on_screen = browser.run(count)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    on_paper = browser.run(count)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

    assert (on_screen, on_paper) == (1, 16)


def test_every_control_has_a_name_that_is_read_aloud(browser: Browser, page: Path) -> None:
    controls = {"radio", "textbox", "button", "combobox", "progressbar", "image", "article"}

    browser.open(page)
    found = [(role, name) for role, name in browser.read_aloud() if role in controls]

    assert {role for role, _ in found} == controls
    assert [role for role, name in found if not name] == []


def test_a_scale_of_fractions_is_filled_in_as_numbers(browser: Browser, tmp_path: Path) -> None:
    run = judged_run(tmp_path, rubric={**RUBRIC, "low": 0, "high": 1.5}, threshold=1.0)
    exported = export_run(RunDirectory(run), ExportPolicy())
    browser.open(exported.key_path.parent / "expert.html")
    browser.write("#expert", "ab")
    box = '.sample.current input[data-field="overall"]'

    browser.write(box, "7")
    browser.click("save")
    assert "A mark of sample 1 is not on the scale from 0 to 1.5" in browser.text("message")

    browser.driver.find_element("css selector", box).clear()
    browser.write(box, "0.25")
    browser.click("save")
    assert [label.overall for label in read_labels([browser.saved()], exported.key).labels] == [0.25]
