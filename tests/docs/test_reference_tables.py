"""The tables of the other pages agree with the code."""

from __future__ import annotations

import inspect
import re
from importlib import metadata
from typing import TYPE_CHECKING, get_args

import pytest

import medgen_pytest
from medgen_pytest.cli.command import build_parser
from medgen_pytest.datasets.layout import LayoutName
from medgen_pytest.domain.taxonomy import Format, Modality, tasks_of
from medgen_pytest.evaluation.gates import GateStatus
from medgen_pytest.evaluation.outcome import Outcome
from medgen_pytest.evaluation.profile import bundled_profiles, load_profile
from medgen_pytest.evaluation.run_result import ExitCode
from medgen_pytest.metrics.bertscore.settings import BertScoreOptions
from medgen_pytest.metrics.embedding.settings import EmbeddingOptions
from medgen_pytest.metrics.lpips.settings import LpipsOptions
from medgen_pytest.metrics.registry import METRICS
from medgen_pytest.models import ADAPTERS
from medgen_pytest.models.local.settings import DiffusersSettings, TransformersSettings
from medgen_pytest.models.python import PythonSettings
from medgen_pytest.models.replay import ReplaySettings
from medgen_pytest.plugin import __all__ as fixtures
from medgen_pytest.plugin import hookspecs
from medgen_pytest.store.seals import SEAL
from tests.docs.command_page import every_command
from tests.docs.pages import ROOT, codes_in, prose_of, table_of
from tests.evaluation.records import plan, record

if TYPE_CHECKING:
    from medgen_pytest.metrics.contract import MetricSpec

DOCS = ROOT / "docs"


def first_codes(page: str, *, heading: str) -> list[str]:
    return [codes_in(row[heading])[0] for row in table_of(DOCS / page, heading=heading)]


def test_every_layout_is_described() -> None:
    assert tuple(first_codes("datasets.md", heading="layout")) == get_args(LayoutName)


def test_every_format_stands_with_its_tasks() -> None:
    found = {
        codes_in(row["format"])[0]: codes_in(row["tasks"]) for row in table_of(DOCS / "datasets.md", heading="format")
    }

    assert found == {form.value: [task.value for task in tasks_of(form)] for form in Format}


def test_every_modality_is_named() -> None:
    text = prose_of(DOCS / "datasets.md")

    assert [modality for modality in Modality if f"`{modality.value}`" not in text] == []


def applies_to(spec: MetricSpec) -> set[str]:
    return {task.value for task in spec.tasks} or {form.value for form in spec.formats}


@pytest.mark.parametrize("row", table_of(DOCS / "metrics.md", heading="metric"), ids=lambda row: row["metric"])
def test_a_metric_is_described_as_it_is(row: dict[str, str]) -> None:
    spec = METRICS[codes_in(row["metric"])[0]]

    assert row["compares"] == ("judged" if spec.kind == "judge" else f"{spec.kind}s")
    assert set(row["formats and tasks"].split(", ")) == applies_to(spec)
    assert row["range"] == f"{spec.low:g} to {spec.high:g} {spec.units}".strip()
    assert row["better"] == spec.direction
    having = [name for name in bundled_profiles() if spec.name in load_profile(name, root=ROOT).thresholds]
    said = {"no": [], "both": list(bundled_profiles())}.get(row["threshold in the profiles"])
    assert having == (said if said is not None else [f"medgen-{row['threshold in the profiles']}"])


def test_every_metric_is_described() -> None:
    assert first_codes("metrics.md", heading="metric") == list(METRICS)


def test_the_table_of_profiles_gives_every_threshold_of_every_profile() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| (?:([<>]=) ([\d.]+))?[^|]*\| ([<>]=) ([\d.]+)[^|]*\|$",
        prose_of(DOCS / "metrics.md"),
        re.MULTILINE,
    )

    profiles = [load_profile(name, root=ROOT) for name in ("medgen-2025.11", "medgen-2026.08")]

    assert bundled_profiles() == tuple(profile.name for profile in profiles)
    for index, profile in ((2, profiles[0]), (4, profiles[1])):
        assert {row[0]: float(row[index]) for row in rows if row[index]} == profile.thresholds
    signs = {"higher": ">=", "lower": "<="}
    assert all(sign in {"", signs[METRICS[row[0]].direction]} for row in rows for sign in (row[1], row[3]))


def test_both_profiles_require_what_the_page_says() -> None:
    for name in bundled_profiles():
        profile = load_profile(name, root=ROOT)
        required = {task.value: set(profile.required_for(task)) for form in Format for task in tasks_of(form)}

        assert {frozenset(required[task.value]) for task in tasks_of(Format.IMAGE_EDITING)} == {
            frozenset({"ssim", "psnr"})
        }
        assert {frozenset(required[task.value]) for task in tasks_of(Format.MULTIMODAL_GENERATION)} == {
            frozenset({"ssim", "psnr", "bleu"})
        }
        assert required["multiple-choice"] == required["blank-filling"] == {"exact_match"}
        assert required["report-generation"] == required["question-answering"] == {"bleu"}


