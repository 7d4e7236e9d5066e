"""The JSON Schema of medgen.yaml: valid itself, and of one mind with the loader."""

from __future__ import annotations

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from medgen_pytest.config.load import load_settings
from medgen_pytest.config.settings import settings_schema
from medgen_pytest.errors import ConfigError

DOCS = sorted((Path(__file__).resolve().parents[2] / "docs").glob("*.md"))
_EXAMPLE = re.compile(r"```yaml title=\"medgen\.yaml\"\n(.*?)```", re.DOTALL)
EXAMPLES = [
    pytest.param(text, id=f"{path.name}-{number}")
    for path in DOCS
    for number, text in enumerate(_EXAMPLE.findall(path.read_text(encoding="utf-8")))
]

GOOD = [
    "{}",
    "dataset: data",
    "dataset: {path: data, allow_outside_paths: true, max_pixels: 100}",
    "dataset: {path: data, cluster_by: patient_id}",
    "models: {m: {adapter: python, target: 'a:b', anything: [1]}}",
    "formats: [vqa]\ntasks: [style-transfer]\nmodalities: [CT, Clinical Photography]\nsubtasks: [x]",
    "limit: 200",
    "thresholds: {profile: medgen-2025.11, convention: canonical, on_size_mismatch: invalid, ssim: 0.5}",
    "gates: ['all/bleu >= 0.5']\nmax_error_rate: 0.1\nmin_samples: 10",
    "gates: [advisory: all/bleu >= 0.5, {gate: cost <= 5, tier: blocking}, {gate: all/bleu >= 1}, blocking: cost <= 3]",
    "metrics: {use: [paper, rouge_l], missing: leave-out, device: cpu, lpips: {network: squeeze}}",
    "early_stop: true",
    "early_stop: 0.01",
    "budget: 5.00\nmax_consecutive_errors: 0",
    "budget: 0",
    "timeout: 0.5\nrun_dir: a\nreport: {json: a, junit: b, summary: c, metrics: d, github: 'off'}\nprogress: 0",
]
BAD = [
    "datset: data",
    "dataset: {pth: data}",
    "dataset: [data]",
    "dataset: {path: data, cluster_by: ''}",
    "models: {m: {target: 'a:b'}}",
    "tasks: [denoising]",
    "limit: 0",
    "limit: many",
    "limit: true",
    "thresholds: {ssim: high}",
    "thresholds: {convention: both}",
    "gates: all/bleu >= 0.5",
    "gates: [{gate: cost <= 5, level: advisory}]",
    "gates: [{gate: cost <= 5, tier: advice}]",
    "gates: [{tier: advisory}]",
    "gates: [advise: cost <= 5]",
    "gates: [advisory: [cost <= 5]]",
    "gates: [[cost <= 5]]",
    "max_error_rate: 2",
    "metrics: {use: lpips}",
    "metrics: {use: []}",
    "metrics: {devise: cpu}",
    "metrics: {batch_size: 0}",
    "metrics: {missing: ignore}",
    "early_stop: soon",
    "early_stop: 0",
    "early_stop: 5",
    "budget: -1",
    "budget: true",
    "budget: five",
    "max_consecutive_errors: -1",
    "max_consecutive_errors: 1.5",
    "timeout: 0",
    "timeout: 10000000",
    "report: {page: a}",
    "report: {html: 3}",
    "report: {images: some}",
]


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(settings_schema())


def load(text: str, tmp_path: Path) -> None:
    path = tmp_path / "medgen.yaml"
    path.write_text(text, encoding="utf-8")
    load_settings({}, models=(), config_path=path, invocation_dir=tmp_path)


def test_it_is_a_valid_schema_of_the_draft_it_names() -> None:
    schema = settings_schema()

    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == jsonschema.Draft202012Validator.META_SCHEMA["$id"]
    assert schema["additionalProperties"] is False


def test_every_setting_is_described() -> None:
    properties = settings_schema()["properties"]

    assert isinstance(properties, dict)
    assert [name for name, value in properties.items() if not value.get("description")] == []


@pytest.mark.parametrize("text", GOOD)
def test_schema_and_loader_take_the_same_settings(
    text: str, tmp_path: Path, validator: jsonschema.Draft202012Validator
) -> None:
    load(text, tmp_path)

    validator.validate(yaml.safe_load(text))


@pytest.mark.parametrize("text", BAD)
def test_schema_and_loader_refuse_the_same_settings(
    text: str, tmp_path: Path, validator: jsonschema.Draft202012Validator
) -> None:
    with pytest.raises(ConfigError):
        load(text, tmp_path)

    assert not validator.is_valid(yaml.safe_load(text))


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_examples_of_the_documentation_are_valid(
    text: str, tmp_path: Path, validator: jsonschema.Draft202012Validator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in re.findall(r"\$\{(\w+)\}", text):
        monkeypatch.setenv(name, "value")

    load(text, tmp_path)

    validator.validate(yaml.safe_load(text))


def test_the_documentation_has_examples() -> None:
    assert EXAMPLES
