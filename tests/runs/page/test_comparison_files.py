"""The page of compared runs: their images in each mode, baselines, and material that is gone or elsewhere."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from medgen_pytest.errors import ConfigError
from medgen_pytest.evaluation.comparison.metrics import BY
from medgen_pytest.runs.comparing import Question, compare_read, read_operands
from medgen_pytest.runs.comparison_page import write_comparison_page
from medgen_pytest.runs.finish import Overrides
from medgen_pytest.runs.page.pictures import GONE, HIDDEN
from tests.reports.page.parsed import ParsedPage
from tests.runs.small_run import carry_out, edited_facts, prepare, save_baseline
from tests.small_dataset import SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

    from medgen_pytest.reports.page.image_mode import ImageMode

IMAGES = 4
"""Samples of the small dataset that want an image."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with runs of oracle and copy-input, and a baseline of copy-input, not to be changed."""
    folder = tmp_path_factory.mktemp("finished")
    for name, model in (("a", "oracle"), ("b", "copy-input")):
        carry_out(prepare(folder, model), folder / name)
    save_baseline(folder)
    return folder


@pytest.fixture
def folder(finished: Path, tmp_path: Path) -> Path:
    """A copy of them, which names the dataset where it was."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return tmp_path


def write(
    folder: Path, *names: str, mode: ImageMode | None = None, dataset: Path | None = None, page: str = "c.html"
) -> ParsedPage:
    operands = read_operands([str(folder / name) for name in names], Overrides(thresholds={}), root=folder)
    comparisons = compare_read(operands, Question(metrics=None, by=BY))
    write_comparison_page(comparisons, operands, folder / page, mode=mode, dataset=dataset)
    return ParsedPage((folder / page).read_text(encoding="utf-8"))


def outputs_of(page: ParsedPage) -> list[Any]:
    return [item["image"] for item in page.items("results") if "image" in item]


def test_outputs_of_both_runs_and_their_samples_lie_within_the_page(folder: Path) -> None:
    page = write(folder, "a", "b")

    pictures = page.items("pictures")
    assert {picture[0][:16] for picture in pictures} == {"data:image/webp;"}
    assert len(outputs_of(page)) == 2 * IMAGES
    assert all(isinstance(image, int) for image in outputs_of(page))
    assert [item["instruction"] for item in page.items("samples") if "instruction" not in item] == []
    assert len(page.items("samples")) == SAMPLES
    assert not (folder / "c-files").exists()


def test_two_models_of_one_run_are_shown_too(folder: Path) -> None:
    for model in ("oracle", "copy-input"):
        carry_out(prepare(folder, model), folder / "both", session=model)

    page = write(folder, "both:oracle", "both:copy-input")

    assert len(outputs_of(page)) == 2 * IMAGES
    assert page.block("index")["index"]["models"] == ["A: oracle", "B: copy-input"]


def test_a_baseline_has_no_outputs_and_says_so(folder: Path) -> None:
    page = write(folder, "main.json", "a")

    index = page.block("index")["index"]
    assert index["sides"] == [{"letter": "A", "baseline": True}, {"letter": "B", "baseline": False}]
    assert len(outputs_of(page)) == IMAGES
    assert "A is a baseline, which keeps outcomes and scores but no outputs: they cannot be shown" in page.text


def test_baselines_alone_show_samples_only_where_the_dataset_is_named(folder: Path) -> None:
    other = save_baseline(folder / "other", "oracle")

    without = write(folder, "main.json", str(other))
    named = write(folder, "main.json", str(other), dataset=folder / "data")

    assert "a baseline does not say where its dataset lies; name it with --dataset" in without.text
    assert without.items("pictures") == []
    assert len(named.items("samples")[0]["instruction"]) > 10
    assert named.items("pictures")


def test_without_a_mode_no_more_is_shown_than_every_run_allows(folder: Path) -> None:
    with edited_facts(folder / "b") as facts:
        facts["settings"]["report"]["images"] = "none"

    page, asked = write(folder, "a", "b"), write(folder, "a", "b", mode="thumbs")

    assert {image[0] for image in outputs_of(page)} == {HIDDEN}
    assert page.items("pictures") == []
    assert asked.items("pictures")


def test_whole_images_lie_beside_the_page_until_it_shows_them_no_more(folder: Path) -> None:
    page = write(folder, "a", "b", mode="full")
    sources = {picture[0] for picture in page.items("pictures")}
    files = {f"c-files/{path.name}" for path in (folder / "c-files").iterdir()}

    write(folder, "a", "b", mode="none")

    assert sources == files
    assert not (folder / "c-files").exists()


def test_an_output_that_one_run_has_lost_is_shown_from_the_other(folder: Path) -> None:
    shutil.copytree(folder / "b", folder / "again")
    for path in (folder / "b" / "outputs").iterdir():
        path.unlink()

    gone = write(folder, "a", "b")
    found = write(folder, "a", "b", "again")

    assert GONE in {image[0] for image in outputs_of(gone) if not isinstance(image, int)}
    assert all(isinstance(image, int) for image in outputs_of(found))


def test_a_dataset_that_is_gone_leaves_the_outputs(folder: Path) -> None:
    for name in ("a", "b"):
        with edited_facts(folder / name) as facts:
            facts["dataset"]["path"] = str(folder / "nowhere")

    page = write(folder, "a", "b")

    assert "flipped samples are shown without what the dataset says of them: " in page.text
    assert len(page.items("pictures")) > 0
    assert all("instruction" not in item for item in page.items("samples"))


def test_another_dataset_is_refused_before_anything_is_written(folder: Path) -> None:
    other = prepare(folder / "other").dataset
    (folder / "other" / "data" / "VQA" / "multiple-choice" / "data.jsonl").write_text("", encoding="utf-8")

    with pytest.raises(ConfigError, match="is not the one that the run was made on"):
        write(folder, "a", "b", dataset=folder / "other" / "data", mode="full")

    assert other.fingerprint
    assert not (folder / "c.html").exists()
    assert not (folder / "c-files").exists()
