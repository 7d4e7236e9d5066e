"""The public API: what users import, use as fixtures, implement as hooks and type as options; changed knowingly."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import metadata

import pytest

import medgen_pytest
from medgen_pytest import plugin
from medgen_pytest.config.options import OPTIONS
from medgen_pytest.config.settings import DEFAULT_PROFILE, Settings
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.models import embedded_adapters
from medgen_pytest.plugin import hookspecs
from medgen_pytest.reports.json_report import report_schema

NAMES = [
    "ConfigError",
    "DatasetError",
    "FakeServer",
    "FakeServerSettings",
    "Fault",
    "Format",
    "ImageError",
    "ImageSource",
    "MedgenError",
    "MetricError",
    "Modality",
    "Model",
    "ModelError",
    "ModelOutput",
    "Outcome",
    "OutputError",
    "Pair",
    "Request",
    "Sample",
    "SampleResult",
    "Score",
    "Stage",
    "Task",
    "Timing",
    "Usage",
    "__version__",
    "contact_sheet",
    "define_metric",
    "open_dataset",
    "psnr",
    "ssim",
    "write_demo_dataset",
]
FIXTURES = ["medgen_assert", "medgen_case", "medgen_model", "medgen_output", "medgen_result", "medgen_sample"]
HOOKS = ["pytest_medgen_models", "pytest_medgen_metrics"]
FLAGS = [
    "--medgen-aggregate",
    "--medgen-allow-outside-paths",
    "--medgen-budget",
    "--medgen-config",
    "--medgen-convention",
    "--medgen-dataset",
    "--medgen-device",
    "--medgen-dry-run",
    "--medgen-early-stop",
    "--medgen-formats",
    "--medgen-gate",
    "--medgen-github",
    "--medgen-judge",
    "--medgen-judge-repeats",
    "--medgen-limit",
    "--medgen-max-consecutive-errors",
    "--medgen-max-error-rate",
    "--medgen-metrics",
    "--medgen-min-samples",
    "--medgen-missing-metrics",
    "--medgen-modalities",
    "--medgen-on-size-mismatch",
    "--medgen-profile",
    "--medgen-progress",
    "--medgen-repeats",
    "--medgen-report-html",
    "--medgen-report-images",
    "--medgen-report-json",
    "--medgen-report-junit",
    "--medgen-report-metrics",
    "--medgen-report-summary",
    "--medgen-resume",
    "--medgen-rubric",
    "--medgen-run-dir",
    "--medgen-shard",
    "--medgen-subtasks",
    "--medgen-tasks",
    "--medgen-threshold",
    "--medgen-timeout",
    "--medgen-window",
]

KEYS = [
    "aggregate",
    "budget",
    "dataset",
    "early_stop",
    "formats",
    "gates",
    "judge",
    "limit",
    "max_consecutive_errors",
    "max_error_rate",
    "metrics",
    "min_samples",
    "modalities",
    "models",
    "progress",
    "repeats",
    "report",
    "run_dir",
    "shard",
    "subtasks",
    "tasks",
    "thresholds",
    "timeout",
    "window",
]


def test_the_names_of_the_package_are_these() -> None:
    assert sorted(medgen_pytest.__all__) == NAMES
    assert dir(medgen_pytest) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_name_leads_to_something_that_explains_itself(name: str) -> None:
    value = getattr(medgen_pytest, name)

    assert isinstance(value, str) or inspect.getdoc(value)


def test_a_name_that_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'medgen_pytest' has no attribute 'Sampel'"):
        medgen_pytest.Sampel  # noqa: B018 - the access is the point


def test_the_version_is_that_of_the_metadata() -> None:
    assert medgen_pytest.__version__ == metadata.version("medgen-pytest")


def test_the_plugin_is_found_by_pytest_under_its_module_path() -> None:
    entries = {entry.name: entry.value for entry in metadata.entry_points(group="pytest11")}

    assert entries["medgen_pytest.plugin"] == "medgen_pytest.plugin"


def test_the_command_is_installed() -> None:
    entries = {entry.name: entry.value for entry in metadata.entry_points(group="console_scripts")}

    assert entries["medgen"] == "medgen_pytest.cli:main"


def test_the_fixtures_are_these() -> None:
    assert sorted(name for name in vars(plugin) if name.startswith("medgen_") and name != "medgen_pytest") == FIXTURES
    assert sorted(plugin.__all__) == FIXTURES


def test_the_hooks_are_these_and_explained() -> None:
    found = [name for name in vars(hookspecs) if name.startswith("pytest_")]

    assert found == HOOKS
    assert all(inspect.getdoc(getattr(hookspecs, name)) for name in found)


def test_the_options_are_these() -> None:
    assert sorted(option.flag for option in OPTIONS) == FLAGS


def test_the_sections_and_keys_of_the_settings_file_are_these() -> None:
    assert sorted(Settings.model_fields) == KEYS


def test_the_exit_codes_are_these() -> None:
    found = {code.name: code.value for code in ExitCode}

    assert found == {"HOLDS": 0, "BREACHED": 1, "USAGE_ERROR": 4, "INCONCLUSIVE": 10, "INCOMPLETE": 11}


def test_the_report_and_the_default_profile_are_of_these_versions() -> None:
    properties = report_schema()["properties"]
    assert isinstance(properties, dict)
    assert properties["schema_version"] == {"const": 1}
    assert DEFAULT_PROFILE == "medgen-2026.08"


def test_the_adapters_are_these() -> None:
    assert sorted(embedded_adapters()) == [
        "catalog",
        "classical",
        "compositional",
        "copy-input",
        "diffusers",
        "gemini",
        "http",
        "imagen",
        "openai_chat",
        "openai_images",
        "oracle",
        "predictions",
        "process",
        "python",
        "replay",
        "transformers",
    ]


def test_importing_the_package_and_its_plugin_loads_nothing_heavy() -> None:
    code = "import sys, medgen_pytest.plugin; print(*sorted({name.partition('.')[0] for name in sys.modules}))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert not {"numpy", "PIL", "pydantic", "yaml", "cv2", "pyarrow"} & set(done.stdout.split())
