"""The page in a real browser: find a sample, look at it, compare it; and nothing of it runs or fetches anything."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np
import pytest

from medgen_pytest.runs.finish import Overrides, rescore_run
from medgen_pytest.runs.page.writing import write_page
from medgen_pytest.store import RunDirectory
from tests.browsing import SMUGGLED
from tests.experts.judged_run import judged_run
from tests.reports.page.looking import (
    HOSTILE,
    assert_that_all_have_names,
    assert_that_it_can_be_read,
    assert_that_it_fits,
    assert_that_nothing_ran,
    cards,
    choose,
    pixels_of,
    stack_class,
    wait,
)
from tests.runs.small_run import carry_out, edited_facts, prepare
from tests.small_dataset import SAMPLES, preface_instructions, write_small_dataset

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.reports.page.image_mode import ImageMode
    from tests.browsing import Browser

pytestmark = pytest.mark.slow

MODELS = ("copy-input", "oracle")
RESULTS = len(MODELS) * SAMPLES
EDIT = "edit:noise-reconstruction:000001"
GENERATION = "gen:instruction-editing:000001"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two models on the small dataset."""
    folder = tmp_path_factory.mktemp("page")
    for number, model in enumerate(MODELS):
        prepared = prepare(folder, model, gate=["all/accuracy >= 0.9"])
        carry_out(prepared, folder / "run", started=f"2026-11-22T1{number}:00:00+00:00", session=f"s{number}")
    return folder / "run"


@pytest.fixture(scope="module")
def page(run: Path) -> Path:
    """Its page with thumbnails."""
    return write(run, "thumbs")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run in which every name and text is hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    preface_instructions(write_small_dataset(folder / "data"), HOSTILE)
    rubric = {
        "name": HOSTILE,
        "version": "1",
        "digest": "d",
        "low": 1,
        "high": 10,
        "dimensions": [{"name": "relevance", "title": HOSTILE, "question": HOSTILE, "formats": []}],
    }
    run = judged_run(folder, text=HOSTILE, rubric=rubric, models=[HOSTILE, f"{HOSTILE}\n2"])
    with edited_facts(run) as facts:
        facts["judge"]["conventions"] = {"judge_with_reference": "judge_with_reference/test@1"}
    return write(run, "thumbs")


def write(run: Path, mode: ImageMode) -> Path:
    store = RunDirectory(run)
    path = run / f"{mode}.html"
    write_page(rescore_run(store, Overrides(thresholds={}), root=run), store, path, mode=mode)
    return path


def open_sample(browser: Browser, page: Path, sample_id: str, model: str) -> None:
    browser.driver.get("about:blank")
    browser.driver.get(f"{page.as_uri()}#{quote(f'{sample_id}|{model}', safe='')}")
    assert browser.text("viewer-title") == sample_id
    wait(browser, "return [...document.querySelectorAll('#viewer img')].every((one) => one.complete)")


