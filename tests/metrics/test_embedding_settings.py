from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from medgen_pytest.errors import ConfigError
from medgen_pytest.metrics.context import MetricContext
from medgen_pytest.metrics.embedding.metric import EMBEDDING_SIMILARITY
from medgen_pytest.metrics.embedding.settings import EmbeddingOptions, read_options

if TYPE_CHECKING:
    from pathlib import Path


def context_of(folder: Path, **settings: object) -> MetricContext:
    return MetricContext(root=folder, hub_cache=folder / "hub", options={"embedding_similarity": settings})


def test_the_benchmarks_encoder_and_its_class_token_are_the_defaults(tmp_path: Path) -> None:
    assert read_options(MetricContext(root=tmp_path)) == EmbeddingOptions(
        model="microsoft/rad-dino", pooling="cls", size=None
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"modle": "x"}, "unknown key 'modle'; did you mean 'model'"),
        ({"pooling": "max"}, "'pooling'"),
        ({"size": 0}, "'size'"),
        ({"size": "224"}, "'size'"),
        ({"model": ""}, "'model'"),
    ],
)
def test_wrong_settings_are_named_before_the_run(tmp_path: Path, settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=f"metric 'embedding_similarity': .*{message}"):
        EMBEDDING_SIMILARITY.needs(context_of(tmp_path, **settings))


def test_it_needs_two_packages_and_an_encoder_that_says_how_to_be_had(tmp_path: Path) -> None:
    needs = EMBEDDING_SIMILARITY.needs(context_of(tmp_path))

    assert [(need.kind, need.name) for need in needs] == [
        ("package", "torch"),
        ("package", "transformers"),
        ("weights", "microsoft/rad-dino"),
    ]
    assert "hf download microsoft/rad-dino" in str(needs[2])


def test_a_folder_without_the_settings_of_an_image_processor_is_a_need_that_is_not_met(tmp_path: Path) -> None:
    folder = tmp_path / "encoder"
    folder.mkdir()
    for name in ("config.json", "model.safetensors"):
        (folder / name).write_text("{}", "utf-8")

    weights = EMBEDDING_SIMILARITY.needs(context_of(tmp_path, model="encoder"))[2]

    assert "lacks the settings of an image processor (preprocessor_config.json)" in str(weights)