def test_every_outcome_and_every_exit_code_is_described() -> None:
    codes = {
        int(row["exit code"]): row["name"] for row in table_of(DOCS / "outcomes-and-gates.md", heading="exit code")
    }

    assert first_codes("outcomes-and-gates.md", heading="outcome") == [outcome.value for outcome in Outcome]
    assert codes == {int(code): f"`{code.name}`" for code in ExitCode}


def test_the_readme_lists_every_exit_code() -> None:
    codes = {int(row["exit code"]) for row in table_of(ROOT / "README.md", heading="exit code")}

    assert codes == {int(code) for code in ExitCode} | set(range(6))  # pytest's own are 0 to 5


def test_every_status_of_a_gate_is_explained() -> None:
    text = prose_of(DOCS / "outcomes-and-gates.md")

    assert [status for status in GateStatus if f"**{status.value}**" not in text] == []


def test_every_adapter_is_described() -> None:
    found = {
        codes_in(row["adapter"])[0]
        for row in table_of(DOCS / "models.md", heading="`--model=`")
        if codes_in(row["adapter"])
    }

    assert found == set(ADAPTERS)


@pytest.mark.parametrize("settings", [PythonSettings, ReplaySettings], ids=lambda settings: settings.__name__)
def test_every_setting_of_an_adapter_is_shown(settings: type[PythonSettings | ReplaySettings]) -> None:
    text = (DOCS / "models.md").read_text(encoding="utf-8")

    assert [name for name in settings.model_fields if f"    {name}:" not in text] == []


@pytest.mark.parametrize("settings", [TransformersSettings, DiffusersSettings], ids=lambda settings: settings.__name__)
def test_every_setting_of_local_models_stands_in_a_table(
    settings: type[TransformersSettings | DiffusersSettings],
) -> None:
    text = (DOCS / "local-models.md").read_text(encoding="utf-8")
    described = {code for line in text.splitlines() if line.startswith("| `") for code in codes_in(line.split("|")[1])}

    assert set(settings.model_fields) - described == set()


def test_every_fixture_is_described() -> None:
    assert sorted(first_codes("own-tests.md", heading="fixture")) == sorted(fixtures)


def test_every_hook_is_described_with_what_it_is_given() -> None:
    hooks = {name: inspect.signature(hook) for name, hook in vars(hookspecs).items() if name.startswith("pytest_")}

    found = {row["hook"]: row["is given"] for row in table_of(DOCS / "hooks.md", heading="hook")}

    assert found == {f"`{name}`": ", ".join(f"`{part}`" for part in given.parameters) for name, given in hooks.items()}


def test_every_name_to_import_is_described() -> None:
    found = [code for row in table_of(DOCS / "hooks.md", heading="name") for code in codes_in(row["name"])]

    assert sorted(found) == sorted(medgen_pytest.__all__)


def test_every_exit_code_and_every_command_is_described() -> None:
    page = DOCS / "exit-codes.md"
    commands = [code for row in table_of(page, heading="command") for code in codes_in(row["command"])]

    codes = {int(row["exit code"]) for row in table_of(page, heading="exit code")}

    assert codes == {int(code) for code in ExitCode} | set(range(6))
    assert set(commands) <= {name for name, _ in every_command(build_parser())}


def test_every_key_of_a_result_is_described() -> None:
    result = record(plan())
    not_always = {"judgements", "first_input"}

    rows = table_of(DOCS / "file-formats.md", heading="key of a result")

    found = {code for row in rows for code in codes_in(row["key of a result"])}
    assert found == {*result.to_dict(), *not_always, SEAL}


def test_the_limits_of_every_metric_are_told() -> None:
    rows = table_of(DOCS / "metric-limits.md", heading="metric")

    found = [code for row in rows for code in codes_in(row["metric"])]

    assert sorted(found) == sorted(METRICS)
    assert all(row["what it does not see"] for row in rows)


def test_every_setting_of_a_metric_with_a_network_stands_with_its_default() -> None:
    settings = {"lpips": LpipsOptions(), "bertscore": BertScoreOptions(), "embedding_similarity": EmbeddingOptions()}
    expected = {
        f"{metric}.{name}": str(value).lower() if isinstance(value, bool) else value and str(value)
        for metric, options in settings.items()
        for name, value in options
    }

    found = {
        code: next(iter(codes_in(row["default"])), None)
        for row in table_of(DOCS / "metrics.md", heading="setting")
        for code in codes_in(row["setting"])
    }

    assert found == expected


def test_every_extra_for_users_is_described() -> None:
    for_developers = {"test", "dev", "docs", "learned-test"}

    found = set(first_codes("getting-started.md", heading="extra"))

    assert found == set(metadata.metadata("medgen-pytest").get_all("Provides-Extra") or ()) - for_developers


def test_the_changelog_speaks_of_the_version_that_there_is() -> None:
    version = metadata.version("medgen-pytest")

    assert f"## [{version}]" in prose_of(ROOT / "CHANGELOG.md")
