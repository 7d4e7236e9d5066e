"""Options: each is declared once, explains itself and stands for a setting that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.config.location import find_config
from medgen_pytest.config.options import OPTIONS, Option
from medgen_pytest.config.settings import (
    DatasetSettings,
    JudgeSettings,
    MetricSettings,
    ReportSettings,
    Settings,
    ThresholdSettings,
)
from medgen_pytest.config.thresholds import parse_thresholds

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

ONLY_TYPED = {"config", "resume", "threshold", "dry_run"}


def settings() -> set[str]:
    """The keys of `medgen.yaml`, with dots between levels."""
    sections: dict[str, type[BaseModel]] = {
        "dataset": DatasetSettings,
        "metrics": MetricSettings,
        "thresholds": ThresholdSettings,
        "report": ReportSettings,
        "judge": JudgeSettings,
    }
    inner = {
        f"{section}.{field.alias or name}"
        for section, kind in sections.items()
        for name, field in kind.model_fields.items()
    }
    return {*Settings.model_fields, *inner}


def test_no_flag_and_no_setting_is_declared_twice() -> None:
    assert len({option.flag for option in OPTIONS}) == len({option.key for option in OPTIONS}) == len(OPTIONS)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.flag)
def test_an_option_is_prefixed_and_explained_and_stands_for_a_setting(option: Option) -> None:
    assert option.flag.startswith("--medgen-")
    assert option.dest == option.flag.removeprefix("--").replace("-", "_")
    assert option.help.isascii()
    assert option.key in ONLY_TYPED or option.key in settings()


def test_thresholds_on_a_command_line_are_numbers_by_metric_and_the_last_one_counts() -> None:
    assert parse_thresholds(["ssim=0.8", " psnr = 2e1 ", "ssim=.5"], flag="--threshold") == {"ssim": 0.5, "psnr": 20.0}


def test_the_settings_file_is_found_by_its_name(tmp_path: Path) -> None:
    before = find_config(tmp_path)
    (tmp_path / "medgen.yaml").touch()

    assert before is None
    assert find_config(tmp_path) == tmp_path / "medgen.yaml"


def test_a_folder_of_that_name_is_no_settings_file(tmp_path: Path) -> None:
    (tmp_path / "medgen.yaml").mkdir()

    assert find_config(tmp_path) is None
