"""What RadGraph F1 needs, found or not, without loading anything."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from medgen_pytest.errors import ConfigError, MissingExtraError
from medgen_pytest.metrics.clinical.radgraph_f1 import RADGRAPH_F1
from medgen_pytest.metrics.context import MetricContext
from tests.metrics.radgraph_stand_in import ENCODER, put_encoder, put_metadata, put_model, put_package

if TYPE_CHECKING:
    from pathlib import Path


def context(root: Path, **options: object) -> MetricContext:
    settings = {"folder": "models", **options}
    return MetricContext(root=root, hub_cache=root / "hub", options={"radgraph_f1": settings})


def test_everything_that_is_there_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_package(tmp_path, monkeypatch)
    folder, snapshot = put_model(tmp_path / "models"), put_encoder(tmp_path / "hub")

    package, model, encoder = RADGRAPH_F1.needs(context(tmp_path))

    assert (package.name, package.found, package.problem) == ("radgraph", "99.0", None)
    assert (model.name, model.found, model.problem) == ("radgraph-xl", str(folder), None)
    assert (encoder.name, encoder.found, encoder.problem) == (ENCODER, str(snapshot), None)


def test_the_files_say_where_they_belong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_package(tmp_path, monkeypatch)
    put_model(tmp_path / "models")
    put_encoder(tmp_path / "hub")

    _, model, encoder = RADGRAPH_F1.needs(context(tmp_path))

    assert [(file.home, file.place) for file in model.files] == [
        ("folder", "radgraph-xl/config.json"),
        ("folder", "radgraph-xl/weights.th"),
        ("folder", "radgraph-xl/vocabulary/ner_labels.txt"),
    ]
    assert [(file.home, file.place) for file in encoder.files] == [
        ("huggingface", "models--example--tiny-bert/snapshots/0a1b/config.json"),
        ("huggingface", "models--example--tiny-bert/snapshots/0a1b/vocab.txt"),
        ("huggingface", "models--example--tiny-bert/refs/main"),
    ]


def test_looking_imports_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_package(tmp_path, monkeypatch)
    put_model(tmp_path / "models")
    put_encoder(tmp_path / "hub")

    RADGRAPH_F1.under("canonical", context(tmp_path))

    assert "radgraph" not in sys.modules


def test_a_missing_package_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "radgraph", None)
    monkeypatch.setattr(sys, "path", [])

    (package, *_) = RADGRAPH_F1.needs(context(tmp_path))

    assert str(package) == "the package 'radgraph' is not installed; pip install 'medgen-pytest[clinical]'"
    with pytest.raises(MissingExtraError, match=r"radgraph_f1' needs the package 'radgraph'.*\[clinical\]"):
        RADGRAPH_F1.under("canonical", context(tmp_path))


def test_a_package_that_does_not_go_with_transformers_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_package(tmp_path, monkeypatch, version="0.1.18")
    put_metadata(tmp_path / "site", "transformers", "5.1.0")

    (package, *_) = RADGRAPH_F1.needs(context(tmp_path))

    assert package.problem == "radgraph 0.1.18 does not work with transformers 5.1.0"
    with pytest.raises(ConfigError, match="pip install 'transformers<5'"):
        RADGRAPH_F1.under("canonical", context(tmp_path))


def test_without_a_setting_the_cache_folder_of_the_package_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_package(tmp_path, monkeypatch)
    put_model(tmp_path / "cache" / "radgraph" / "99.0", model_type="radgraph")

    _, model, encoder = RADGRAPH_F1.needs(context(tmp_path, folder=None, model_type="radgraph"))

    assert model.is_met
    assert not encoder.is_met


def test_a_missing_model_is_one_line_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_package(tmp_path, monkeypatch)

    with pytest.raises(ConfigError) as caught:
        RADGRAPH_F1.under("canonical", context(tmp_path))

    home = tmp_path / "models"
    assert str(caught.value) == (
        f"metric 'radgraph_f1': {home / 'radgraph-xl'}: no RadGraph model, "
        "config.json, weights.th, vocabulary/ missing; on a machine with internet: "
        "python -c \"import radgraph; radgraph.F1RadGraph(reward_level='partial', model_type='radgraph-xl')\", "
        f"then carry its folder radgraph-xl over to {home}"
    )


def test_a_missing_encoder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_package(tmp_path, monkeypatch)
    put_model(tmp_path / "models")

    with pytest.raises(ConfigError, match=rf"the encoder '{ENCODER}' of radgraph-xl is not in .*hub; .*hf download"):
        RADGRAPH_F1.under("canonical", context(tmp_path))


@pytest.mark.parametrize("text", ["{", "[]", '"text"', "\x00", "[" * 100_000])
def test_a_configuration_that_cannot_be_read_is_told(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_package(tmp_path, monkeypatch)
    (put_model(tmp_path / "models") / "config.json").write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=r"radgraph-xl.config\.json: "):
        RADGRAPH_F1.needs(context(tmp_path))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"reward": "all"}, "'reward': Input should be 'simple', 'partial' or 'complete'"),
        ({"model_type": "radgraph-xxl"}, "'model_type': Input should be 'radgraph'"),
        ({"layer": 3}, "unknown key 'layer'"),
    ],
)
def test_wrong_settings_are_told(options: dict[str, object], said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"metric 'radgraph_f1': {said}"):
        RADGRAPH_F1.needs(context(tmp_path, **options))
