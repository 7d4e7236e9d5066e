"""The page of a comparison in a real browser: find a flip, look at both outputs; and nothing runs or is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np
import pytest

from medgen_pytest.evaluation.comparison.metrics import BY
from medgen_pytest.runs.comparing import Operand, Question, compare_read, read_operands
from medgen_pytest.runs.comparison_page import write_comparison_page
from medgen_pytest.runs.finish import Overrides, rescore_run
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
from tests.runs.small_run import carry_out, edited_facts, prepare, save_baseline
from tests.small_dataset import SAMPLES, preface_instructions, write_small_dataset

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.browsing import Browser

pytestmark = pytest.mark.slow

EDIT = "edit:noise-reconstruction:000001"
GENERATION = "gen:instruction-editing:000001"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run of oracle against a baseline and a run of copy-input."""
    folder = tmp_path_factory.mktemp("comparison")
    for name, model in (("a", "oracle"), ("b", "copy-input")):
        carry_out(prepare(folder, model), folder / name)
    operands = [folder / "a", folder / "b", save_baseline(folder)]
    return write(read_operands(list(map(str, operands)), Overrides(thresholds={}), root=folder), folder / "c.html")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of two models of a judged run in which every name and text is hostile."""
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
    store = RunDirectory(judged_run(folder, text=HOSTILE, rubric=rubric, models=[HOSTILE, f"{HOSTILE}\n2"]))
    with edited_facts(store.path) as facts:
        facts["profile"]["required"] = {task: ["judge_with_reference"] for task in facts["profile"]["required"]}
        conventions = {"judge_with_reference": "judge_with_reference/test@1"}
        facts["metrics"].update(conventions)
        facts["judge"]["conventions"] = conventions
    run = rescore_run(store, Overrides(thresholds={}), root=folder)
    operands = [
        Operand(letter=letter, path=store.path, model=model, run=run, store=store)
        for letter, model in zip("AB", run.models, strict=True)
    ]
    return write(operands, folder / "c.html")


def write(operands: Sequence[Operand], path: Path) -> Path:
    write_comparison_page(compare_read(operands, Question(metrics=None, by=BY)), operands, path)
    return path


def open_flip(browser: Browser, page: Path, sample_id: str, comparison: str = "B against A") -> None:
    browser.driver.get("about:blank")
    browser.driver.get(f"{page.as_uri()}#{quote(f'{comparison}|{sample_id}', safe='')}")
    assert browser.text("viewer-title") == sample_id
    wait(browser, "return [...document.querySelectorAll('#viewer img')].every((one) => one.complete)")


def captions(browser: Browser) -> list[str]:
    found: list[str] = browser.run(
        "return [...document.querySelectorAll('.figures figcaption strong')].map((one) => one.textContent)"
    )
    return found


def test_flips_are_filtered_and_ordered(browser: Browser, page: Path) -> None:
    browser.open(page)
    whole = browser.text("found")

    choose(browser, "by-comparison", "B against A")
    choose(browser, "by-task", "image_editing")
    edits = cards(browser)
    choose(browser, "by-order", "largest loss of psnr first")
    after = [float(text.split("psnr 100 → ")[1]) for text in scores(browser)]
    choose(browser, "by-change", "lost")
    browser.write("#by-id", "000001")

    assert whole == f"{2 * SAMPLES} of {2 * SAMPLES} flips"
    assert edits == [EDIT, EDIT.replace("1", "2")]
    assert after == sorted(after)
    assert cards(browser) == [EDIT]
    assert browser.text("found") == f"1 of {2 * SAMPLES} flips"


def scores(browser: Browser) -> list[str]:
    found: list[str] = browser.run(
        "return [...document.querySelectorAll('.card .scores')].map((one) => one.textContent)"
    )
    return found


def test_an_opened_flip_shows_both_outputs_texts_and_scores(browser: Browser, page: Path) -> None:
    open_flip(browser, page, GENERATION)

    text = browser.text("viewer-body")
    headings = browser.run("return [...document.querySelectorAll('#viewer thead th')].map((one) => one.textContent)")
    assert captions(browser) == ["input", "reference", "output of A", "output of B"]
    assert headings == ["metric", "A", "A outcome", "B", "B outcome", "change", "to be known"]
    assert "lost accurate → inaccurate" in text
    assert "psnr >= 28" in text
    assert "A: oracle" in text
    assert "B: copy-input" in text
    assert browser.run("return document.querySelectorAll('.pair-texts ins').length") > 0
    assert " worse" in text


def test_both_outputs_flicker_and_differ_at_one_scale(browser: Browser, page: Path) -> None:
    open_flip(browser, page, EDIT)
    first, second = (pixels_of(browser, f".figures figure:nth-child({place}) img") for place in (3, 4))
    difference = pixels_of(browser, ".stack")

    browser.type("f")
    seen = {stack_class(browser)}
    wait(browser, f"return document.querySelector('.stack').className !== {stack_class(browser)!r}")
    seen.add(stack_class(browser))
    browser.type("f", "d")
    told = browser.run("return document.querySelector('.compared figcaption').textContent")

    assert difference.shape == first.shape == second.shape
    assert np.abs(difference.astype(int) - np.abs(first.astype(int) - second)).mean() < 4
    assert seen == {"stack flicker output", "stack flicker other"}
    assert told.startswith("Absolute difference of output of B and output of A, black where they are equal")
    choose(browser, "compare-with", "output of A and reference")
    assert pixels_of(browser, ".stack").max() == 0


def test_a_baseline_says_that_it_keeps_no_outputs(browser: Browser, page: Path) -> None:
    open_flip(browser, page, EDIT, "C against A")

    assert captions(browser) == ["input", "reference", "output of A", "output of C"]
    assert browser.driver.find_element("css selector", ".absent").text == "a baseline keeps no outputs"
    assert "A baseline keeps outcomes and scores, but no outputs" in browser.text("viewer-body")
    assert browser.driver.find_element("id", "compare-with").text.split("\n")[0].strip() == "output of A and reference"


def test_of_repeats_each_can_be_looked_at(browser: Browser, tmp_path: Path) -> None:
    for name, model in (("a", "oracle"), ("b", "copy-input")):
        carry_out(prepare(tmp_path, model, repeats=2), tmp_path / name)
    names = [str(tmp_path / name) for name in ("a", "b")]
    page = write(read_operands(names, Overrides(thresholds={}), root=tmp_path), tmp_path / "c.html")

    open_flip(browser, page, EDIT)
    choose(browser, "repeat-1", "repeat 1: inaccurate")

    headings = browser.run("return [...document.querySelectorAll('.side h3')].map((one) => one.textContent)")
    assert headings == ["A: oracle (repeat 0)", "B: copy-input (repeat 1)"]
    assert browser.run("return document.activeElement.id") == "repeat-1"


def test_slices_are_chosen_and_sorted(browser: Browser, page: Path) -> None:
    browser.open(page)
    choose(browser, "slices-panel-0", "ssim mean")

    shown = "[data-panel=slices-0]:not([hidden])"
    head = browser.driver.find_element("css selector", f"{shown} th:nth-child(5) button")
    head.click()
    values = browser.run(
        f"return [...document.querySelectorAll('{shown} tbody tr')].map((row) => Number(row.cells[4].dataset.order))"
    )

    assert "ssim mean, by slice" in browser.driver.find_element("css selector", f"{shown} caption").text
    assert values == sorted(values)
    assert len(values) > 3


def test_names_and_texts_of_datasets_models_and_judges_run_nothing(browser: Browser, hostile: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.open(hostile)
    browser.driver.find_element("css selector", ".card .open").click()
    texts = [browser.text("viewer-body")]
    while not browser.run("return document.getElementById('viewer-next').disabled"):
        browser.type(Keys.ARROW_RIGHT)
        texts.append(browser.text("viewer-body"))

    assert len(texts) > 3
    assert_that_nothing_ran(browser, texts, said="overall 2")


def test_nothing_is_fetched_and_nothing_could_be(browser: Browser, page: Path) -> None:
    browser.requests()
    browser.open(page)
    browser.run("document.querySelector('.card .open').click()")
    browser.type("f", "d")

    assert browser.requests() == [page.as_uri()]
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

    assert_that_it_can_be_read(browser, page, lambda: open_flip(browser, page, GENERATION))


def test_every_control_figure_and_region_has_a_name_that_is_read_aloud(browser: Browser, page: Path) -> None:
    assert_that_all_have_names(browser, page, lambda: open_flip(browser, page, EDIT))


def test_print_and_browsers_without_scripts_show_every_table(browser: Browser, page: Path) -> None:
    browser.show_as(width=800)
    browser.open(page)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    shown = "return [...document.querySelectorAll(arguments[0])].map((one) => one.checkVisibility())"
    fits = browser.run("return document.documentElement.scrollWidth <= window.innerWidth")
    controls, parts = (browser.run(shown, names) for names in ("#filters, .sections, #viewer", ".panel, tr, .card"))
    browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.open(page)
        text = browser.driver.find_element("tag name", "body").text
    finally:
        browser.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})

    assert fits
    assert (set(controls), set(parts)) == ({False}, {True})
    assert "B is worse than A" in text
    assert "The samples are shown by a script within this page" in text
