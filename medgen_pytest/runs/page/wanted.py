"""The page that a run wants: whether there is to be one, where it goes, and what it shows of images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medgen_pytest.domain.plain import section_of
from medgen_pytest.reports.page.image_mode import IMAGE_MODES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medgen_pytest.config.settings import ReportSettings
    from medgen_pytest.datasets import BenchmarkDataset
    from medgen_pytest.evaluation.run_result import RunResult
    from medgen_pytest.reports.page.image_mode import ImageMode
    from medgen_pytest.store import RunDirectory

PAGE_FILE = "report.html"
"""What the HTML page of a run is called."""


def write_wanted_page(
    run: RunResult, store: RunDirectory, settings: ReportSettings, *, dataset: BenchmarkDataset | None = None
) -> list[Path]:
    """Writes the page that settings want, or else the run's own settings; its path, if there is one.

    `dataset` is that of the run, where it is open already. Raises StoreError.
    """
    wanted = settings.html if "html" in settings.model_fields_set else wants_page(run)
    if wanted is False:
        return []
    # Only here: what draws the page is not loaded by whoever wants none.
    from medgen_pytest.runs.page.writing import write_page

    path = store.path / PAGE_FILE if wanted is True else wanted
    mode = settings.images if "images" in settings.model_fields_set else stored_images(run)
    write_page(run, store, path, mode=mode, dataset=dataset)
    return [path]


def wants_page(run: RunResult) -> bool:
    """Whether the settings of a run want an HTML page; one that knows of none may have one."""
    return _stored_report(run).get("html") is not False


def stored_images(run: RunResult) -> ImageMode:
    """What the settings of a run want its page to show of images: whoever shows it again must not show more."""
    wanted = _stored_report(run).get("images")
    return next((mode for mode in IMAGE_MODES if mode == wanted), "thumbs")


def _stored_report(run: RunResult) -> Mapping[str, object]:
    return section_of(section_of(run.facts, "settings"), "report")