def test_the_list_is_filtered_by_what_is_chosen(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert browser.text("found") == f"{RESULTS} of {RESULTS} results"

    choose(browser, "by-model", "oracle")
    assert browser.text("found") == f"{SAMPLES} of {RESULTS} results"
    choose(browser, "by-task", "image_editing")
    choose(browser, "by-modality", "CT")
    assert cards(browser) == [EDIT]
    choose(browser, "by-outcome", "inaccurate")
    assert browser.text("found") == f"None of {RESULTS} results is like this."

    browser.driver.find_element("css selector", "#filters button").click()
    browser.wait_for("found", f"{RESULTS} of {RESULTS} results")
    browser.write("#by-id", "000002")
    assert {name[-6:] for name in cards(browser)} == {"000002"}


def test_the_list_has_orders(browser: Browser, page: Path) -> None:
    browser.open(page)
    worst = cards(browser)
    outcomes = browser.run("return [...document.querySelectorAll('.card')].map((card) => card.classList[1])")

    choose(browser, "by-order", "sample id")
    by_id = cards(browser)
    choose(browser, "by-order", "by lot (seed 0)")
    drawn = cards(browser)
    choose(browser, "by-order", "worst psnr first")
    by_psnr = cards(browser)

    assert outcomes == sorted(outcomes, reverse=True)
    assert by_id == sorted(worst)
    assert drawn[::2] == drawn[1::2] != by_id[::2]
    assert sorted(by_psnr) == by_id
    assert by_psnr[0].startswith(("edit", "gen"))


def test_a_cell_of_the_heat_map_leads_to_its_samples(browser: Browser, page: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.open(page)
    browser.run("document.querySelector('table.heat a').focus()")
    browser.type(Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
    cell = browser.run("return {...document.activeElement.dataset}")
    browser.type(Keys.ENTER)

    assert (cell["task"], cell["modality"]) == ("noise-reconstruction", "MRI")
    assert cards(browser) == ["edit:noise-reconstruction:000002"]
    assert browser.run("return document.activeElement.id") == "gallery"
    tabbed = "return document.querySelectorAll('table.heat a[tabindex=\"0\"]').length"
    assert browser.run(tabbed) == browser.run("return document.querySelectorAll('table.heat:has(a)').length")


def test_slices_are_sorted_and_filtered(browser: Browser, page: Path) -> None:
    browser.open(page)
    rows = "[...document.querySelectorAll('#slice-table tbody tr:not([hidden])')]"
    column = f"return {rows}.map((row) => row.cells[5].textContent)"
    head = browser.driver.find_element("css selector", "#slice-table th:nth-child(6) button")
    head.click()
    rising = [int(text) for text in browser.run(column)]
    head.click()
    falling = [int(text) for text in browser.run(column)]
    states = browser.run(
        "return [...document.querySelectorAll('#slice-table th[aria-sort]')].map((one) => one.ariaSort)"
    )

    choose(browser, "slice-model", "oracle")
    choose(browser, "slice-level", "task and modality")
    browser.write("#slice-text", "mri")

    assert rising == sorted(rising)
    assert falling == sorted(falling, reverse=True)
    assert states.count("descending") == 1
    assert browser.text("slice-count").startswith("2 of ")


def test_panels_show_one_metric_at_a_time(browser: Browser, page: Path) -> None:
    browser.open(page)
    choose(browser, "scores-panel", "psnr")

    shown = "return [...document.querySelectorAll('[data-panel=scores]')].filter((one) => !one.hidden).length"
    assert browser.run(shown) == 1
    assert "psnr" in browser.run("return document.querySelector('[data-panel=scores]:not([hidden]) h3').textContent")


def test_a_sample_is_opened_by_mouse_and_keys_and_left_again(browser: Browser, page: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.open(page)
    first, second = cards(browser)[:2]
    browser.driver.find_element("css selector", ".card").click()
    seen = [browser.text("viewer-title")]
    browser.type(Keys.ARROW_RIGHT)
    seen.append(browser.text("viewer-title"))
    browser.type(Keys.ARROW_LEFT)
    seen.append(browser.text("viewer-title"))
    before = browser.run("return document.getElementById('viewer-model').selectedOptions[0].textContent")
    browser.type("m")
    after = browser.run("return document.getElementById('viewer-model').selectedOptions[0].textContent")
    focus = browser.run("return document.activeElement.id")
    browser.type(Keys.ESCAPE)

    assert seen == [first, second, first]
    assert {before, after} == {"copy-input: inaccurate", "oracle: accurate"}
    assert focus == "viewer-title"
    assert not browser.run("return document.getElementById('viewer').open")
    assert browser.run("return document.activeElement.classList.contains('open')")


def test_an_opened_sample_shows_images_scores_and_texts(browser: Browser, page: Path) -> None:
    open_sample(browser, page, GENERATION, "copy-input")

    text = browser.text("viewer-body")
    captions = browser.run(
        "return [...document.querySelectorAll('.figures figcaption strong')].map((one) => one.textContent)"
    )
    widths = browser.run("return [...document.querySelectorAll('.figures img')].map((one) => one.naturalWidth)")
    assert captions == ["input", "reference", "output"]
    assert widths == [32, 32, 32, 32, 32]
    assert "psnr >= 28" in text
    assert "Mirror the image left to right" in text
    assert "32 x 32 pixels" in text


def test_repeats_are_counted_from_0_as_everywhere(browser: Browser, tmp_path: Path) -> None:
    carry_out(prepare(tmp_path, "oracle", repeats=2), tmp_path / "run")
    page = write(tmp_path / "run", "none")

    open_sample(browser, page, EDIT, "oracle (repeat 1)")

    models = browser.run("return [...document.querySelectorAll('#viewer-model option')].map((one) => one.textContent)")
    assert models == ["oracle (repeat 0): accurate", "oracle (repeat 1): accurate"]
    assert "oracle, repeat 1," in browser.text("viewer-body")


def test_two_texts_are_compared_word_by_word(browser: Browser, tmp_path: Path) -> None:
    run = judged_run(tmp_path, text="The image was mirrored from left to right twice.")
    page = write(run, "none")

    open_sample(browser, page, GENERATION, "the-first-model")

    marked = browser.run(
        "return [...document.querySelectorAll('.texts .part:last-child .text > *')]"
        ".map((one) => [one.localName, one.textContent.trim()])"
    )
    assert marked == [
        ["span", "The image was mirrored"],
        ["ins", "from"],
        ["span", "left to"],
        ["del", "right."],
        ["ins", "right twice."],
    ]
    assert browser.run("return getComputedStyle(document.querySelector('del')).textDecorationLine") == "line-through"


def test_the_difference_is_black_where_nothing_differs(browser: Browser, page: Path) -> None:
    open_sample(browser, page, EDIT, "oracle")
    equal = pixels_of(browser, ".stack")
    open_sample(browser, page, EDIT, "copy-input")
    other = pixels_of(browser, ".stack")
    choose(browser, "compare-gain", "x 4")
    amplified = pixels_of(browser, ".stack")
    choose(browser, "compare-with", "input")
    unchanged = pixels_of(browser, ".stack")
    told = browser.run("return document.querySelector('.compared figcaption').textContent")

    assert equal.max() == 0
    assert other.mean() > 10
    assert amplified.mean() > 1.5 * other.mean()
    assert unchanged.max() == 0
    assert told.startswith(
        "Absolute difference of output and input times 4, black where they are equal; of small images"
    )


def test_images_flicker_by_button_and_key_until_they_are_held(browser: Browser, page: Path) -> None:
    open_sample(browser, page, EDIT, "copy-input")
    output = pixels_of(browser, ".figures figure:nth-child(3) img")

    browser.type("f")
    first = stack_class(browser)
    seen = {first}
    wait(browser, f"return document.querySelector('.stack').className !== {first!r}")
    seen.add(stack_class(browser))
    pressed = browser.run(
        "return [...document.querySelectorAll('.comparison [aria-pressed=true]')].map((one) => one.textContent)"
    )
    browser.type("f")
    held = stack_class(browser)
    time.sleep(1.6)

    assert seen == {"stack flicker output", "stack flicker other"}
    assert pressed == ["Flicker"]
    assert stack_class(browser) == held
    browser.type("d")
    assert stack_class(browser) == "stack difference gain-1"
    browser.driver.find_element("xpath", "//button[text()='Flicker']").click()
    assert stack_class(browser) == "stack flicker output"
    shown = pixels_of(browser, ".stack")
    assert shown.shape == output.shape
    assert np.abs(shown.astype(int) - output).mean() < 2


def test_with_reduced_motion_each_press_shows_the_other_image_and_nothing_moves(browser: Browser, page: Path) -> None:
    browser.show_as(motion="reduce")
    open_sample(browser, page, EDIT, "copy-input")

    seen = []
    for _ in range(3):
        browser.type("f")
        seen.append(stack_class(browser))
    time.sleep(1.6)

    assert seen == ["stack flicker output", "stack flicker other", "stack flicker output"]
    assert stack_class(browser) == seen[-1]


def test_whole_images_are_shown_from_beside_the_page(browser: Browser, run: Path) -> None:
    page = write(run, "full")

    open_sample(browser, page, EDIT, "copy-input")

    assert (
        browser.run("return [...document.querySelectorAll('.figures img')].map((one) => one.naturalWidth)") == [32] * 5
    )
    source = browser.run("return document.querySelector('.figures img').src")
    assert source.startswith(f"{page.parent.as_uri()}/full-files/")
    assert browser.driver.get_log("browser") == []


def test_names_and_texts_of_datasets_models_and_judges_run_nothing(browser: Browser, hostile: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.open(hostile)
    scripts = browser.run("return [...document.scripts].filter((one) => one.type === '').length")
    browser.driver.find_element("css selector", ".card .open").click()
    texts = [browser.text("viewer-body")]
    for _ in range(RESULTS - 1):
        browser.type(Keys.ARROW_RIGHT)
        texts.append(browser.text("viewer-body"))

    assert scripts == 1
    assert_that_nothing_ran(browser, texts, said="overall ")


def test_nothing_is_fetched_and_nothing_could_be(browser: Browser, page: Path) -> None:
    browser.requests()
    browser.open(page)
    for name in ("models", "rates", "scores", "slices", "gallery", "facts"):
        browser.run("document.getElementById(arguments[0]).scrollIntoView()", name)
    browser.run("document.querySelector('.card .open').click()")
    browser.type("f", "d")

    assert browser.requests() == [page.as_uri()]
    entries = browser.run("return performance.getEntriesByType('resource').map((entry) => entry.name.slice(0, 5))")
    assert set(entries) <= {"data:"}
    assert browser.driver.get_log("browser") == []
    assert browser.refusals() >= SMUGGLED
    browser.driver.get_log("browser")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_sticks_out_of_a_screen(browser: Browser, page: Path, hostile: Path, width: int) -> None:
    browser.show_as(width=width)

    assert_that_it_fits(browser, (page, hostile))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_against_its_ground(browser: Browser, page: Path, scheme: str) -> None:
    browser.show_as(scheme=scheme)

    assert_that_it_can_be_read(browser, page, lambda: open_sample(browser, page, GENERATION, "copy-input"))


def test_every_control_figure_and_region_has_a_name_that_is_read_aloud(browser: Browser, page: Path) -> None:
    assert_that_all_have_names(browser, page, lambda: open_sample(browser, page, EDIT, "copy-input"))


def test_print_leaves_out_the_controls_and_nothing_else(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    shown = "return [...document.querySelectorAll(arguments[0])].map((one) => one.checkVisibility())"

    for parts in ("#filters", ".sections", ".pager", "#viewer"):
        assert set(browser.run(shown, parts)) == {False}, parts
    for parts in ("main > section", ".panel", "#slice-table tr", ".card"):
        assert set(browser.run(shown, parts)) == {True}, parts
    # On paper nothing can be scrolled: no column keeps the room that it has on a screen.
    widths = "return [...document.querySelectorAll('tbody th')].map((one) => getComputedStyle(one).minWidth)"
    assert set(browser.run(widths)) == {"0px"}


def test_without_scripts_the_page_still_shows_what_needs_none(browser: Browser, page: Path) -> None:
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.open(page)
        text = browser.driver.find_element("tag name", "body").text
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})

    assert "breached" in text
    assert "all/accuracy >= 0.9" in text
    assert text.count("noise-reconstruction") > 10
    assert "The samples are shown by a script within this page" in text
    assert "Remarkable" not in text
